/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/service/service_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <strings.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/yaml.h"

/* The description of what is served (docs/hub-openapi.yaml) and the table of routes say the same. */

static struct duet_yaml *load(void)
{
	struct duet_error error = {0};
	struct duet_yaml *yaml;
	char path[512];

	snprintf(path, sizeof(path), "%s/docs/hub-openapi.yaml", getenv("DUET_SOURCE"));
	if (duet_yaml_load(&yaml, path, &error) < 0)
		fail_msg("%s:%d: %s", path, error.line, error.what);
	return yaml;
}

static const struct duet_yaml_node *operation_of(const struct duet_yaml_node *paths,
						 const struct duet_hub_route *route)
{
	const struct duet_yaml_node *path = duet_yaml_get(paths, route->path), *member;

	for (member = path ? path->first : NULL; member; member = member->next)
		if (strcasecmp(member->key->text, route->method) == 0)
			return member;
	return NULL;
}

static int rights_of(const struct duet_yaml_node *operation)
{
	static const struct {
		const char *name;
		int right;
	} names[] = {{"RegistryRead", DUET_HUB_REGISTRY_READ},
		     {"RegistryWrite", DUET_HUB_REGISTRY_WRITE},
		     {"ServiceConnect", DUET_HUB_SERVICE_CONNECT},
		     {"DeviceConnect", DUET_HUB_DEVICE_CONNECT}};
	const struct duet_yaml_node *list = duet_yaml_get(operation, "x-rights");
	int rights = 0;

	for (const struct duet_yaml_node *one = list ? list->first : NULL; one; one = one->next)
		for (size_t i = 0; i < 4; i++)
			if (strcmp(one->text, names[i].name) == 0)
				rights |= names[i].right;
	return rights;
}

static size_t count_parameters(const char *path)
{
	size_t n = 0;

	for (; *path; path++)
		n += *path == '{';
	return n;
}

static void assert_described(const struct duet_yaml_node *paths, const struct duet_hub_route *route)
{
	const struct duet_yaml_node *operation = operation_of(paths, route), *id, *parameters;

	if (!operation)
		fail_msg("%s %s (%s) is not described", route->method, route->path, route->name);
	id = duet_yaml_get(operation, "operationId");
	if (!id || strcmp(id->text, route->name) != 0 || rights_of(operation) != route->rights)
		fail_msg("%s %s: another name or other rights", route->method, route->path);
	if ((duet_yaml_get(operation, "requestBody") != NULL) != route->wants_body)
		fail_msg("%s %s: a body on one side only", route->method, route->path);
	if ((duet_yaml_get(operation, "security") != NULL) != (route->auth == DUET_HUB_AUTH_NONE))
		fail_msg("%s %s: open on one side only", route->method, route->path);
	parameters = duet_yaml_get(duet_yaml_get(paths, route->path), "parameters");
	if ((parameters ? parameters->n_children : 0) != count_parameters(route->path))
		fail_msg("%s: other parameters", route->path);
}

static size_t count_operations(const struct duet_yaml_node *paths)
{
	size_t n = 0;

	for (const struct duet_yaml_node *path = paths->first; path; path = path->next)
		for (const struct duet_yaml_node *member = path->first; member; member = member->next)
			n += strcmp(member->key->text, "parameters") != 0;
	return n;
}

static void what_is_served_is_described(void **state)
{
	struct duet_yaml *yaml = load();
	const struct duet_yaml_node *paths = duet_yaml_get(duet_yaml_root(yaml), "paths");
	size_t n = 0;

	for (size_t i = 0; duet_hub_route_tables[i]; i++) {
		for (const struct duet_hub_route *route = duet_hub_route_tables[i]; route->method; route++) {
			assert_described(paths, route);
			n++;
		}
	}
	assert_int_equal(count_operations(paths), n);
	duet_yaml_free(yaml);
}

static const struct duet_hub_route *find(struct duet_hub_request *request, const char *method,
					 const char *path)
{
	request->fault = (struct duet_hub_fault){0};
	return duet_hub_route_find(request, method, duet_slice(path));
}

static void paths_lead_to_routes(void **state)
{
	struct duet_hub_request request = {.arena = duet_arena_new(1 << 16)};

	assert_string_equal(find(&request, "GET", "/devices/")->name, "device.list");
	assert_string_equal(find(&request, "POST", "/devices/query")->name, "query.run");
	assert_string_equal(find(&request, "GET", "/Devices/a%2Fb")->name, "device.get");
	assert_string_equal(request.parameters[0], "a/b");
	assert_string_equal(find(&request, "PUT", "/devices/d/modules/m")->name, "module.put");
	assert_string_equal(request.parameters[1], "m");
	assert_string_equal(find(&request, "POST", "/enrollmentgroups/g/attestationmechanism")->name,
			    "enrollmentGroup.attestation");
	assert_string_equal(find(&request, "GET", "/jobs/v2/query")->name, "job.list");
	assert_null(find(&request, "PATCH", "/devices/d"));
	assert_int_equal(duet_hub_fault_status(&request.fault), 405);
	assert_null(find(&request, "GET", "/nothing"));
	assert_int_equal(duet_hub_fault_status(&request.fault), 404);
	assert_null(find(&request, "GET", "/devices/%zz"));
	assert_int_equal(duet_hub_fault_status(&request.fault), 400);
	assert_null(find(&request, "GET", "devices"));
	duet_arena_free(request.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_served_is_described),
		cmocka_unit_test(paths_lead_to_routes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
