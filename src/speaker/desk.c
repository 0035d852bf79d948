/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "loop/loop.h"
#include "speaker/body.h"
#include "speaker/order.h"

/* Takes the orders of other programs (speaker/order.h). */

enum { MAX_CLIENTS = 8 };

struct client {
	struct duet_desk *desk;
	struct duet_watch *watch; /* NULL: free */
	int fd;
	char line[DUET_ORDER_MAX];
	size_t n;
};

struct duet_desk {
	struct duet_speaker *speaker;
	int dir_fd, fd;
	struct duet_watch *watch;
	struct client clients[MAX_CLIENTS];
};

/* Orders. */

static int order_button(struct duet_speaker *speaker, const struct duet_order *order)
{
	return duet_hand_button(speaker, order->assistant[0] ? order->assistant : NULL);
}

static int order_dismiss(struct duet_speaker *speaker, const struct duet_order *order)
{
	duet_hand_dismiss(speaker);
	return 0;
}

static int order_microphone(struct duet_speaker *speaker, const struct duet_order *order)
{
	if (order->has_on)
		duet_hand_microphone(speaker, order->on);
	return 0;
}

static int order_forget(struct duet_speaker *speaker, const struct duet_order *order)
{
	return duet_privacy_forget(speaker, order->assistant[0] ? order->assistant : NULL);
}

static int order_consent(struct duet_speaker *speaker, const struct duet_order *order)
{
	return duet_privacy_consent(speaker, order->assistant, order->other, order->on);
}

static int (*const orders[DUET_N_ORDERS])(struct duet_speaker *speaker, const struct duet_order *order) = {
	[DUET_ORDER_BUTTON] = order_button,         [DUET_ORDER_DISMISS] = order_dismiss,
	[DUET_ORDER_MICROPHONE] = order_microphone, [DUET_ORDER_FORGET] = order_forget,
	[DUET_ORDER_CONSENT] = order_consent,
};

static json_t *carry_out(struct duet_speaker *speaker, const char *line, size_t n)
{
	struct duet_error error = {0};
	struct duet_order order;
	int result = duet_order_read(&order, line, n, &error);

	if (result == 0) {
		result = orders[order.kind](speaker, &order);
		if (result == -ENOENT)
			duet_error_set(&error, result, "there is no such assistant in service");
		else if (result < 0)
			duet_error_set(&error, result, "%s", strerror(-result));
	}
	if (result < 0)
		return json_pack("{s:b, s:s}", "ok", 0, "what", error.what);
	return json_pack("{s:b, s:b}", "ok", 1, "microphone", speaker->arbiter.microphone_on);
}

/* Those who give them. */

static void dismiss_client(struct client *client)
{
	duet_watch_free(client->watch);
	close(client->fd);
	*client = (struct client){.desk = client->desk};
}

static void answer(struct client *client)
{
	json_t *object = carry_out(client->desk->speaker, client->line, client->n);
	char *text = object ? json_dumps(object, JSON_COMPACT) : NULL, line[DUET_ORDER_MAX];
	int n = snprintf(line, sizeof(line), "%s\n",
			 text ? text : "{\"ok\":false,\"what\":\"out of memory\"}");

	if (send(client->fd, line, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		duet_debug("speaker", "who gave an order does not wait for the answer");
	free(text);
	json_decref(object);
	dismiss_client(client);
}

static void hear_client(void *user)
{
	struct client *client = user;
	ssize_t n =
		recv(client->fd, client->line + client->n, sizeof(client->line) - client->n, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		dismiss_client(client);
		return;
	}
	client->n += (size_t)n;
	if (n == 0 || client->n == sizeof(client->line) || memchr(client->line, '\n', client->n))
		answer(client);
}

static void welcome(void *user)
{
	struct duet_desk *desk = user;
	int fd = accept4(desk->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	for (size_t i = 0; fd >= 0 && i < MAX_CLIENTS; i++) {
		struct client *client = &desk->clients[i];

		if (client->watch)
			continue;
		*client = (struct client){.desk = desk, .fd = fd};
		client->watch = duet_watch_read(desk->speaker->loop, fd, hear_client, client);
		if (client->watch)
			return;
	}
	if (fd >= 0)
		close(fd);
}

/* The desk itself. */

static int listen_at(struct duet_desk *desk)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char path[64];
	mode_t before;
	int code;

	duet_order_path(desk->dir_fd, path);
	memcpy(address.sun_path, path, sizeof(path));
	desk->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (desk->fd < 0)
		return -errno;
	/* The folder is locked: whoever left a socket there is gone. */
	unlinkat(desk->dir_fd, "control", 0);
	before = umask(0177);
	code = bind(desk->fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
	umask(before);
	if (code == 0 && listen(desk->fd, MAX_CLIENTS) < 0)
		code = -errno;
	return code;
}

int duet_desk_open(struct duet_speaker *speaker, struct duet_error *error)
{
	struct duet_desk *desk = duet_calloc(1, sizeof(*desk));
	int code;

	if (!desk)
		return duet_error_set(error, -ENOMEM, "out of memory");
	desk->speaker = speaker;
	desk->fd = -1;
	speaker->desk = desk;
	desk->dir_fd = open(speaker->state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	code = desk->dir_fd < 0 ? -errno : listen_at(desk);
	if (code < 0)
		return duet_error_set(error, code, "no orders can be taken in %.150s: %s", speaker->state_dir,
				      strerror(-code));
	desk->watch = duet_watch_read(speaker->loop, desk->fd, welcome, desk);
	return desk->watch ? 0 : duet_error_set(error, -ENOMEM, "out of memory");
}

void duet_desk_done(struct duet_speaker *speaker)
{
	struct duet_desk *desk = speaker->desk;

	if (!desk)
		return;
	duet_watch_free(desk->watch);
	for (size_t i = 0; i < MAX_CLIENTS; i++) {
		if (desk->clients[i].watch)
			dismiss_client(&desk->clients[i]);
	}
	if (desk->fd >= 0) {
		close(desk->fd);
		unlinkat(desk->dir_fd, "control", 0);
	}
	if (desk->dir_fd >= 0)
		close(desk->dir_fd);
	duet_free(desk);
	speaker->desk = NULL;
}
