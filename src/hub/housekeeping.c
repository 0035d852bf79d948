/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/housekeeping.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "hub/config.h"
#include "hub/metrics.h"
#include "hub/presence.h"
#include "hub/record/feedback.h"
#include "hub/record/queue.h"
#include "hub/record/storage.h"
#include "hub/service/configuration.h"
#include "hub/service/job.h"
#include "hub/session/session.h"
#include "hub/ticket.h"
#include "loop/wheel.h"
#include "net/stream.h"
#include "net/tls.h"

enum {
	EXPIRE_EVERY_MS = 10000,
	EXPIRE_AT_ONCE = 1000,
	ACTIVE_EVERY_MS = 60000,
	SOON_S = 14 * 86400,
	WARN_EVERY_MS = 86400000,
	JUMP_MS = 2000,
	JOBS_EVERY_MS = 1000,
	TICKETS_EVERY_MS = 60000
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

/* Both files must have been quiet for a look, since they are replaced one after the other. */
static void look_at_certificate(struct duet_hub_loop *loop)
{
	struct duet_tls *tls = duet_hub_tls(loop->hub);
	int64_t before = loop->certificate_seen;
	struct duet_error error = {0};
	char text[700];
	long left_s;

	loop->certificate_seen = duet_tls_stamp(tls);
	if (loop->certificate_seen == duet_tls_stamp_read(tls) || loop->certificate_seen != before)
		return;
	if (duet_tls_reload(tls, &error) < 0) {
		duet_error_format(&error, text, sizeof(text));
		duet_log(DUET_LOG_ERROR, "hub", "the new certificate is not taken, the old one stays: %s",
			 text);
		return;
	}
	left_s = duet_tls_expires_s(tls);
	duet_log(DUET_LOG_INFO, "hub", "a new certificate is used; it ends in %ld days", left_s / 86400);
}

/* When it comes to that, and once a day. */
static void warn_of_certificate(struct duet_hub_loop *loop)
{
	long left_s = duet_tls_expires_s(duet_hub_tls(loop->hub));
	enum duet_hub_certificate_age age = left_s < 0        ? DUET_HUB_CERTIFICATE_ENDED
					    : left_s < SOON_S ? DUET_HUB_CERTIFICATE_ENDS
							      : DUET_HUB_CERTIFICATE_FINE;
	bool is_news = age != loop->certificate_age;

	loop->certificate_age = age;
	if (age == DUET_HUB_CERTIFICATE_FINE ||
	    (!is_due(loop, DUET_HUB_CHORE_WARN, WARN_EVERY_MS) && !is_news))
		return;
	duet_log(age == DUET_HUB_CERTIFICATE_ENDED ? DUET_LOG_ERROR : DUET_LOG_WARN, "hub",
		 "the server's certificate %s; renew it with duet-hub cert renew",
		 age == DUET_HUB_CERTIFICATE_ENDED ? "has expired, and clients refuse it"
						   : "ends in less than two weeks");
}

/* Tokens expire by the wall clock, and sessions wait by the monotonic one. */
static void watch_clock(struct duet_hub_loop *loop)
{
	const struct duet_clock *clock = duet_hub_clock(loop->hub);
	int64_t ahead_ms = (clock->wall_ns(clock) - clock->mono_ns(clock)) / 1000000;
	int64_t jump_ms = loop->clock_ahead_ms ? ahead_ms - loop->clock_ahead_ms : 0;

	loop->clock_ahead_ms = ahead_ms;
	if (jump_ms > -JUMP_MS && jump_ms < JUMP_MS)
		return;
	if (loop->index == 0)
		duet_log(DUET_LOG_WARN, "hub", "the clock was set %s by %lld s",
			 jump_ms > 0 ? "forward" : "back",
			 (long long)(jump_ms > 0 ? jump_ms : -jump_ms) / 1000);
	duet_session_clock_set(loop);
	if (loop->index == 0)
		duet_hub_job_clock_set(loop);
}

static void keep_the_hub(struct duet_hub_loop *loop)
{
	const struct duet_hub_config *config = duet_hub_config(loop->hub);

	if (is_due(loop, DUET_HUB_CHORE_EXPIRE, EXPIRE_EVERY_MS))
		duet_hub_storage_write(duet_hub_storage(loop->hub), loop->loop, expire, expired, loop);
	if (is_due(loop, DUET_HUB_CHORE_RELOAD, config->tls.reload_ms))
		look_at_certificate(loop);
	warn_of_certificate(loop);
	if (is_due(loop, DUET_HUB_CHORE_TICKETS, TICKETS_EVERY_MS))
		duet_hub_tickets_keep(loop);
	if (is_due(loop, DUET_HUB_CHORE_JOBS, JOBS_EVERY_MS)) {
		duet_hub_job_work(loop);
		duet_hub_configuration_work(loop);
	}
}

void duet_hub_housekeeping(struct duet_hub_loop *loop, const struct duet_streams_load *load)
{
	measure(loop, load);
	watch_clock(loop);
	if (is_due(loop, DUET_HUB_CHORE_ACTIVE, ACTIVE_EVERY_MS))
		duet_session_note_active(loop);
	if (loop->index == 0)
		keep_the_hub(loop);
}
