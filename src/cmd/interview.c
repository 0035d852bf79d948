/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/interview.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static void read_answer(struct interview *interview)
{
	char *text = interview->answer;
	size_t length;

	text[0] = '\0';
	if (!interview->ended && !fgets(text, sizeof(interview->answer), interview->in)) {
		interview->ended = true;
		text[0] = '\0';
	}
	length = strlen(text);
	while (length > 0 && isspace((unsigned char)text[length - 1]))
		text[--length] = '\0';
	memmove(text, text + strspn(text, " \t"), length + 1 - strspn(text, " \t"));
	if (interview->ended || !isatty(fileno(interview->in)))
		puts(text); /* what a terminal would have shown */
}

const char *interview_ask(struct interview *interview, const char *question, const char *offered)
{
	bool colour = isatty(STDOUT_FILENO);

	printf("%s%s%s%s%s%s ", colour ? "\033[1m" : "", question, colour ? "\033[0m" : "",
	       offered[0] ? " [" : "", offered, offered[0] ? "]" : "");
	fflush(stdout);
	read_answer(interview);
	if (!interview->answer[0])
		snprintf(interview->answer, sizeof(interview->answer), "%s", offered);
	return interview->answer;
}

bool interview_yes(struct interview *interview, const char *question, bool offered)
{
	static const char *const yes[] = {"y", "yes", "j", "是", "好"};
	const char *answer = interview_ask(interview, question, offered ? "yes" : "no");

	for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++)
		if (strcasecmp(answer, yes[i]) == 0)
			return true;
	return false;
}

int interview_number(struct interview *interview, const char *question, int low, int high, int offered)
{
	char preset[16];

	snprintf(preset, sizeof(preset), "%d", offered);
	for (;;) {
		const char *answer = interview_ask(interview, question, preset);
		char *end;
		long value = strtol(answer, &end, 10);

		if (end != answer && !*end && value >= low && value <= high)
			return (int)value;
		printf("  A number from %d to %d, please.\n", low, high);
	}
}
