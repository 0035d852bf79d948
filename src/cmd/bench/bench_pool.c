/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/bench/bench_pool.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_WORKERS = 64 };

/* What a worker writes; at most PIPE_BUF bytes, so that messages of several workers never mix. */
struct message {
	bool failed;
	union {
		struct bench_result result;
		struct duet_error error;
	} what;
};

_Static_assert(sizeof(struct message) <= PIPE_BUF, "a message is written in one piece");

static bool send_message(int fd, const struct message *message)
{
	return write(fd, message, sizeof(*message)) == (ssize_t)sizeof(*message);
}

static int do_tasks(const struct bench_work *work, int worker, int n_workers, int fd)
{
	struct message message = {0};
	void *started = work->start(work->user, &message.what.error);
	struct rusage usage;

	message.failed = !started;
	for (size_t task = (size_t)worker; !message.failed && task < work->n_tasks;
	     task += (size_t)n_workers) {
		struct duet_error error = {0};

		memset(&message, 0, sizeof(message));
		message.what.result.task = task;
		if (work->run(started, task, &message.what.result, &error) < 0) {
			message.failed = true;
			message.what.error = error;
			break;
		}
		getrusage(RUSAGE_SELF, &usage);
		message.what.result.rss_kb = usage.ru_maxrss;
		if (!send_message(fd, &message))
			return 1;
	}
	if (message.failed)
		send_message(fd, &message);
	if (started)
		work->stop(started);
	return message.failed;
}

static int start_workers(const struct bench_work *work, int n_workers, pid_t *workers, const int pipe_fds[2])
{
	for (int i = 0; i < n_workers; i++) {
		fflush(NULL);
		workers[i] = fork();
		if (workers[i] < 0)
			return -errno;
		if (workers[i] == 0) {
			close(pipe_fds[0]);
			_exit(do_tasks(work, i, n_workers, pipe_fds[1]));
		}
	}
	return 0;
}

/* Until every worker has closed its end. */
static int collect(const struct bench_work *work, int fd, struct duet_error *error)
{
	struct message message;
	int status = 0;

	while (read(fd, &message, sizeof(message)) == (ssize_t)sizeof(message)) {
		if (!message.failed) {
			work->collect(work->collect_user ? work->collect_user : work->user,
				      &message.what.result);
			continue;
		}
		if (status == 0 && error)
			*error = message.what.error;
		status = message.what.error.code < 0 ? message.what.error.code : -EIO;
	}
	return status;
}

static int wait_for(const pid_t *workers, int n_workers, struct duet_error *error)
{
	int status = 0;

	for (int i = 0; i < n_workers; i++) {
		int ended = 0;

		if (workers[i] <= 0 || waitpid(workers[i], &ended, 0) < 0)
			continue;
		if (WIFSIGNALED(ended))
			status = duet_error_set(error, -EIO, "a worker ended by signal %d", WTERMSIG(ended));
	}
	return status;
}

static int count_workers(const struct bench_work *work)
{
	long n = work->n_workers > 0 ? work->n_workers : sysconf(_SC_NPROCESSORS_ONLN);

	n = n > MAX_WORKERS ? MAX_WORKERS : n;
	n = (size_t)n > work->n_tasks ? (long)work->n_tasks : n;
	return n < 1 ? 1 : (int)n;
}

int bench_pool_run(const struct bench_work *work, struct duet_error *error)
{
	pid_t workers[MAX_WORKERS] = {0};
	int pipe_fds[2], n_workers = count_workers(work), status, ended;

	if (pipe(pipe_fds) < 0)
		return duet_error_set(error, -errno, "no pipe to the workers");
	status = start_workers(work, n_workers, workers, pipe_fds);
	close(pipe_fds[1]);
	if (status == 0)
		status = collect(work, pipe_fds[0], error);
	else
		duet_error_set(error, status, "the workers do not start");
	close(pipe_fds[0]);
	ended = wait_for(workers, n_workers, error);
	return status < 0 ? status : ended;
}
