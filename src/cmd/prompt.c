/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/prompt.h"

#include <histedit.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "speaker/hints.h"

enum { HISTORY = 500, MAX_LINE = 4096 };

struct duet_prompt {
	EditLine *editor;
	History *history;
	struct duet_speaker *speaker;
	const char *assistant;
	char history_path[512];
	char line[MAX_LINE];
};

static char *prompt_text(EditLine *editor)
{
	static char text[] = "> ";

	return text;
}

/* What the words that fit have in common beyond what is typed. */
struct completion {
	char common[256];
	size_t n;
};

static void take(void *user, const char *word)
{
	struct completion *completion = user;
	size_t same = 0;

	if (completion->n++ == 0) {
		snprintf(completion->common, sizeof(completion->common), "%s", word);
		return;
	}
	while (completion->common[same] && completion->common[same] == word[same])
		same++;
	completion->common[same] = '\0';
}

static void show(void *user, const char *word)
{
	printf("%s  ", word);
}

static unsigned char complete(EditLine *editor, int key)
{
	const LineInfo *info = el_line(editor);
	struct duet_slice line = {info->buffer, (size_t)(info->cursor - info->buffer)};
	struct completion completion = {.n = 0};
	const char *space = memrchr(line.ptr, ' ', line.len);
	size_t typed = space ? line.len - (size_t)(space + 1 - line.ptr) : line.len;
	struct duet_prompt *prompt;

	el_get(editor, EL_CLIENTDATA, &prompt);
	duet_speaker_hints(prompt->speaker, prompt->assistant, line, take, &completion);
	if (completion.n == 0)
		return CC_REFRESH_BEEP;
	if (strlen(completion.common) > typed) {
		el_insertstr(editor, completion.common + typed);
		if (completion.n == 1)
			el_insertstr(editor, " ");
		return CC_REFRESH;
	}
	putchar('\n');
	duet_speaker_hints(prompt->speaker, prompt->assistant, line, show, NULL);
	putchar('\n');
	return CC_REDISPLAY;
}

static void find_history(struct duet_prompt *prompt)
{
	const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	char dir[400];

	if (xdg && xdg[0])
		snprintf(dir, sizeof(dir), "%s/duet", xdg);
	else
		snprintf(dir, sizeof(dir), "%s/.local/state/duet", home ? home : ".");
	if (duet_file_mkdirs(dir, NULL) == 0)
		snprintf(prompt->history_path, sizeof(prompt->history_path), "%s/ask.history", dir);
}

struct duet_prompt *duet_prompt_new(struct duet_speaker *speaker, const char *assistant)
{
	struct duet_prompt *prompt = duet_calloc(1, sizeof(*prompt));
	HistEvent event;

	if (!prompt)
		return NULL;
	setlocale(LC_CTYPE, "");
	prompt->speaker = speaker;
	prompt->assistant = assistant;
	prompt->editor = el_init("duet", stdin, stdout, stderr);
	prompt->history = history_init();
	if (!prompt->editor || !prompt->history) {
		duet_prompt_free(prompt);
		return NULL;
	}
	find_history(prompt);
	history(prompt->history, &event, H_SETSIZE, HISTORY);
	history(prompt->history, &event, H_SETUNIQUE, 1);
	if (prompt->history_path[0])
		history(prompt->history, &event, H_LOAD, prompt->history_path);
	el_set(prompt->editor, EL_CLIENTDATA, prompt);
	el_set(prompt->editor, EL_PROMPT, prompt_text);
	el_set(prompt->editor, EL_EDITOR, "emacs");
	el_set(prompt->editor, EL_HIST, history, prompt->history);
	el_set(prompt->editor, EL_ADDFN, "duet-complete", "Complete what can be said", complete);
	el_set(prompt->editor, EL_BIND, "^I", "duet-complete", NULL);
	return prompt;
}

void duet_prompt_free(struct duet_prompt *prompt)
{
	HistEvent event;

	if (!prompt)
		return;
	if (prompt->history && prompt->history_path[0])
		history(prompt->history, &event, H_SAVE, prompt->history_path);
	if (prompt->history)
		history_end(prompt->history);
	if (prompt->editor)
		el_end(prompt->editor);
	duet_free(prompt);
}

const char *duet_prompt_read(struct duet_prompt *prompt)
{
	HistEvent event;
	int length;

	for (;;) {
		const char *line = el_gets(prompt->editor, &length);

		if (!line || length <= 0)
			return NULL;
		snprintf(prompt->line, sizeof(prompt->line), "%.*s", (int)strcspn(line, "\r\n"), line);
		if (!prompt->line[0])
			continue;
		history(prompt->history, &event, H_ENTER, prompt->line);
		return prompt->line;
	}
}
