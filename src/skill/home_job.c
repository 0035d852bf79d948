/* SPDX-License-Identifier: Apache-2.0 */
#include "skill/home_job.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "loop/loop.h"
#include "skill/home_about.h"
#include "skill/phrase.h"
#include "skill/request.h"

enum { PATIENCE_MS = 5000 };

struct step {
	struct duet_home_job *job;
	char id[128], name[128]; /* the thing itself may be gone when its driver answers */
	bool waits;
	int code;
	json_t *undo; /* or NULL */
};

struct duet_home_job {
	struct duet_home_jobs *jobs;
	struct duet_home_job *next;
	uint64_t turn;
	char language[24];
	const char *key, *not_supported; /* literals, or of the turn: only read while it goes on */
	json_t *vars, *act;
	json_t *it, *others, *undo; /* what is talked about */
	struct duet_timer *patience;
	size_t n_waiting;
	bool begun; /* all calls are out */
	size_t n_steps;
	struct step steps[];
};

static void job_free(struct duet_home_job *job)
{
	struct duet_home_job **place = &job->jobs->first;

	while (*place && *place != job)
		place = &(*place)->next;
	if (*place)
		*place = job->next;
	for (size_t i = 0; i < job->n_steps; i++) {
		duet_home_forget(job->jobs->host->home, &job->steps[i]);
		json_decref(job->steps[i].undo);
	}
	duet_timer_free(job->patience);
	json_decref(job->vars);
	json_decref(job->act);
	json_decref(job->it);
	json_decref(job->others);
	json_decref(job->undo);
	duet_free(job);
}

/* The names of those that did it, or of those that did not. */
static size_t names_of(const struct duet_home_job *job, bool good, char *out, size_t size)
{
	const char *names[DUET_TARGETS_MAX] = {NULL};
	size_t n = 0;

	for (size_t i = 0; i < job->n_steps; i++) {
		if ((job->steps[i].code == 0) == good)
			names[n++] = job->steps[i].name;
	}
	duet_phrase_list(job->language, names, n, out, size);
	return n;
}

static bool none_supports(const struct duet_home_job *job)
{
	for (size_t i = 0; i < job->n_steps; i++) {
		if (job->steps[i].code != -ENOTSUP)
			return false;
	}
	return true;
}

static bool is_silent(int code)
{
	return code == -ETIMEDOUT || code == -EHOSTUNREACH;
}

/* Things of a room that cannot do it are passed over as long as others can. */
static size_t n_really_failed(const struct duet_home_job *job)
{
	size_t n = 0;

	for (size_t i = 0; i < job->n_steps; i++)
		n += job->steps[i].code != 0 && job->steps[i].code != -ENOTSUP;
	return n;
}

static json_t *act_of(const struct duet_home_job *job)
{
	json_t *act = json_deep_copy(job->act), *entities = json_array();

	for (size_t i = 0; i < job->n_steps; i++) {
		if (job->steps[i].code == 0)
			json_array_append_new(entities, json_string(job->steps[i].id));
	}
	json_object_set_new(act, "entities", entities);
	return act;
}

static json_t *undo_of(const struct duet_home_job *job)
{
	json_t *undo = job->undo ? json_incref(job->undo) : json_array();

	for (size_t i = 0; i < job->n_steps; i++) {
		if (!job->undo && job->steps[i].code == 0 && job->steps[i].undo)
			json_array_append(undo, job->steps[i].undo);
	}
	return undo;
}

static void answer_of(const struct duet_home_job *job, struct duet_answer *answer)
{
	char good[1024], bad[1024];
	size_t n_good = names_of(job, true, good, sizeof(good)),
	       n_bad = names_of(job, false, bad, sizeof(bad));
	json_t *vars = json_deep_copy(job->vars);
	const char *key = job->key;

	json_object_set_new(vars, "count", json_integer((json_int_t)(n_good ? n_good : n_bad)));
	json_object_set_new(vars, "names", json_string(n_good ? good : bad));
	json_object_set_new(vars, "failed", json_string(bad));
	if (n_good > 0 && n_really_failed(job) > 0)
		key = "partly_failed";
	else if (n_good == 0 && none_supports(job))
		key = job->not_supported;
	else if (n_good == 0)
		key = is_silent(job->steps[0].code) ? "unavailable" : "call_failed";
	duet_answer_set(answer, key == job->key ? DUET_ANSWER_REPLY : DUET_ANSWER_FAILED, key, act_of(job),
			vars);
	answer->choices = json_incref(job->others);
	answer->it = json_incref(job->it);
	answer->undo = undo_of(job);
}

static void finish_late(struct duet_home_job *job)
{
	const struct duet_skill_host *host = job->jobs->host;
	struct duet_answer answer = {0};

	answer_of(job, &answer);
	host->answered(host->user, job->turn, &answer);
	duet_answer_set(&answer, DUET_ANSWER_SILENCE, NULL, NULL, NULL); /* drops what was not taken */
	job_free(job);
}

static void step_done(void *user, int code)
{
	struct step *step = user;
	struct duet_home_job *job = step->job;

	if (!step->waits)
		return;
	step->waits = false;
	step->code = code;
	if (code < 0)
		duet_warn("home", "%s: %s", step->id, strerror(-code));
	if (--job->n_waiting == 0 && job->begun)
		finish_late(job);
}

static void out_of_patience(void *user)
{
	struct duet_home_job *job = user;

	for (size_t i = 0; i < job->n_steps; i++) {
		if (!job->steps[i].waits)
			continue;
		job->steps[i].waits = false;
		job->steps[i].code = -ETIMEDOUT;
		duet_warn("home", "%s does not answer", job->steps[i].id);
	}
	finish_late(job);
}

static void begin_step(struct duet_home_job *job, const struct duet_home_entity *entity,
		       const struct duet_home_order *order)
{
	json_t *data = NULL;
	const char *service = order->service(order->user, entity, &data);
	struct step *step = &job->steps[job->n_steps];
	int result;

	if (!service) {
		json_decref(data);
		return;
	}
	job->n_steps++;
	job->n_waiting++;
	*step = (struct step){.job = job, .waits = true};
	step->undo = duet_home_undo(job->jobs->host->home, entity, service, data);
	snprintf(step->id, sizeof(step->id), "%s", entity->id);
	snprintf(step->name, sizeof(step->name), "%s", duet_home_name(entity, job->language));
	result = duet_home_call(job->jobs->host->home, entity, service, data, step_done, step);
	if (result < 0) {
		step->waits = false;
		step->code = result;
		job->n_waiting--;
	}
	json_decref(data);
}

static struct duet_home_job *job_new(struct duet_home_jobs *jobs, const struct duet_request *request,
				     const struct duet_targets *targets, const struct duet_home_order *order)
{
	struct duet_home_job *job = duet_calloc(1, sizeof(*job) + (targets->n + 1) * sizeof(job->steps[0]));

	if (!job)
		return NULL;
	job->jobs = jobs;
	job->next = jobs->first;
	jobs->first = job;
	job->turn = request->turn;
	snprintf(job->language, sizeof(job->language), "%s", request->language);
	job->key = order->key;
	job->not_supported = order->not_supported ? order->not_supported : "not_supported";
	job->vars = duet_targets_vars(targets, request);
	json_object_update(job->vars, order->take_vars);
	job->act = json_pack("{s:s, s:s}", "skill", "home", "do", order->what);
	job->it = duet_home_it(targets, request);
	job->undo = json_incref(order->take_undo);
	job->others = duet_home_others(jobs->host->home, targets, request);
	job->patience = duet_timer_new(jobs->host->loop, out_of_patience, job);
	return job;
}

void duet_home_run(struct duet_home_jobs *jobs, const struct duet_request *request,
		   const struct duet_targets *targets, const struct duet_home_order *order,
		   struct duet_answer *answer)
{
	struct duet_home_job *job = job_new(jobs, request, targets, order);

	json_decref(order->take_vars);
	json_decref(order->take_undo);
	if (!job) {
		duet_answer_set(answer, DUET_ANSWER_FAILED, "handle_error", NULL, NULL);
		return;
	}
	for (size_t i = 0; i < targets->n; i++)
		begin_step(job, targets->list[i], order);
	job->begun = true;
	if (job->n_waiting > 0) {
		answer->pending = true;
		duet_timer_set(job->patience, PATIENCE_MS);
		return;
	}
	answer_of(job, answer);
	job_free(job);
}

void duet_home_jobs_done(struct duet_home_jobs *jobs)
{
	while (jobs->first)
		job_free(jobs->first);
}
