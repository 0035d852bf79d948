/* SPDX-License-Identifier: Apache-2.0 */
/*
 * align MODEL DICTIONARY LIST [GRAMMAR] - which words, and which of their pronunciations, fit recordings
 * best.
 *
 * LIST has a line for each 16 kHz mono wave file: its path, a tab, and a JSGF expansion of what was said
 * (nothing when one GRAMMAR serves all). Writes a line for each: the path, a tab, and the words with "(2)"
 * for the second pronunciation.
 */
#include <pocketsphinx.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAVE_HEADER_BYTES = 44 };

static int16 *read_samples(const char *path, size_t *n)
{
	FILE *file = fopen(path, "rb");
	int16 *samples = NULL;
	long size;

	*n = 0;
	if (file && fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) > WAVE_HEADER_BYTES) {
		samples = malloc((size_t)size);
		rewind(file);
		if (samples && fseek(file, WAVE_HEADER_BYTES, SEEK_SET) == 0)
			*n = fread(samples, sizeof(*samples), (size_t)size / sizeof(*samples), file);
	}
	if (file)
		fclose(file);
	return samples;
}

/* Makes what was said the only thing to be heard. */
static int expect(ps_decoder_t *decoder, const char *expansion)
{
	size_t size = strlen(expansion) + 64;
	char *grammar = malloc(size);
	int status = -1;

	if (grammar) {
		snprintf(grammar, size, "#JSGF V1.0;\ngrammar said;\npublic <s> = %s ;\n", expansion);
		status = ps_set_jsgf_string(decoder, "said", grammar);
	}
	free(grammar);
	return status < 0 ? -1 : ps_set_search(decoder, "said");
}

static void decode(ps_decoder_t *decoder, const char *path)
{
	size_t n;
	int16 *samples = read_samples(path, &n);

	printf("%s\t", path);
	if (n && ps_start_utt(decoder) == 0) {
		ps_process_raw(decoder, samples, n, FALSE, TRUE);
		ps_end_utt(decoder);
		for (ps_seg_t *at = ps_get_hyp(decoder, NULL) ? ps_seg_iter(decoder) : NULL; at;
		     at = ps_seg_next(at))
			printf("%s ", ps_seg_word(at));
	}
	putchar('\n');
	free(samples);
}

int main(int argc, char **argv)
{
	cmd_ln_t *config;
	ps_decoder_t *decoder;
	char *line = NULL;
	size_t room = 0;
	FILE *list;

	if (argc < 4)
		return fprintf(stderr, "use: align MODEL DICTIONARY LIST [GRAMMAR]\n"), 2;
	config = cmd_ln_init(NULL, ps_args(), TRUE, "-hmm", argv[1], "-dict", argv[2], "-logfn", "/dev/null",
			     "-beam", "1e-80", "-wbeam", "1e-60", "-pbeam", "1e-80", NULL);
	decoder = config ? ps_init(config) : NULL;
	list = fopen(argv[3], "r");
	if (!decoder || !list)
		return fprintf(stderr, "align: cannot open the model or the list\n"), 1;
	if (argc > 4 && (ps_set_jsgf_file(decoder, "all", argv[4]) < 0 || ps_set_search(decoder, "all") < 0))
		return fprintf(stderr, "align: cannot use the grammar %s\n", argv[4]), 1;
	while (getline(&line, &room, list) > 0) {
		char *said;

		line[strcspn(line, "\n")] = '\0';
		said = strchr(line, '\t');
		if (said)
			*said++ = '\0';
		if (!said || expect(decoder, said) == 0)
			decode(decoder, line);
	}
	free(line);
	fclose(list);
	ps_free(decoder);
	cmd_ln_free_r(config);
	return 0;
}
