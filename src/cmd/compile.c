/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "duet/error.h"
#include "grammar/grammar.h"

/* `duet nlu compile` alone, for the build: duet-compile LANGUAGE FOLDER FILE. */

static void report(void *user, const struct duet_error *mistake)
{
	char text[900];

	if (mistake->code == 0)
		return;
	duet_error_format(mistake, text, sizeof(text));
	fprintf(stderr, "%s\n", text);
}

int main(int argc, char **argv)
{
	const char *folders[] = {argc > 2 ? argv[2] : NULL};
	int result;

	if (argc != 4) {
		fprintf(stderr, "usage: duet-compile LANGUAGE FOLDER FILE\n");
		return 2;
	}
	result = duet_grammar_compile_rest(folders, 1, argv[1], argv[3], report, NULL);
	if (result < 0)
		fprintf(stderr, "%s: %s\n", argv[2], strerror(-result));
	return result == 0 ? 0 : 1;
}
