/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <math.h>
#include <sphinxbase/logmath.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../sphinx/decoder.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "duet/wake_engine.h"
#include "lexicon/lexicon.h"

/*
 * Any phrase by its pronunciation: PocketSphinx's keyphrase spotter over all
 * phrases at once. Every way to say a phrase is one word of the decoder's
 * dictionary ("k0v1" is the second way to say the first phrase), so that its
 * sounds are modelled across the words.
 */

enum { WAYS_MAX = 6, PHRASES_MAX = 32, WORDS_MAX = 12, TEXT_MAX = 1 << 16, SAMPLES_PER_FRAME = 160 };

/* What each phone of the background costs beside the phrase: found on 20 minutes of other speech and eight
 * voices. */
#define BACKGROUND "1e-10"

#define SCORE_SLOPE 4.0 /* nepers over the threshold for a score of 0.73 */

struct sphinx_options {
	const char *model;
	double log_threshold; /* at sensitivity 0.5: log10 of phrase over background */
	int delay_ms;
};

struct sphinx_state {
	ps_decoder_t *decoder;
	double thresholds[PHRASES_MAX]; /* natural logarithms */
	size_t n_phrases;
	int64_t n_samples; /* since the reset */
	int delay_samples;
	bool listens; /* an utterance is open */
};

static const struct duet_option options[] = {
	{"model", DUET_OPTION_PATH, offsetof(struct sphinx_options, model), NULL,
	 "The acoustic model's folder; without it the packaged English one", NULL, 0, 0},
	{"log_threshold", DUET_OPTION_NUMBER, offsetof(struct sphinx_options, log_threshold), "-5",
	 "How far a phrase may lie under the background at sensitivity 0.5, as a power of ten", NULL, -100,
	 0},
	{"delay", DUET_OPTION_DURATION, offsetof(struct sphinx_options, delay_ms), "100ms",
	 "How long to wait for a better end of the phrase", NULL, 0, 1000},
	{0},
};

/* The ways to say a phrase while they are put together, word by word. */
struct ways {
	char phones[WAYS_MAX][2048];
	int n;
};

/* Every way so far with every way to say the next word, the usual ones first, as many as there is room for.
 */
static void add_word(struct ways *ways, const struct duet_pronunciation *said, int n_said)
{
	struct ways before = *ways;

	ways->n = 0;
	for (int i = 0; i < n_said; i++)
		for (int k = 0; k < before.n && ways->n < WAYS_MAX; k++)
			snprintf(ways->phones[ways->n++], sizeof(ways->phones[0]), "%.300s%s%s",
				 before.phones[k], before.phones[k][0] ? " " : "", said[i].phones);
}

/* Lines "phrase<TAB>phones". */
static void read_ways(struct ways *ways, const char *phrase, const char *line)
{
	size_t length = strlen(phrase);

	while (*line && ways->n < WAYS_MAX) {
		size_t end = strcspn(line, "\n");

		if (end > length + 1 && strncmp(line, phrase, length) == 0 && line[length] == '\t')
			snprintf(ways->phones[ways->n++], sizeof(ways->phones[0]), "%.*s",
				 (int)(end - length - 1), line + length + 1);
		line += end + (line[end] == '\n');
	}
}

/* What was learnt for just this phrase and model: data/wake/LANGUAGE.txt. */
static void learnt_ways(const char *data_dir, const struct duet_wake_phrase *phrase, struct ways *ways)
{
	char path[512], *text;
	size_t n_bytes;

	*ways = (struct ways){0};
	snprintf(path, sizeof(path), "%s/wake/%s.txt", data_dir ? data_dir : "", phrase->language);
	if (duet_file_read(path, TEXT_MAX, &text, &n_bytes, NULL) < 0)
		return;
	read_ways(ways, phrase->text, text);
	duet_free(text);
}

static int pronounce(const struct duet_wake_phrase *phrase, struct ways *ways, struct duet_error *error)
{
	const char *rest = phrase->text;

	*ways = (struct ways){.n = 1};
	while (*(rest += strspn(rest, " "))) {
		struct duet_slice word = {rest, strcspn(rest, " ")};
		struct duet_pronunciation said[WAYS_MAX];
		int n = duet_lexicon_pronounce(phrase->lexicon, word, said, WAYS_MAX);

		if (n <= 0) {
			duet_error_set(error, -EINVAL,
				       "nobody knows how \"%.*s\" of the wake word \"%.60s\" sounds",
				       (int)word.len, word.ptr, phrase->text);
			duet_error_hint(error, "add it to a file of `pronunciations:` of this assistant");
			return -EINVAL;
		}
		add_word(ways, said, n);
		rest += word.len;
	}
	if (!ways->phones[0][0])
		return duet_error_set(error, -EINVAL, "a wake word is empty");
	return 0;
}

/* Sensitivity 0 and 1 are ten powers of ten to either side. */
static double log10_threshold(const struct sphinx_options *chosen, double sensitivity)
{
	return chosen->log_threshold + (0.5 - sensitivity) * 20;
}

/* Dictionary and list of keyphrases for PocketSphinx. */
static int compose(struct sphinx_state *self, const struct duet_wake_setup *setup, struct duet_text *words,
		   struct duet_text *keys, struct duet_error *error)
{
	for (size_t i = 0; i < setup->n_phrases; i++) {
		struct ways ways;
		double threshold;
		int result = 0;

		learnt_ways(setup->data_dir, &setup->phrases[i], &ways);
		if (ways.n == 0)
			result = pronounce(&setup->phrases[i], &ways, error);

		if (result < 0)
			return result;
		threshold = log10_threshold(setup->options, setup->phrases[i].sensitivity);
		self->thresholds[i] = threshold * log(10);
		for (int k = 0; k < ways.n; k++) {
			duet_text_printf(words, "k%zuv%d %s\n", i, k, ways.phones[k]);
			duet_text_printf(keys, "k%zuv%d /1e%d/\n", i, k, (int)floor(threshold));
		}
	}
	self->n_phrases = setup->n_phrases;
	return words->failed || keys->failed
		       ? duet_error_set(error, -ENOMEM, "out of memory for the wake words")
		       : 0;
}

static int set_phrases(struct sphinx_state *self, const struct duet_text *keys, struct duet_error *error)
{
	int fd = memfd_create("duet-wake", MFD_CLOEXEC), result = -errno;
	char path[64];

	if (fd < 0)
		return duet_error_set(error, result, "no room for the wake words: %s",
				      strerrordesc_np(-result));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (write(fd, keys->ptr, keys->len) == (ssize_t)keys->len &&
	    ps_set_kws(self->decoder, "wake", path) == 0 && ps_set_search(self->decoder, "wake") == 0)
		result = 0;
	else
		result = duet_error_set(error, -EINVAL, "PocketSphinx does not take the wake words");
	close(fd);
	return result;
}

static void sphinx_close(void *state)
{
	struct sphinx_state *self = state;

	if (self->decoder) {
		if (self->listens)
			ps_end_utt(self->decoder);
		ps_free(self->decoder);
	}
	self->decoder = NULL;
}

static int open_decoder(struct sphinx_state *self, const struct duet_wake_setup *setup,
			const struct duet_text *words, const struct duet_text *keys, struct duet_error *error)
{
	const struct sphinx_options *chosen = setup->options;
	char delay[16];
	const char *const arguments[] = {"-kws_delay", delay,   "-kws_plp", BACKGROUND, "-beam", "1e-80",
					 "-pbeam",     "1e-80", "-mmap",    "yes",      NULL};
	const struct duet_sphinx_setup decoder = {
		.model = chosen->model, .words = {words->ptr, words->len}, .options = arguments};
	int result;

	snprintf(delay, sizeof(delay), "%d", chosen->delay_ms / 10);
	self->delay_samples = chosen->delay_ms / 10 * SAMPLES_PER_FRAME;
	result = duet_sphinx_open(&self->decoder, &decoder, error);
	return result < 0 ? result : set_phrases(self, keys, error);
}

static int begin(struct sphinx_state *self)
{
	self->listens = ps_start_utt(self->decoder) == 0;
	return self->listens ? 0 : -EIO;
}

static int sphinx_open(void *state, const struct duet_wake_setup *setup, struct duet_error *error)
{
	struct sphinx_state *self = state;
	struct duet_text words, keys;
	int result;

	if (setup->n_phrases == 0 || setup->n_phrases > PHRASES_MAX)
		return duet_error_set(error, -EINVAL, "%zu wake words; 1 to %d are possible",
				      setup->n_phrases, PHRASES_MAX);
	duet_text_init(&words, TEXT_MAX);
	duet_text_init(&keys, TEXT_MAX);
	result = compose(self, setup, &words, &keys, error);
	if (result == 0)
		result = open_decoder(self, setup, &words, &keys, error);
	if (result == 0 && begin(self) < 0)
		result = duet_error_set(error, -EIO, "PocketSphinx does not begin to listen");
	duet_text_done(&words);
	duet_text_done(&keys);
	if (result < 0)
		sphinx_close(self);
	return result;
}

static void restart(struct sphinx_state *self)
{
	if (self->listens)
		ps_end_utt(self->decoder);
	begin(self);
}

static void sphinx_reset(void *state)
{
	struct sphinx_state *self = state;

	restart(self);
	self->n_samples = 0;
}

/* The clearest detection; how its likelihood stands to the threshold is a score on which 0.5 is the
 * threshold. */
static bool read_detection(struct sphinx_state *self, struct duet_wake_detection *detection)
{
	logmath_t *logs = ps_get_logmath(self->decoder);
	bool found = false;

	for (ps_seg_t *seg = ps_seg_iter(self->decoder); seg; seg = ps_seg_next(seg)) {
		int first, last, phrase, way;
		double ln = logmath_log_to_ln(logs, ps_seg_prob(seg, NULL, NULL, NULL));
		float score;

		if (sscanf(ps_seg_word(seg), "k%dv%d", &phrase, &way) != 2 ||
		    (size_t)phrase >= self->n_phrases)
			continue;
		score = (float)(1 / (1 + exp((self->thresholds[phrase] - ln) / SCORE_SLOPE)));
		if (found && score <= detection->score)
			continue;
		ps_seg_frames(seg, &first, &last);
		found = true;
		detection->phrase = (size_t)phrase;
		detection->score = score;
		/* The decoder skips silence, so its frames tell how long the phrase was, and the clock when.
		 */
		detection->end = self->n_samples - self->delay_samples;
		detection->begin = detection->end - (int64_t)(last - first + 1) * SAMPLES_PER_FRAME;
	}
	return found;
}

static int sphinx_feed(void *state, const int16_t *samples, size_t n_samples,
		       struct duet_wake_detection *detection)
{
	struct sphinx_state *self = state;
	int32 score;

	if (!self->listens && begin(self) < 0)
		return -EIO;
	if (ps_process_raw(self->decoder, samples, n_samples, FALSE, FALSE) < 0)
		return -EIO;
	self->n_samples += (int64_t)n_samples;
	if (!ps_get_hyp(self->decoder, &score) || !read_detection(self, detection))
		return 0;
	restart(self);
	return 1;
}

extern const struct duet_wake_engine duet_wake_engine_sphinx;
const struct duet_wake_engine duet_wake_engine_sphinx = {
	.engine = {.stage = "wake",
		   .name = "sphinx",
		   .summary = "any phrase of any language by its pronunciation (PocketSphinx)",
		   .state_size = sizeof(struct sphinx_state),
		   .options = options,
		   .options_size = sizeof(struct sphinx_options)},
	.open = sphinx_open,
	.reset = sphinx_reset,
	.feed = sphinx_feed,
	.close = sphinx_close,
};
