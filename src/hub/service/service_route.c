/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <strings.h>

#include "base/arena.h"
#include "hub/service/service.h"
#include "hub/service/service_client.h"
#include "net/url.h"

enum { MAX_SEGMENTS = 8, MAX_SEGMENT_BYTES = 1024 };

/* The path in its segments, decoded; how many, or -EINVAL. A slash at the end makes no segment. */
static int split(struct duet_hub_request *request, struct duet_slice path, const char *segments[MAX_SEGMENTS])
{
	char decoded[MAX_SEGMENT_BYTES];
	int n = 0;

	while (path.len > 0) {
		const char *slash;
		struct duet_slice segment;

		path.ptr++;
		path.len--;
		slash = path.len ? memchr(path.ptr, '/', path.len) : NULL;
		segment = (struct duet_slice){path.ptr, slash ? (size_t)(slash - path.ptr) : path.len};
		path.ptr += segment.len;
		path.len -= segment.len;
		if (segment.len == 0 && path.len == 0)
			break;
		if (n == MAX_SEGMENTS || duet_url_decode(segment, false, decoded, sizeof(decoded)) < 0)
			return -EINVAL;
		segments[n] = duet_arena_copy(request->arena, duet_slice(decoded));
		if (!segments[n++])
			return -ENOMEM;
	}
	return n;
}

/* Does a route's path match? Parameters are noted on the way. */
static bool matches(struct duet_hub_request *request, const char *path, const char *const *segments,
		    int n_segments)
{
	int n_parameters = 0;

	for (int i = 0; i < n_segments; i++) {
		size_t len;

		if (*path++ != '/')
			return false;
		len = strcspn(path, "/");
		if (path[0] == '{')
			request->parameters[n_parameters++] = segments[i];
		else if (strlen(segments[i]) != len || strncasecmp(path, segments[i], len) != 0)
			return false;
		path += len;
	}
	return *path == '\0';
}

static const struct duet_hub_route *find(struct duet_hub_request *request, const char *method,
					 const char *const *segments, int n_segments, bool *path_is_known)
{
	for (size_t i = 0; duet_hub_route_tables[i]; i++) {
		for (const struct duet_hub_route *route = duet_hub_route_tables[i]; route->method; route++) {
			if (!matches(request, route->path, segments, n_segments))
				continue;
			*path_is_known = true;
			if (strcmp(route->method, method) == 0)
				return route;
		}
	}
	return NULL;
}

const struct duet_hub_route *duet_hub_route_find(struct duet_hub_request *request, const char *method,
						 struct duet_slice path)
{
	const char *segments[MAX_SEGMENTS];
	const struct duet_hub_route *route;
	bool path_is_known = false;
	int n = path.len > 0 && path.ptr[0] == '/' ? split(request, path, segments) : -EINVAL;

	if (n < 0) {
		duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
				   "The path cannot be read");
		return NULL;
	}
	route = find(request, method, segments, n, &path_is_known);
	if (!route && path_is_known)
		duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_METHOD_NOT_ALLOWED,
				   "This resource does not know %s", method);
	else if (!route)
		duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_NO_ROUTE, "There is no such resource");
	return route;
}

const char *duet_hub_query_value(struct duet_arena *arena, struct duet_slice query, const char *name)
{
	char value[MAX_SEGMENT_BYTES];

	if (duet_url_find(query, name, value, sizeof(value)) < 0)
		return NULL;
	return duet_arena_copy(arena, duet_slice(value));
}
