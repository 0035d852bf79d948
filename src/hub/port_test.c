/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "torture.h"

enum { N_LOOPS = 4, BACKLOG = 64, N_CONNECTIONS = 64 };

static void close_all(const int *fds, int n)
{
	for (int i = 0; i < n; i++)
		close(fds[i]);
}

static int connect_to(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void loops_share_what_comes(void **state)
{
	int fds[N_LOOPS], clients[N_CONNECTIONS], n_accepted[N_LOOPS] = {0}, n = 0, n_busy = 0, fd;
	int port = duet_hub_port_listen(fds, N_LOOPS, "127.0.0.1", 0, BACKLOG, NULL);

	assert_true(port > 0);
	for (int i = 0; i < N_CONNECTIONS; i++)
		clients[i] = connect_to(port);
	for (int i = 0; i < N_LOOPS; i++) {
		while ((fd = accept(fds[i], NULL, NULL)) >= 0) {
			n_accepted[i]++;
			close(fd);
		}
		n += n_accepted[i];
		n_busy += n_accepted[i] > 0;
	}
	assert_int_equal(n, N_CONNECTIONS);
	assert_true(n_busy > 1);
	close_all(clients, N_CONNECTIONS);
	close_all(fds, N_LOOPS);
}

static void two_hubs_do_not_share_a_port(void **state)
{
	int first[N_LOOPS], second[N_LOOPS];
	int port = duet_hub_port_listen(first, N_LOOPS, "", 0, BACKLOG, NULL);
	struct duet_error error = {0};
	char process[32];

	assert_true(port > 0);
	assert_int_equal(duet_hub_port_listen(second, N_LOOPS, "", port, BACKLOG, &error), -EADDRINUSE);
	snprintf(process, sizeof(process), "(process %d)", (int)getpid());
	assert_non_null(strstr(error.hint, process));
	assert_int_equal(duet_hub_port_listen(second, N_LOOPS, "127.0.0.1", port, BACKLOG, &error),
			 -EADDRINUSE);
	assert_int_equal(duet_hub_port_listen(second, 1, "", port, BACKLOG, &error), -EADDRINUSE);
	close_all(first, N_LOOPS);
	assert_int_equal(duet_hub_port_listen(second, N_LOOPS, "", port, BACKLOG, &error), port);
	close_all(second, N_LOOPS);
}

static void nobody_listens(void **state)
{
	int fds[1], port = duet_hub_port_listen(fds, 1, "127.0.0.1", 0, BACKLOG, NULL);
	char owner[64];

	assert_true(duet_hub_port_owner(port, owner, sizeof(owner)));
	close_all(fds, 1);
	assert_false(duet_hub_port_owner(port, owner, sizeof(owner)));
}

static void what_is_no_address_is_said(void **state)
{
	struct duet_error error = {0};
	int fds[1];

	assert_int_equal(duet_hub_port_listen(fds, 1, "localhorst", 0, BACKLOG, &error), -EINVAL);
	assert_non_null(strstr(error.what, "localhorst"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loops_share_what_comes),
		cmocka_unit_test(two_hubs_do_not_share_a_port),
		cmocka_unit_test(nobody_listens),
		cmocka_unit_test(what_is_no_address_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
