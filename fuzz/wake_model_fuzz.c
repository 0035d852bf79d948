/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "../engines/wake/sphinx/takes.h"
#include "../engines/wake/sphinx/ways.h"
#include "fuzz.h"

/* What a person's enrolment taught lies in a file: any bytes are ways to say a phrase and takes of it, within
 * bounds; and a take that is printed again is the same. */
static void check_take(const struct duet_take *take)
{
	char line[DUET_TAKE_BYTES + 8] = "a\t";
	static struct duet_takes again;

	FUZZ_ASSERT(take->n_frames > 0 && take->n_frames <= DUET_TAKE_FRAMES);
	duet_take_print(take, line + 2);
	again.n = 0;
	duet_takes_read(&again, "a", line);
	FUZZ_ASSERT(again.n == 1 && again.takes[0].n_frames == take->n_frames);
	FUZZ_ASSERT(memcmp(again.takes[0].frames, take->frames, (size_t)take->n_frames * DUET_TAKE_CEPSTRA) ==
		    0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	static struct duet_takes takes;
	static struct duet_ways ways;
	char *text = malloc(n_bytes + 1);

	FUZZ_ASSERT(text);
	if (n_bytes > 0)
		memcpy(text, bytes, n_bytes);
	text[n_bytes] = '\0';
	takes.n = ways.n = 0;
	duet_takes_read(&takes, "a", text);
	duet_ways_read(&ways, "a", text);
	FUZZ_ASSERT(takes.n <= DUET_TAKES_MAX && ways.n <= DUET_WAYS_MAX);
	for (int i = 0; i < takes.n; i++)
		check_take(&takes.takes[i]);
	for (int i = 0; i < ways.n; i++)
		FUZZ_ASSERT(ways.phones[i][0] != '=' && strlen(ways.phones[i]) < DUET_WAY_BYTES);
	free(text);
	return 0;
}
