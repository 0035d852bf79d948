/* SPDX-License-Identifier: Apache-2.0 */
#include "speaker/order.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATIENCE_S = 5 };

static const char *const names[DUET_N_ORDERS] = {"button", "dismiss", "microphone", "forget", "consent"};

/* Lines. */

static int read_text(const json_t *object, const char *key, char text[64], struct duet_error *error)
{
	const json_t *value = json_object_get(object, key);
	const char *given = json_string_value(value);

	text[0] = '\0';
	if (!value || json_is_null(value))
		return 0;
	if (!given || strlen(given) >= 64)
		return duet_error_set(error, -EINVAL, "%s is not the id of an assistant", key);
	snprintf(text, 64, "%s", given);
	return 0;
}

static int read_kind(const json_t *object, enum duet_order_kind *kind, struct duet_error *error)
{
	const char *name = json_string_value(json_object_get(object, "do"));

	for (int i = 0; name && i < DUET_N_ORDERS; i++) {
		if (strcmp(names[i], name) != 0)
			continue;
		*kind = (enum duet_order_kind)i;
		return 0;
	}
	return duet_error_set(error, -EINVAL, "\"%.40s\" is no order", name ? name : "");
}

static int read_object(struct duet_order *order, const json_t *object, struct duet_error *error)
{
	const json_t *on = json_object_get(object, "on");
	int result = read_kind(object, &order->kind, error);

	if (result == 0)
		result = read_text(object, "assistant", order->assistant, error);
	if (result == 0)
		result = read_text(object, "other", order->other, error);
	if (result == 0 && on && !json_is_boolean(on))
		result = duet_error_set(error, -EINVAL, "on is true or false");
	order->has_on = on != NULL;
	order->on = json_is_true(on);
	if (result == 0 && order->kind == DUET_ORDER_CONSENT &&
	    (!order->assistant[0] || !order->other[0] || !order->has_on))
		result = duet_error_set(error, -EINVAL, "a consent names two assistants and says on");
	return result;
}

int duet_order_read(struct duet_order *order, const char *bytes, size_t n_bytes, struct duet_error *error)
{
	json_t *object = json_loadb(bytes, n_bytes, JSON_REJECT_DUPLICATES, NULL);
	int result;

	*order = (struct duet_order){.kind = DUET_ORDER_DISMISS};
	if (!json_is_object(object)) {
		json_decref(object);
		return duet_error_set(error, -EINVAL, "an order is a line of JSON");
	}
	result = read_object(order, object, error);
	json_decref(object);
	return result;
}

json_t *duet_order_write(const struct duet_order *order)
{
	json_t *object = json_pack("{s:s}", "do", names[order->kind]);

	if (order->assistant[0])
		json_object_set_new(object, "assistant", json_string(order->assistant));
	if (order->other[0])
		json_object_set_new(object, "other", json_string(order->other));
	if (order->has_on)
		json_object_set_new(object, "on", json_boolean(order->on));
	return object;
}

/* The sender's side. */

void duet_order_path(int fd, char path[64])
{
	snprintf(path, 64, "/proc/self/fd/%d/control", fd);
}

static int fail_silent(const char *state_dir, struct duet_error *error)
{
	duet_error_set(error, -ENOENT, "no speaker runs on %.180s", state_dir);
	duet_error_hint(error, "start one with `duet run`, or name its folder with --state");
	return -ENOENT;
}

static int reach(const char *state_dir, struct duet_error *error)
{
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int dir = open(state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC), fd, code;
	char path[64];

	if (dir < 0)
		return fail_silent(state_dir, error);
	duet_order_path(dir, path);
	memcpy(address.sun_path, path, sizeof(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	code = fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
	close(dir);
	if (code == 0) {
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		return fd;
	}
	if (fd >= 0)
		close(fd);
	if (code == -ENOENT || code == -ECONNREFUSED)
		return fail_silent(state_dir, error);
	return duet_error_set(error, code, "the speaker on %.150s cannot be reached: %s", state_dir,
			      strerror(-code));
}

static int exchange(int fd, const char *line, char *answer, size_t size)
{
	size_t n = strlen(line), used = 0;

	if (send(fd, line, n, MSG_NOSIGNAL) != (ssize_t)n)
		return -errno;
	shutdown(fd, SHUT_WR);
	for (;;) {
		ssize_t got = recv(fd, answer + used, size - used - 1, 0);

		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		used += (size_t)got;
	}
	answer[used] = '\0';
	return 0;
}

int duet_order_send(const char *state_dir, const struct duet_order *order, json_t **answer,
		    struct duet_error *error)
{
	json_t *object = duet_order_write(order);
	char *text = object ? json_dumps(object, JSON_COMPACT) : NULL, line[DUET_ORDER_MAX + 1] = "";
	int fd = reach(state_dir, error), result = fd;

	json_decref(object);
	if (fd >= 0) {
		snprintf(line, sizeof(line), "%s\n", text ? text : "");
		result = exchange(fd, line, line, sizeof(line));
		close(fd);
		if (result < 0)
			duet_error_set(error, result, "the speaker does not answer: %s", strerror(-result));
	}
	free(text);
	if (result < 0)
		return result;
	*answer = json_loads(line, 0, NULL);
	if (json_is_true(json_object_get(*answer, "ok")))
		return 0;
	duet_error_set(error, -EPERM, "%.200s",
		       *answer ? json_string_value(json_object_get(*answer, "what")) : "no answer");
	json_decref(*answer);
	return -EPERM;
}
