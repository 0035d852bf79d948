/* SPDX-License-Identifier: Apache-2.0 */
/* A whole speaker in ten lines: says what each turn was, until it is told to end. */
#include <duet/speaker.h>
#include <stdio.h>

static void print_turn(void *user, const json_t *turn)
{
	json_dumpf(turn, stdout, 0);
	puts("");
}

int main(int argc, char **argv)
{
	struct duet_speaker_setup setup = {.config_path = argc > 1 ? argv[1] : NULL, .on_turn = print_turn};
	struct duet_speaker *speaker;
	struct duet_error error;

	if (duet_speaker_new(&speaker, &setup, &error) < 0)
		return fprintf(stderr, "%s:%d: %s\n", error.file, error.line, error.what), 3;
	duet_speaker_run(speaker);
	duet_speaker_free(speaker);
	return 0;
}
