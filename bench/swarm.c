/* SPDX-License-Identifier: Apache-2.0 */
#include "swarm.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "net/mqtt.h"

enum { MAX_WINDOW = 256, MAX_IN = 64 << 10, MAX_OUT = 256 << 10, EVENTS = 256, LOW_OUT = 16 << 10 };

enum state { ABSENT, CONNECTING, HANDSHAKE, SAID_CONNECT, SAID_SUBSCRIBE, OPEN };

struct bytes {
	char *ptr;
	size_t len, room;
};

struct client {
	struct swarm *swarm;
	int number, fd;
	enum swarm_role role;
	enum state state;
	bool wanted, wants_write;
	SSL *ssl;
	SSL_SESSION *ticket;
	struct bytes in, out;
	unsigned sequence, in_flight; /* messages sent; not acknowledged */
	int64_t sent_ns[MAX_WINDOW];
	int64_t asked_ns;
	char topic[96];
};

struct swarm {
	struct swarm_setup setup;
	struct swarm_done done;
	struct client *clients;
	char *payload;
	int epoll, n_connecting, at_once, next; /* next: the client that is looked at for connecting */
	int turn;                               /* the client that is looked at first for publishing */
	long n_sent, n_asked;
	int64_t began_ns;
};

static int64_t now_ns(void)
{
	return duet_clock_system.mono_ns(&duet_clock_system);
}

static void add(struct bytes *bytes, const char *more, size_t n)
{
	size_t room = bytes->room ? bytes->room : 512;
	char *grown;

	while (room < bytes->len + n)
		room *= 2;
	if (room != bytes->room) {
		grown = duet_realloc(bytes->ptr, room, 1);
		if (!grown)
			return;
		bytes->ptr = grown;
		bytes->room = room;
	}
	memcpy(bytes->ptr + bytes->len, more, n);
	bytes->len += n;
}

static void drop(struct bytes *bytes, size_t n)
{
	bytes->len -= n;
	if (bytes->len > 0) {
		memmove(bytes->ptr, bytes->ptr + n, bytes->len);
		return;
	}
	duet_free(bytes->ptr);
	*bytes = (struct bytes){0};
}

static void keep_ticket(struct client *client)
{
	SSL_SESSION *session = SSL_get1_session(client->ssl);

	if (session && SSL_SESSION_is_resumable(session)) {
		SSL_SESSION_free(client->ticket);
		client->ticket = session;
		return;
	}
	SSL_SESSION_free(session);
}

static void leave(struct client *client)
{
	struct swarm *swarm = client->swarm;

	if (client->state == ABSENT)
		return;
	if (client->state == OPEN)
		swarm->done.n_open--;
	else
		swarm->n_connecting--;
	if (client->ssl) {
		keep_ticket(client);
		SSL_set_quiet_shutdown(client->ssl, 1);
		SSL_shutdown(client->ssl);
		SSL_free(client->ssl);
		client->ssl = NULL;
	}
	close(client->fd);
	drop(&client->in, client->in.len);
	drop(&client->out, client->out.len);
	client->state = ABSENT;
	client->in_flight = 0;
	client->wants_write = false;
}

static void lose(struct client *client)
{
	client->swarm->done.n_lost++;
	leave(client);
}

static void watch(struct client *client, bool wants_write)
{
	struct epoll_event event = {.events = EPOLLIN | (wants_write ? EPOLLOUT : 0),
				    .data = {.ptr = client}};

	if (client->wants_write == wants_write)
		return;
	client->wants_write = wants_write;
	epoll_ctl(client->swarm->epoll, EPOLL_CTL_MOD, client->fd, &event);
}

/* Sends what is waiting; false: the connection broke. */
static bool flush(struct client *client)
{
	while (client->out.len > 0) {
		long n = client->ssl ? SSL_write(client->ssl, client->out.ptr, (int)client->out.len)
				     : send(client->fd, client->out.ptr, client->out.len, MSG_NOSIGNAL);

		if (n > 0) {
			drop(&client->out, (size_t)n);
			continue;
		}
		if (client->ssl && SSL_get_error(client->ssl, (int)n) != SSL_ERROR_WANT_WRITE)
			return false;
		if (!client->ssl && errno != EAGAIN)
			return false;
		watch(client, true);
		return true;
	}
	watch(client, false);
	return true;
}

static void say_connect(struct client *client)
{
	struct swarm_login login = {0};
	struct duet_mqtt_connect connect = {.keep_alive_s = 1200,
					    .clean_session = client->role != SWARM_SUBSCRIBE};
	char packet[700];
	long len;

	client->swarm->setup.login(client->swarm->setup.user, client->number, &login);
	connect.client_id = duet_slice(login.client_id);
	if (*login.user_name) {
		connect.user_name = duet_slice(login.user_name);
		connect.password = duet_slice(login.password);
	}
	len = duet_mqtt_write_connect(packet, sizeof(packet), &connect);
	if (len > 0)
		add(&client->out, packet, (size_t)len);
	snprintf(client->topic, sizeof(client->topic), "devices/%s/messages/events/", login.client_id);
	client->state = SAID_CONNECT;
}

/* When the next one is due; without a rate now. */
static int64_t due_ns(const struct swarm *swarm, long rate, long n_done)
{
	return rate == 0 ? now_ns() : swarm->began_ns + (int64_t)((double)n_done * 1e9 / (double)rate);
}

static bool is_time(const struct swarm *swarm, long rate, long n_done)
{
	return rate == 0 || due_ns(swarm, rate, n_done) <= now_ns();
}

static bool may_publish(const struct client *client)
{
	const struct swarm *swarm = client->swarm;

	return client->in_flight < (unsigned)swarm->setup.window && client->out.len <= LOW_OUT &&
	       is_time(swarm, swarm->setup.rate, swarm->n_sent);
}

static void publish(struct client *client)
{
	struct swarm *swarm = client->swarm;
	struct duet_mqtt_publish message = {.topic = duet_slice(client->topic),
					    .payload = {swarm->payload, swarm->setup.n_payload},
					    .qos = swarm->setup.qos};
	char head[128];

	while (may_publish(client)) {
		uint16_t id = (uint16_t)(1 + client->sequence % 65535);

		add(&client->out, head, duet_mqtt_write_publish_head(head, &message, id));
		add(&client->out, swarm->payload, swarm->setup.n_payload);
		client->sent_ns[client->sequence++ % MAX_WINDOW] =
			due_ns(swarm, swarm->setup.rate, swarm->n_sent);
		swarm->n_sent++;
		if (swarm->setup.qos == 0)
			swarm->done.n_messages++;
		else
			client->in_flight++;
	}
}

static void ask_for_twin(struct client *client)
{
	struct duet_mqtt_publish message = {.topic = duet_slice("$iothub/twin/GET/?$rid=1")};
	struct swarm *swarm = client->swarm;
	char head[64];

	if (client->in_flight > 0 || !is_time(swarm, swarm->setup.read_rate, swarm->n_asked))
		return;
	add(&client->out, head, duet_mqtt_write_publish_head(head, &message, 0));
	client->asked_ns = due_ns(swarm, swarm->setup.read_rate, swarm->n_asked);
	client->in_flight = 1;
	swarm->n_asked++;
}

static void subscribe(struct client *client)
{
	static const char *const filters[] = {
		[SWARM_READ] = "$iothub/twin/res/#",
		[SWARM_ANSWER] = "$iothub/methods/POST/#",
		[SWARM_SUBSCRIBE] = "#",
	};
	char packet[64];
	long len = duet_mqtt_write_subscribe(packet, sizeof(packet), 1, duet_slice(filters[client->role]),
					     client->role == SWARM_SUBSCRIBE);

	add(&client->out, packet, (size_t)len);
	client->state = SAID_SUBSCRIBE;
}

static void opened(struct client *client)
{
	client->state = OPEN;
	client->swarm->n_connecting--;
	client->swarm->done.n_open++;
	client->swarm->done.n_connects++;
	if (client->ssl && SSL_session_reused(client->ssl))
		client->swarm->done.n_resumed++;
	switch (client->role) {
	case SWARM_BARE:
	case SWARM_VISIT:
	case SWARM_SUBSCRIBE:
		client->wanted = client->role != SWARM_SUBSCRIBE;
		leave(client);
		break;
	case SWARM_PUBLISH:
		publish(client);
		break;
	case SWARM_READ:
		ask_for_twin(client);
		break;
	default:
		break;
	}
}

static void connected(struct client *client, int code)
{
	if (code != DUET_MQTT_ACCEPTED) {
		client->swarm->done.n_refused++;
		client->wanted = false;
		leave(client);
	} else if (client->role == SWARM_READ || client->role == SWARM_ANSWER ||
		   client->role == SWARM_SUBSCRIBE) {
		subscribe(client);
	} else {
		opened(client);
	}
}

static void answer_method(struct client *client, const struct duet_mqtt_publish *call)
{
	const char *rid = memchr(call->topic.ptr, '?', call->topic.len);
	struct duet_mqtt_publish message = {.payload = {"{\"done\":true}", 13}};
	char head[160], topic[120];

	if (!rid)
		return;
	snprintf(topic, sizeof(topic), "$iothub/methods/res/200/%.*s",
		 (int)(call->topic.ptr + call->topic.len - rid), rid);
	message.topic = duet_slice(topic);
	add(&client->out, head, duet_mqtt_write_publish_head(head, &message, 0));
	add(&client->out, message.payload.ptr, message.payload.len);
	client->swarm->done.n_answers++;
}

static void handle(struct client *client, const struct duet_mqtt_packet *packet)
{
	struct swarm_done *done = &client->swarm->done;
	const struct swarm_setup *setup = &client->swarm->setup;
	int64_t answered_ns = now_ns();
	unsigned oldest;

	switch (packet->type) {
	case DUET_MQTT_CONNACK:
		connected(client, packet->connack.code);
		break;
	case DUET_MQTT_SUBACK:
		opened(client);
		break;
	case DUET_MQTT_PUBACK:
		oldest = client->sequence - client->in_flight;
		sample_add(&done->message_us,
			   (double)(answered_ns - client->sent_ns[oldest % MAX_WINDOW]) / 1e3);
		client->in_flight--;
		done->n_messages++;
		break;
	case DUET_MQTT_PUBLISH:
		if (client->role == SWARM_READ) {
			sample_add(&done->read_us, (double)(answered_ns - client->asked_ns) / 1e3);
			if (setup->read)
				setup->read(setup->user, client->asked_ns, answered_ns);
			done->n_reads++;
			client->in_flight = 0;
			ask_for_twin(client);
		} else if (client->role == SWARM_ANSWER) {
			answer_method(client, &packet->publish);
		}
		break;
	default:
		break;
	}
}

static void handle_all(struct client *client)
{
	struct duet_mqtt_packet packet;
	const char *why;
	size_t used = 0;
	long n;

	while (client->state > HANDSHAKE &&
	       (n = duet_mqtt_read((struct duet_slice){client->in.ptr + used, client->in.len - used}, MAX_IN,
				   &packet, &why)) > 0) {
		used += (size_t)n;
		handle(client, &packet);
	}
	if (client->state > HANDSHAKE && used > 0)
		drop(&client->in, used);
	if (client->state == OPEN && client->role == SWARM_PUBLISH)
		publish(client);
}

/* TCP is there; false: it broke. */
static bool shake(struct client *client)
{
	int result, error;

	client->state = HANDSHAKE;
	if (client->ssl) {
		ERR_clear_error();
		result = SSL_do_handshake(client->ssl);
		error = result == 1 ? SSL_ERROR_NONE : SSL_get_error(client->ssl, result);
		watch(client, error == SSL_ERROR_WANT_WRITE);
		if (result != 1)
			return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
	}
	if (client->role != SWARM_BARE)
		say_connect(client);
	else
		client->state = SAID_CONNECT; /* waits for the ticket: then the server is done too */
	return true;
}

static bool receive(struct client *client)
{
	char bytes[32768];
	long n;

	for (;;) {
		ERR_clear_error();
		n = client->ssl ? SSL_read(client->ssl, bytes, sizeof(bytes))
				: recv(client->fd, bytes, sizeof(bytes), 0);
		if (n > 0) {
			add(&client->in, bytes, (size_t)n);
			handle_all(client);
			if (client->state == ABSENT)
				return true;
			continue;
		}
		if (client->ssl)
			return SSL_get_error(client->ssl, (int)n) == SSL_ERROR_WANT_READ;
		return n < 0 && errno == EAGAIN;
	}
}

static void bare_has_ticket(struct client *client)
{
	SSL_SESSION *session = SSL_get0_session(client->ssl);

	if (session && SSL_SESSION_is_resumable(session))
		opened(client);
}

static void happened(struct client *client)
{
	bool whole = true;

	if (client->state == CONNECTING || client->state == HANDSHAKE)
		whole = shake(client);
	if (whole && client->state > HANDSHAKE)
		whole = receive(client);
	if (whole && client->state == SAID_CONNECT && client->role == SWARM_BARE)
		bare_has_ticket(client);
	if (whole && client->state > HANDSHAKE)
		whole = flush(client);
	if (!whole)
		lose(client);
}

static void begin(struct client *client)
{
	struct swarm *swarm = client->swarm;
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)swarm->setup.port)};
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data = {.ptr = client}};
	char host[] = "localhost";
	int one = 1;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (client->fd < 0)
		return;
	setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(client->fd, (struct sockaddr *)&address, sizeof(address)) < 0 && errno != EINPROGRESS) {
		close(client->fd);
		return;
	}
	if (swarm->setup.tls) {
		client->ssl = SSL_new(swarm->setup.tls);
		SSL_set_fd(client->ssl, client->fd);
		SSL_set_connect_state(client->ssl);
		SSL_set_tlsext_host_name(client->ssl, host);
		if (swarm->setup.resumes && client->ticket)
			SSL_set_session(client->ssl, client->ticket);
	}
	client->state = CONNECTING;
	client->wants_write = true;
	swarm->n_connecting++;
	epoll_ctl(swarm->epoll, EPOLL_CTL_ADD, client->fd, &event);
}

/* Those that are wanted and absent, as many as may connect at once. */
static void begin_some(struct swarm *swarm)
{
	for (int i = 0; i < swarm->setup.n_clients && swarm->n_connecting < swarm->at_once; i++) {
		struct client *client = &swarm->clients[swarm->next];

		swarm->next = (swarm->next + 1) % swarm->setup.n_clients;
		if (client->wanted && client->state == ABSENT)
			begin(client);
	}
}

/* Those that could publish and nothing comes for: at the beginning, and when a rate made them wait. Each time
 * another one is the first. */
static void kick(struct swarm *swarm)
{
	swarm->turn = (swarm->turn + 1) % swarm->setup.n_clients;
	for (int i = 0; i < swarm->setup.n_clients; i++) {
		struct client *client = &swarm->clients[(swarm->turn + i) % swarm->setup.n_clients];

		if (client->state != OPEN || (client->role != SWARM_PUBLISH && client->role != SWARM_READ))
			continue;
		if (client->role == SWARM_PUBLISH)
			publish(client);
		else
			ask_for_twin(client);
		if (!flush(client))
			lose(client);
	}
}

struct swarm *swarm_new(const struct swarm_setup *setup)
{
	struct swarm *swarm = duet_calloc(1, sizeof(*swarm));

	if (!swarm)
		return NULL;
	swarm->setup = *setup;
	swarm->epoll = epoll_create1(EPOLL_CLOEXEC);
	swarm->clients = duet_calloc((size_t)setup->n_clients, sizeof(*swarm->clients));
	swarm->payload = duet_calloc(1, setup->n_payload + 1);
	if (!swarm->clients || !swarm->payload) {
		swarm_free(swarm);
		return NULL;
	}
	memset(swarm->payload, 'x', setup->n_payload);
	for (int i = 0; i < setup->n_clients; i++)
		swarm->clients[i] = (struct client){.swarm = swarm, .number = i};
	return swarm;
}

void swarm_free(struct swarm *swarm)
{
	if (!swarm)
		return;
	for (int i = 0; swarm->clients && i < swarm->setup.n_clients; i++) {
		leave(&swarm->clients[i]);
		SSL_SESSION_free(swarm->clients[i].ticket);
	}
	sample_done(&swarm->done.message_us);
	sample_done(&swarm->done.read_us);
	close(swarm->epoll);
	duet_free(swarm->clients);
	duet_free(swarm->payload);
	duet_free(swarm);
}

void swarm_assign(struct swarm *swarm, int first, int n, enum swarm_role role, int at_once)
{
	swarm->at_once = at_once;
	for (int i = first; i < first + n; i++) {
		swarm->clients[i].role = role;
		swarm->clients[i].wanted = true;
	}
}

struct swarm_done *swarm_done(struct swarm *swarm)
{
	return &swarm->done;
}

/* How long there is nothing to do when nothing comes. */
static int64_t wait_ns(const struct swarm *swarm)
{
	const struct swarm_setup *setup = &swarm->setup;
	int64_t left_ns = 20000000, due;

	if (setup->rate == 0)
		return setup->qos == 0 ? 1000000 : left_ns;
	due = due_ns(swarm, setup->rate, swarm->n_sent) - now_ns();
	if (due < left_ns)
		left_ns = due;
	due = setup->read_rate > 0 ? due_ns(swarm, setup->read_rate, swarm->n_asked) - now_ns() : left_ns;
	if (due < left_ns)
		left_ns = due;
	/* Those that are due and cannot be sent wait for an answer. */
	return left_ns > 100000 ? left_ns : 100000;
}

double swarm_run(struct swarm *swarm, bool (*is_enough)(const struct swarm_done *done, void *user),
		 void *user, double most_s)
{
	struct epoll_event events[EVENTS];
	int64_t began_ns = now_ns();
	double elapsed_s = 0;

	swarm->began_ns = began_ns;
	swarm->n_sent = swarm->n_asked = 0;
	/* Those that publish may have come to rest at the end of the run before. */
	kick(swarm);
	while (elapsed_s < most_s && !is_enough(&swarm->done, user)) {
		int n;

		begin_some(swarm);
		n = epoll_pwait2(swarm->epoll, events, EVENTS, &(struct timespec){.tv_nsec = wait_ns(swarm)},
				 NULL);
		for (int i = 0; i < n; i++)
			happened(events[i].data.ptr);
		if (swarm->setup.rate > 0 || swarm->setup.qos == 0)
			kick(swarm);
		elapsed_s = (double)(now_ns() - began_ns) / 1e9;
	}
	return elapsed_s;
}

void swarm_break(struct swarm *swarm)
{
	for (int i = 0; i < swarm->setup.n_clients; i++)
		leave(&swarm->clients[i]);
}
