/* SPDX-License-Identifier: Apache-2.0 */
/*
 * duet nlu test: the sentences of a suite against what they must mean, and the
 * answers that they must get.
 */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cmd/nlu/nlu.h"
#include "cmd/nlu/nlu_suite.h"
#include "dialog/trace.h"
#include "grammar/network.h"
#include "response/response.h"

enum { MAX_PATH_BYTES = 1024, MAX_ARENA_BYTES = 16 << 20, MAX_WHY_BYTES = 4096 };

struct flags {
	const char *suite, *language;
	int layout; /* enum nlu_layout */
	bool json;
};

/* What came out for one language. */
struct result {
	const char *language;
	size_t n, n_passed, n_known; /* known: failed as the suite says */
	size_t n_templates, n_won;
	double *times, median_us, p99_us;
	size_t room;
	bool broken; /* its sentences or tests cannot be read */
};

struct testing {
	const struct duet_invocation *invocation;
	const struct flags *flags;
	enum nlu_layout layout;
	struct result *result; /* of the language */
	struct duet_grammar *grammar;
	struct duet_arena *arena; /* of a sentence */
	bool *won, *tested;       /* by template: it won, there are tests of its combination */
};

static int no_memory(struct duet_error *error)
{
	return duet_error_set(error, -ENOMEM, "out of memory");
}

/* Of this thread: what others do to the machine does not count. */
static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void note_time(struct result *r, double us)
{
	if (r->n == r->room) {
		size_t room = r->room ? r->room * 2 : 1024;
		double *times = duet_realloc(r->times, room, sizeof(*times));

		if (!times)
			return;
		r->times = times;
		r->room = room;
	}
	r->times[r->n] = us;
}

static void note_winner(struct testing *t, const struct duet_match *match)
{
	const struct duet_network *w = duet_grammar_network(t->grammar);

	for (uint32_t i = 0; i < w->n[DUET_SECTION_TEMPLATES]; i++)
		if (w->strings + w->templates[i].file == match->file &&
		    w->strings + w->templates[i].text == match->template)
			t->won[i] = true;
}

/* In languages without spaces none of them means anything. */
static bool same_value(const struct testing *t, struct duet_datum a, struct duet_datum b)
{
	struct duet_datum *both[] = {&a, &b};

	if (!duet_grammar_network(t->grammar)->header->no_spaces || a.type != DUET_DATUM_TEXT ||
	    b.type != DUET_DATUM_TEXT)
		return duet_datum_equal(a, b);
	for (int i = 0; i < 2; i++) {
		struct duet_datum_writer w = {.arena = t->arena};

		for (size_t k = 0; k < both[i]->text.len; k++)
			if (both[i]->text.ptr[k] != ' ')
				duet_datum_write_bytes(&w, (struct duet_slice){both[i]->text.ptr + k, 1});
		both[i]->text = (struct duet_slice){w.ptr, w.len};
	}
	return duet_datum_equal(a, b);
}

/* Values that are one and values that are several: those of one must be among those of the other. */
static bool is_among(const struct testing *t, struct duet_datum some, struct duet_datum all)
{
	if (some.type == DUET_DATUM_LIST) {
		for (size_t i = 0; i < some.list->n; i++)
			if (!is_among(t, some.list->items[i], all))
				return false;
		return true;
	}
	for (size_t i = 0; all.type == DUET_DATUM_LIST && i < all.list->n; i++)
		if (same_value(t, some, all.list->items[i]))
			return true;
	return same_value(t, some, all);
}

/* What a suite need not name: the area where it was said, and the domain, which belongs to the combination.
 */
static bool goes_without_saying(const struct testing *t, const struct duet_slot *slot)
{
	return t->layout == NLU_LAYOUT_2026 &&
	       ((slot->source == DUET_SLOT_CONTEXT && strcmp(slot->name, "area") == 0) ||
		strcmp(slot->name, "domain") == 0);
}

static bool slots_fit(const struct testing *t, const struct nlu_case *one, const struct duet_match *match)
{
	const struct duet_yaml_node *slots =
		one->slots && one->slots->kind == DUET_YAML_MAP ? one->slots : NULL;

	for (const struct duet_yaml_node *slot = slots ? slots->first : NULL; slot; slot = slot->next) {
		struct duet_datum wanted = nlu_datum(slot, t->arena),
				  got = nlu_slot_value(match, slot->key->text, t->arena);

		if (got.type == DUET_DATUM_UNDEFINED ||
		    (!is_among(t, wanted, got) && !is_among(t, got, wanted)))
			return false;
	}
	for (size_t i = 0; i < match->n_slots; i++)
		if (!(slots && duet_yaml_get(slots, match->slots[i].name)) &&
		    !goes_without_saying(t, &match->slots[i]))
			return false;
	return true;
}

/* As the response is rendered: white space does not count. */
static bool same_words(const char *a, const char *b)
{
	for (;;) {
		size_t n;

		a += strspn(a, " \n\t");
		b += strspn(b, " \n\t");
		n = strcspn(a, " \n\t");
		if (n != strcspn(b, " \n\t") || memcmp(a, b, n) != 0)
			return false;
		if (!n)
			return true;
		a += n;
		b += n;
	}
}

static bool is_right_answer(const struct duet_yaml_node *responses, const char *text)
{
	if (!responses)
		return true;
	if (responses->kind == DUET_YAML_SCALAR)
		return same_words(responses->text, text);
	for (const struct duet_yaml_node *item = responses->first; item; item = item->next)
		if (same_words(item->text, text))
			return true;
	return false;
}

/* The answer, or NULL and why there is none. */
static const char *answer(const struct testing *t, const struct nlu_fixture *fixture,
			  const struct nlu_case *one, const struct duet_match *match,
			  struct duet_error *error)
{
	struct duet_slice program = duet_grammar_response(t->grammar, match->intent, match->response, 0);
	struct duet_datum own = nlu_slot_value(match, "response", t->arena);
	struct duet_datum_map *vars;

	if (strcmp(match->intent, "HassRespond") == 0 && own.type == DUET_DATUM_TEXT)
		return own.text.ptr;
	if (!program.len)
		return "";
	if (nlu_fixture_vars(fixture, match, &one->view, t->arena, &vars) < 0) {
		no_memory(error);
		return NULL;
	}
	return duet_response_render(program, vars, t->arena, error);
}

static void write_slots(struct duet_datum_writer *w, const struct duet_match *match, struct duet_arena *arena)
{
	for (size_t i = 0; i < match->n_slots; i++) {
		duet_datum_printf(w, " %s=", match->slots[i].name);
		duet_datum_write_quoted(w, nlu_slot_value(match, match->slots[i].name, arena));
	}
}

/* Why it failed, in the arena; NULL when all is as expected. */
static const char *judge(struct testing *t, const struct nlu_fixture *fixture, const struct nlu_case *one,
			 const struct duet_match *match)
{
	struct duet_datum_writer w = {.arena = t->arena};
	struct duet_error error = {0};
	const char *said;

	if (strcmp(match->intent, one->intent) != 0 ||
	    (one->combination &&
	     (!match->combination || strcmp(match->combination, one->combination) != 0)) ||
	    !slots_fit(t, one, match)) {
		duet_datum_printf(&w, "%s%s%s", match->intent, match->combination ? "/" : "",
				  match->combination ? match->combination : "");
		write_slots(&w, match, t->arena);
		duet_datum_printf(&w, "  by %.200s", match->template);
		return w.ptr;
	}
	said = answer(t, fixture, one, match, &error);
	if (said && is_right_answer(one->responses, said))
		return NULL;
	duet_datum_printf(&w, "the answer %s%.400s%s", said ? "\"" : "fails: ", said ? said : error.what,
			  said ? "\"" : "");
	return w.ptr ? w.ptr : "out of memory";
}

static const char *wanted(const struct testing *t, const struct nlu_case *one, const char *why)
{
	struct duet_datum_writer w = {.arena = t->arena};

	if (strncmp(why, "the answer", 10) == 0) {
		duet_datum_printf(&w, "the answer ");
		if (one->responses)
			duet_datum_write_quoted(&w, nlu_datum(one->responses, t->arena));
		return w.ptr;
	}
	duet_datum_printf(&w, "%s%s%s", one->intent, one->combination ? "/" : "",
			  one->combination ? one->combination : "");
	for (const struct duet_yaml_node *slot = one->slots ? one->slots->first : NULL; slot;
	     slot = slot->next) {
		duet_datum_printf(&w, " %s=", slot->key->text);
		duet_datum_write_quoted(&w, nlu_datum(slot, t->arena));
	}
	return w.ptr;
}

static void show_progress(const struct testing *t)
{
	if (isatty(STDERR_FILENO) && t->result->n % 64 == 0)
		fprintf(stderr, "\r%s %zu \r", t->result->language, t->result->n);
}

static void report(const struct testing *t, const struct nlu_case *one, const char *why)
{
	bool colour = isatty(STDOUT_FILENO);

	if (t->flags->json)
		return;
	printf("%s%s:%d: %s%s\n  expected %s\n  came     %s\n", colour ? "\x1b[31m" : "", one->file,
	       one->line, one->sentence, colour ? "\x1b[0m" : "", wanted(t, one, why), why);
}

static int test_one(void *user, const struct nlu_fixture *fixture, const struct nlu_case *one)
{
	struct testing *t = user;
	struct duet_match match;
	double begin = now_us();
	int n = duet_match_text(t->grammar, duet_slice(one->sentence), &one->context, t->arena, &match);
	const char *why = "nothing: it is not understood";

	note_time(t->result, now_us() - begin);
	show_progress(t);
	t->result->n++;
	if (n > 0)
		why = judge(t, fixture, one, &match);
	else if (n < 0)
		why = strerror(-n);
	if (!why) {
		t->result->n_passed++;
		note_winner(t, &match);
	} else if (one->known_to_fail) {
		t->result->n_known++;
	} else {
		report(t, one, why);
	}
	duet_arena_reset(t->arena);
	return 0;
}

/* INTENT/COMBINATION.yaml of a path */
static const char *combination_path(const char *path)
{
	const char *end = strrchr(path, '/');

	while (end && end > path && end[-1] != '/')
		end--;
	return end ? end : path;
}

static int begin_file(void *user, const char *path, const struct nlu_fixture *fixture,
		      struct duet_error *error)
{
	const struct testing *t = user;
	const struct duet_network *w = duet_grammar_network(t->grammar);

	for (uint32_t i = 0; i < w->n[DUET_SECTION_TEMPLATES]; i++)
		t->tested[i] |= t->layout == NLU_LAYOUT_2025 ||
				strcmp(combination_path(w->strings + w->templates[i].file),
				       combination_path(path)) == 0;
	return nlu_fixture_fill(fixture, t->grammar, error);
}

static void print_mistake(void *user, const struct duet_error *mistake)
{
	struct testing *t = user;

	if (mistake->code < 0)
		duet_command_error(t->invocation, DUET_EXIT_CONFIG, mistake);
}

static int open_grammar(struct testing *t, struct duet_error *error)
{
	const char *const sources[] = {t->flags->suite};
	char path[] = "/tmp/duet-nlu-XXXXXX";
	int fd = mkstemp(path), rc;

	if (fd < 0)
		return duet_error_set(error, -errno, "cannot make a temporary file: %s", strerror(errno));
	close(fd);
	rc = duet_grammar_compile_rest(sources, 1, t->result->language, path, print_mistake, t);
	if (rc != 0)
		rc = duet_error_set(error, rc > 0 ? -EINVAL : rc, "the sentences of %s do not compile",
				    t->result->language);
	else
		rc = duet_grammar_open(&t->grammar, path, error);
	unlink(path);
	return rc;
}

/* A template that stands twice in a file counts once, one whose combination has no tests not at all. */
static void count_templates(struct testing *t)
{
	const struct duet_network *w = duet_grammar_network(t->grammar);
	const struct duet_net_template *templates = w->templates;

	for (uint32_t i = 0; i < w->n[DUET_SECTION_TEMPLATES]; i++) {
		uint32_t k = 0;

		if (!t->tested[i])
			continue;
		while (k < i &&
		       (templates[k].file != templates[i].file || templates[k].text != templates[i].text))
			k++;
		t->result->n_templates += k == i;
		t->result->n_won += k == i && t->won[i];
	}
}

/* Templates that no sentence of the suite is understood by. */
static void report_unused(const struct testing *t)
{
	const struct duet_network *w = duet_grammar_network(t->grammar);

	for (uint32_t i = 0; !t->flags->json && i < w->n[DUET_SECTION_TEMPLATES]; i++)
		if (t->tested[i] && !t->won[i])
			printf("%s:%u: no sentence is understood by %s\n", w->strings + w->templates[i].file,
			       w->templates[i].line, w->strings + w->templates[i].text);
}

static int test_grammar(struct testing *t, struct duet_error *error)
{
	char folder[MAX_PATH_BYTES];
	const struct nlu_suite_run run = {
		.layout = t->layout, .folder = folder, .user = t, .begin = begin_file, .test = test_one};
	size_t n = duet_grammar_network(t->grammar)->n[DUET_SECTION_TEMPLATES];
	int rc;

	t->won = duet_calloc(2 * n + 1, sizeof(*t->won));
	if (!t->won)
		return no_memory(error);
	t->tested = t->won + n;
	snprintf(folder, sizeof(folder), "%s/tests/%s", t->flags->suite, t->result->language);
	rc = nlu_suite_run(&run, error);
	count_templates(t);
	if (t->layout == NLU_LAYOUT_2026)
		report_unused(t);
	duet_free(t->won);
	return rc;
}

static void test_language(struct testing *t, struct result *result)
{
	struct duet_error error = {0};
	int rc;

	t->result = result;
	t->grammar = NULL;
	rc = open_grammar(t, &error);
	if (rc == 0)
		rc = test_grammar(t, &error);
	if (rc < 0)
		duet_command_error(t->invocation, DUET_EXIT_CONFIG, &error);
	result->broken = rc < 0;
	duet_grammar_free(t->grammar);
	result->median_us = duet_trace_percentile(result->times, result->n, 50);
	result->p99_us = duet_trace_percentile(result->times, result->n, 99);
	duet_free(result->times);
}

static bool is_language(const struct testing *t, const char *name)
{
	return !strchr(name, '.') && (!t->flags->language || strcmp(name, t->flags->language) == 0);
}

/* The folders of tests/; how many, or negative. */
static int find_languages(struct testing *t, struct result **results)
{
	char folder[MAX_PATH_BYTES];
	struct dirent **entries = NULL;
	int n, n_found = 0;

	snprintf(folder, sizeof(folder), "%s/tests", t->flags->suite);
	n = scandir(folder, &entries, NULL, alphasort);
	*results = duet_arena_alloc(t->invocation->arena, (size_t)(n > 0 ? n : 1) * sizeof(**results));
	for (int i = 0; i < n; i++) {
		if (*results && is_language(t, entries[i]->d_name))
			(*results)[n_found++].language =
				duet_arena_copy(t->invocation->arena, duet_slice(entries[i]->d_name));
		free(entries[i]);
	}
	free(entries);
	return n < 0 || !*results ? -ENOENT : n_found;
}

static json_t *result_json(const struct result *r)
{
	return json_pack("{s:I, s:I, s:f, s:f, s:I, s:I}", "sentences", (json_int_t)r->n, "passed",
			 (json_int_t)r->n_passed, "median_us", r->median_us, "p99_us", r->p99_us, "templates",
			 (json_int_t)r->n_templates, "templates_won", (json_int_t)r->n_won);
}

static void print_json(const struct result *results, int n)
{
	json_t *languages = json_object(), *all;
	json_int_t sentences = 0, passed = 0;

	for (int i = 0; i < n; i++) {
		sentences += (json_int_t)results[i].n;
		passed += (json_int_t)results[i].n_passed;
		json_object_set_new(languages, results[i].language, result_json(&results[i]));
	}
	all = json_pack("{s:I, s:I, s:o}", "sentences", sentences, "passed", passed, "languages", languages);
	json_dumpf(all, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
	putchar('\n');
	json_decref(all);
}

static void print_table(const struct result *results, int n)
{
	printf("%-10s %10s %10s %8s %10s %10s %10s %8s\n", "language", "sentences", "passed", "known",
	       "median µs", "p99 µs", "templates", "won");
	for (int i = 0; i < n; i++)
		printf("%-10s %10zu %10zu %8zu %9.0f %9.0f %10zu %8zu\n", results[i].language, results[i].n,
		       results[i].n_passed, results[i].n_known, results[i].median_us, results[i].p99_us,
		       results[i].n_templates, results[i].n_won);
}

static int all_passed(const struct result *results, int n)
{
	int code = DUET_EXIT_DONE;

	for (int i = 0; i < n; i++)
		if (results[i].broken || results[i].n_passed + results[i].n_known < results[i].n)
			code = DUET_EXIT_FAILED;
	return code;
}

static int run(const struct duet_invocation *invocation)
{
	const struct flags *flags = invocation->flags;
	struct testing t = {.invocation = invocation, .flags = flags};
	struct result *results;
	int n;

	if (!flags->suite)
		return duet_command_usage(invocation, "say where the suite lies: --suite DIR");
	t.layout = (enum nlu_layout)flags->layout;
	n = find_languages(&t, &results);
	if (n <= 0)
		return duet_command_fail(invocation, DUET_EXIT_CONFIG, "there are no tests in %s/tests%s%s",
					 flags->suite, flags->language ? "/" : "",
					 flags->language ? flags->language : "");
	t.arena = duet_arena_new(MAX_ARENA_BYTES);
	if (!t.arena)
		return duet_command_fail(invocation, DUET_EXIT_FAILED, "out of memory");
	for (int i = 0; i < n; i++)
		test_language(&t, &results[i]);
	duet_arena_free(t.arena);
	if (flags->json)
		print_json(results, n);
	else
		print_table(results, n);
	return all_passed(results, n);
}

static const char *const layouts[] = {"2025", "2026", NULL};

static const struct duet_flag flags_table[] = {
	{0,
	 "DIR",
	 {"suite", DUET_OPTION_PATH, offsetof(struct flags, suite), NULL,
	  "A checkout with sentences, responses and tests", NULL, 0, 0}},
	{0,
	 "2025|2026",
	 {"layout", DUET_OPTION_CHOICE, offsetof(struct flags, layout), "2026", "How its tests lie", layouts,
	  0, 0}},
	{0,
	 "LANGUAGE",
	 {"language", DUET_OPTION_TEXT, offsetof(struct flags, language), NULL,
	  "This one only; else every folder of tests", NULL, 0, 0}},
	{'j',
	 NULL,
	 {"json", DUET_OPTION_BOOL, offsetof(struct flags, json), NULL, "One JSON object", NULL, 0, 0}},
	{0},
};

const struct duet_command duet_nlu_test = {
	.name = "test",
	.summary = "Test the sentences of a suite: what they mean and what is answered",
	.description = "Understands every sentence of the suite's tests, compares intent, slots, combination "
		       "of slots and "
		       "answer, and prints what differs, then a table; with --json {sentences, passed, "
		       "languages: {LANGUAGE: "
		       "{sentences, passed, median_us, p99_us, templates, templates_won}}} instead. Times "
		       "are processor time "
		       "of matching and ranking, without the answer. Exit code 1 means that something failed "
		       "beside what the "
		       "suite knows to fail.",
	.flags = flags_table,
	.flags_size = sizeof(struct flags),
	.run = run,
};
