/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/ticket.h"

#include "hub/record/document.h"
#include "hub/service/service_fixture.h"
#include "net/tls.h"

/* TLS sessions outlive a restart of the hub. */

/* Connects with the ticket of before, and keeps the next one. */
static bool is_resumed(struct service *service, SSL_SESSION **ticket)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)duet_hub_port(service->world->hub, DUET_HUB_PORT_HTTPS)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	bool resumed;

	service->fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(service->fd, (struct sockaddr *)&address, sizeof(address)), 0);
	service->ssl = SSL_new(service->context);
	assert_int_equal(SSL_set_fd(service->ssl, service->fd), 1);
	if (*ticket)
		assert_int_equal(SSL_set_session(service->ssl, *ticket), 1);
	assert_int_equal(SSL_connect(service->ssl), 1);
	resumed = SSL_session_reused(service->ssl);
	/* The ticket comes before the answer. */
	assert_int_equal(service_call(service, "GET", "/twins/lamp", ""), 200);
	SSL_SESSION_free(*ticket);
	*ticket = SSL_get1_session(service->ssl);
	SSL_set_quiet_shutdown(service->ssl, 1);
	SSL_shutdown(service->ssl);
	service_disconnect(service);
	return resumed;
}

static void sessions_outlive_a_restart(void **state)
{
	static struct service service;
	SSL_SESSION *ticket = NULL;
	struct world world;

	world_begin(&world, "");
	service_begin(&service, &world, "service");
	service_disconnect(&service);
	assert_false(is_resumed(&service, &ticket));
	assert_true(is_resumed(&service, &ticket));
	world_restart(&world);
	assert_true(is_resumed(&service, &ticket));
	world_restart(&world);
	assert_true(is_resumed(&service, &ticket));
	SSL_SESSION_free(ticket);
	SSL_CTX_free(service.context);
	world_end(&world);
}

/* Without tickets there is nothing to keep. */
static void who_wants_none_keeps_none(void **state)
{
	struct duet_hub_document document;
	struct world world;

	world_begin(&world, "tls: {tickets: false}\n");
	assert_int_equal(duet_hub_document_get(world.storage.view, DUET_HUB_SETTING, "", "tls_tickets",
					       world.storage.arena, &document),
			 -ENOENT);
	world_end(&world);
}

static void old_keys_are_not_taken(void **state)
{
	unsigned char keys[DUET_TLS_TICKET_KEYS], other[DUET_TLS_TICKET_KEYS];
	struct duet_tls *tls;
	struct world world;

	world_begin(&world, "");
	tls = duet_hub_tls(world.hub);
	duet_tls_ticket_keys(tls, keys);
	memcpy(other, keys, sizeof(other));
	other[20] ^= 1;
	assert_int_equal(duet_tls_set_ticket_keys(tls, other), 0);
	duet_tls_ticket_keys(tls, keys);
	assert_memory_equal(keys, other, sizeof(keys));
	/* Of 1970. */
	memset(other, 0, 8);
	assert_int_equal(duet_tls_set_ticket_keys(tls, other), -ESTALE);
	duet_tls_ticket_keys(tls, other);
	assert_memory_equal(keys, other, sizeof(keys));
	world_end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sessions_outlive_a_restart),
		cmocka_unit_test(who_wants_none_keeps_none),
		cmocka_unit_test(old_keys_are_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
