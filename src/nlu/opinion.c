/* SPDX-License-Identifier: Apache-2.0 */
#include "nlu/opinion.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "learnt/learnt.h"

enum { MAX_PARSES = 8, MAX_TRIES = 10, MAX_SENTENCE = 1024 };

/* What may do harm when it was not meant: opened, unlocked, deleted. NULL: whatever is answered; a response
 * is compared up to the end of the row's. */
static const struct {
	const char *intent, *response;
} risks[] = {
	{"HassTurnOn", "cover"},          {"HassTurnOff", "lock"},       {"HassToggle", NULL},
	{"HassSetPosition", NULL},        {"HassOpenCover", NULL},       {"HassUnlock", NULL},
	{"HassBroadcast", NULL},          {"HassVacuumStart", NULL},     {"DuetClearList", NULL},
	{"DuetCancelAlarm", NULL},        {"DuetCancelAllAlarms", NULL}, {"DuetCancelReminder", NULL},
	{"DuetCancelAllReminders", NULL},
};

static bool is_risky(const struct duet_match *match)
{
	const char *response = match->response ? match->response : "";

	for (size_t i = 0; i < sizeof(risks) / sizeof(*risks); i++) {
		if (strcmp(match->intent, risks[i].intent) == 0 &&
		    (!risks[i].response ||
		     strncmp(response, risks[i].response, strlen(risks[i].response)) == 0))
			return true;
	}
	return false;
}

/* A sentence on its way from a form. */
struct draft {
	char text[MAX_SENTENCE];
	size_t len;
	bool used[DUET_WORDS_MAX]; /* slots of the guess */
};

static bool put(struct draft *draft, const char *text, size_t n)
{
	if (draft->len + n >= sizeof(draft->text))
		return false;
	memcpy(draft->text + draft->len, text, n);
	draft->len += n;
	draft->text[draft->len] = '\0';
	return true;
}

struct opinion {
	const struct duet_understand_setting *setting;
	const struct duet_model *model;
	struct duet_slice said;
	struct duet_arena *arena;
	bool nearest; /* slips in the home's names are mended */
	int tries;    /* that are left */
};

/* The text of the slot `name` that is not in the sentence yet. */
static bool put_slot(const struct opinion *opinion, struct draft *draft, const struct duet_guess *guess,
		     const char *name, size_t n_name)
{
	for (size_t i = 0; i < guess->n_slots; i++) {
		const struct duet_guess_slot *slot = &guess->slots[i];
		const char *near, *said;

		if (draft->used[i] || strncmp(slot->name, name, n_name) != 0 || slot->name[n_name])
			continue;
		draft->used[i] = true;
		if (!opinion->nearest)
			return put(draft, opinion->said.ptr + slot->begin, slot->end - slot->begin);
		said = duet_arena_copy(opinion->arena, (struct duet_slice){opinion->said.ptr + slot->begin,
									   slot->end - slot->begin});
		near = said ? duet_learnt_nearest(opinion->setting->learnt, slot->name, said) : NULL;
		return said && put(draft, near ? near : said, strlen(near ? near : said));
	}
	return false;
}

/* False: the form has other slots than the guess. */
static bool fill(const struct opinion *opinion, struct draft *draft, const struct duet_guess *guess,
		 const char *form)
{
	while (*form) {
		size_t n = strcspn(form, "{");
		const char *end;

		if (!put(draft, form, n))
			return false;
		form += n;
		if (!*form)
			break;
		end = strchr(form, '}');
		if (!end || !put_slot(opinion, draft, guess, form + 1, (size_t)(end - form - 1)))
			return false;
		form = end + 1;
	}
	for (size_t i = 0; i < guess->n_slots; i++) {
		if (!draft->used[i])
			return false;
	}
	return true;
}

/* Of what the templates make of the sentence, what has the guessed intent. */
static int match(struct opinion *opinion, const struct draft *draft, const char *intent,
		 struct duet_understanding *found)
{
	struct duet_match *parses = duet_arena_alloc(opinion->arena, MAX_PARSES * sizeof(*parses));
	int n;

	if (!parses)
		return -ENOMEM;
	n = duet_match_all(opinion->setting->grammar, (struct duet_slice){draft->text, draft->len},
			   &opinion->setting->context, opinion->arena, parses, MAX_PARSES);
	for (int i = 0; i < n; i++) {
		if (strcmp(parses[i].intent, intent) != 0)
			continue;
		found->match = parses[i];
		found->paraphrase =
			duet_arena_copy(opinion->arena, (struct duet_slice){draft->text, draft->len});
		return found->paraphrase ? 1 : -ENOMEM;
	}
	return n < 0 ? n : 0;
}

static int realise(struct opinion *opinion, const struct duet_guess *guess, struct duet_understanding *found)
{
	const struct duet_model_meaning *meaning = &opinion->model->meanings[guess->meaning];
	const char *intent = duet_model_intent(opinion->model, guess->meaning);

	for (uint32_t i = 0; i < meaning->n_forms && opinion->tries > 0; i++) {
		const char *form = opinion->model->strings + opinion->model->forms[meaning->form + i];
		struct draft draft = {.len = 0};
		int result;

		if (!fill(opinion, &draft, guess, form) || draft.len == 0)
			continue;
		opinion->tries--;
		result = match(opinion, &draft, intent, found);
		if (result != 0)
			return result;
	}
	return 0;
}

/* The likeliest of an intent's meanings that the templates and the home know. Where a slot cannot be read, a
 * meaning with fewer of them would leave out what the person said: "the desk lamp" is not "the lights". */
static int realise_any(struct opinion *opinion, const struct duet_guesses *guesses, const char *intent,
		       struct duet_understanding *found)
{
	size_t least_slots = 0;

	for (size_t i = 0; i < guesses->n; i++) {
		const struct duet_guess *guess = &guesses->items[i];
		int result = 0;

		if (strcmp(duet_model_intent(opinion->model, guess->meaning), intent) != 0 ||
		    guess->n_slots < least_slots)
			continue;
		for (int pass = 0; pass < 2 && result == 0; pass++) {
			opinion->nearest = pass > 0;
			result = realise(opinion, guess, found);
		}
		if (result != 0)
			return result;
		least_slots = guess->n_slots;
	}
	return 0;
}

/* The likeliest intent with all its meanings; "": none. */
static const char *best_intent(const struct duet_model *model, const struct duet_guesses *guesses,
			       double *share)
{
	const char *best = "";

	*share = 0;
	for (size_t i = 0; i < guesses->n; i++) {
		const char *intent = duet_model_intent(model, guesses->items[i].meaning);
		double sum = 0;

		for (size_t k = 0; k < guesses->n; k++) {
			if (strcmp(duet_model_intent(model, guesses->items[k].meaning), intent) == 0)
				sum += guesses->items[k].probability;
		}
		if (intent[0] && sum > *share) {
			*share = sum;
			best = intent;
		}
	}
	return best;
}

/* What was learnt has no template of its own, and its slots are the model's. */
static int sign(struct opinion *opinion, struct duet_understanding *found)
{
	struct duet_match *match = &found->match;
	struct duet_slot *slots = duet_arena_alloc(opinion->arena, (match->n_slots + 1) * sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < match->n_slots; i++) {
		slots[i] = match->slots[i];
		if (slots[i].source != DUET_SLOT_FIXED && slots[i].source != DUET_SLOT_CONTEXT)
			slots[i].source = DUET_SLOT_LEARNT;
	}
	match->slots = slots;
	match->file = match->template = NULL;
	match->line = match->n_parses = 0;
	found->source = DUET_SOURCE_LEARNT;
	found->risky = is_risky(match);
	return 1;
}

int duet_opinion(const struct duet_understand_setting *setting, struct duet_slice text,
		 struct duet_arena *arena, struct duet_understanding *understanding)
{
	const struct duet_learnt *learnt = setting->learnt;
	struct opinion opinion = {.setting = setting,
				  .model = &learnt->model,
				  .said = text,
				  .arena = arena,
				  .tries = MAX_TRIES};
	struct duet_guesses guesses;
	const char *intent;
	double share;
	int result = duet_guess(&learnt->model, &learnt->home, text, arena, &guesses);

	if (result < 0)
		return result == -E2BIG ? 0 : result;
	intent = best_intent(&learnt->model, &guesses, &share);
	if (!intent[0] || share < (double)learnt->model.header->ask)
		return 0;
	*understanding = (struct duet_understanding){.score = share,
						     .doubtful = share < (double)learnt->model.header->take};
	result = realise_any(&opinion, &guesses, intent, understanding);
	return result > 0 ? sign(&opinion, understanding) : result;
}
