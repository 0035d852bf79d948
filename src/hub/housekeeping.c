/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/housekeeping.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/log.h"
#include "hub/config.h"
#include "hub/configuration.h"
#include "hub/feedback.h"
#include "hub/job.h"
#include "hub/metrics.h"
#include "hub/presence.h"
#include "hub/queue.h"
#include "hub/session.h"
#include "hub/storage.h"
#include "loop/wheel.h"
#include "net/stream.h"
#include "net/tls.h"

enum {
	EXPIRE_EVERY_MS = 10000,
	EXPIRE_AT_ONCE = 1000,
	ACTIVE_EVERY_MS = 60000,
	SOON_S = 14 * 86400,
	JOBS_EVERY_MS = 1000
};

static void set(struct duet_hub_loop *loop, enum duet_hub_metric metric, uint64_t value)
{
	atomic_store_explicit(&loop->metrics->values[metric], value, memory_order_relaxed);
}

static void measure(struct duet_hub_loop *loop, const struct duet_streams_load *load)
{
	set(loop, DUET_HUB_M_CONNECTIONS, load->n_open);
	set(loop, DUET_HUB_M_TLS_HANDSHAKES, load->n_handshakes);
	set(loop, DUET_HUB_M_TLS_RESUMED, load->n_resumed);
	set(loop, DUET_HUB_M_TLS_FAILED, load->n_failed);
}

static bool is_due(struct duet_hub_loop *loop, enum duet_hub_chore chore, int64_t every_ms)
{
	int64_t now_ms = duet_wheel_now_ms(loop->wheel);

	if (loop->chores[chore] != 0 && now_ms - loop->chores[chore] < every_ms)
		return false;
	loop->chores[chore] = now_ms;
	return true;
}

/* On the writer. */
static int expire(struct duet_hub_view *view, void *user)
{
	struct duet_hub_loop *loop = user;
	const struct duet_hub_config *config = duet_hub_config(loop->hub);
	const struct duet_clock *clock = duet_hub_clock(loop->hub);
	int64_t now_ms = clock->wall_ns(clock) / 1000000;
	int n = duet_hub_queue_expire(view, now_ms, EXPIRE_AT_ONCE), code;

	code = duet_hub_feedback_expire(view, now_ms - config->queue.feedback_ttl_ms);
	return n < 0 ? n : code < 0 ? code : 0;
}

static void expired(void *user, int code)
{
	if (code < 0)
		duet_log(DUET_LOG_WARN, "hub", "expired messages could not be removed: %s", strerror(-code));
}

static int64_t changed_ns(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 ? info.st_mtim.tv_sec * INT64_C(1000000000) + info.st_mtim.tv_nsec : 0;
}

/* Both files must have been quiet for a look, since they are replaced one after the other. */
static void look_at_certificate(struct duet_hub_loop *loop)
{
	const struct duet_hub_config *config = duet_hub_config(loop->hub);
	int64_t seen = changed_ns(config->tls.certificate) ^ changed_ns(config->tls.key) << 1;
	struct duet_error error = {0};
	char text[700];
	long left_s;

	if (seen != loop->certificate_seen) {
		loop->certificate_changed = loop->certificate_seen != 0;
		loop->certificate_seen = seen;
		return;
	}
	if (!loop->certificate_changed)
		return;
	loop->certificate_changed = false;
	if (duet_tls_reload(duet_hub_tls(loop->hub), &error) < 0) {
		duet_error_format(&error, text, sizeof(text));
		duet_log(DUET_LOG_ERROR, "hub", "the new certificate is not taken, the old one stays: %s",
			 text);
		return;
	}
	left_s = duet_tls_expires_s(duet_hub_tls(loop->hub));
	duet_log(DUET_LOG_INFO, "hub", "a new certificate is used; it ends in %ld days", left_s / 86400);
}

static void warn_of_certificate(struct duet_hub_loop *loop)
{
	long left_s = duet_tls_expires_s(duet_hub_tls(loop->hub));

	if (left_s < SOON_S)
		duet_log(DUET_LOG_WARN, "hub",
			 "the server's certificate %s; renew it with duet-hub cert renew",
			 left_s < 0 ? "has expired" : "ends in less than two weeks");
}

static void keep_the_hub(struct duet_hub_loop *loop)
{
	const struct duet_hub_config *config = duet_hub_config(loop->hub);

	if (is_due(loop, DUET_HUB_CHORE_EXPIRE, EXPIRE_EVERY_MS))
		duet_hub_storage_write(duet_hub_storage(loop->hub), loop->loop, expire, expired, loop);
	if (is_due(loop, DUET_HUB_CHORE_RELOAD, config->tls.reload_ms))
		look_at_certificate(loop);
	if (is_due(loop, DUET_HUB_CHORE_WARN, 86400000))
		warn_of_certificate(loop);
	if (is_due(loop, DUET_HUB_CHORE_JOBS, JOBS_EVERY_MS)) {
		duet_hub_job_work(loop);
		duet_hub_configuration_work(loop);
	}
}

void duet_hub_housekeeping(struct duet_hub_loop *loop, const struct duet_streams_load *load)
{
	measure(loop, load);
	if (is_due(loop, DUET_HUB_CHORE_ACTIVE, ACTIVE_EVERY_MS))
		duet_session_note_active(loop);
	if (loop->index == 0)
		keep_the_hub(loop);
}
