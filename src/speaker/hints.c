/* SPDX-License-Identifier: Apache-2.0 */
#include "speaker/hints.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "grammar/wordnet.h"
#include "speaker/body.h"

static bool begins(const char *word, struct duet_slice with)
{
	return strlen(word) >= with.len && strncasecmp(word, with.ptr, with.len) == 0;
}

static long step(const struct duet_wordnet *net, uint32_t state, struct duet_slice word)
{
	for (uint32_t arc = net->first_arc[state]; arc < net->first_arc[state + 1]; arc++) {
		const char *text = net->words[net->arcs[arc].word];

		if (begins(text, word) && text[word.len] == '\0')
			return net->arcs[arc].target;
	}
	return -ENOENT;
}

/* Follows the whole words of `line`; what is left is the unfinished one. */
static long follow(const struct duet_wordnet *net, struct duet_slice *line)
{
	long state = 0;
	const char *space;

	while (state >= 0 && (space = memchr(line->ptr, ' ', line->len))) {
		struct duet_slice word = {line->ptr, (size_t)(space - line->ptr)};

		if (word.len > 0)
			state = step(net, (uint32_t)state, word);
		line->ptr += word.len + 1;
		line->len -= word.len + 1;
	}
	return state;
}

int duet_speaker_hints(struct duet_speaker *speaker, const char *assistant, struct duet_slice line,
		       void (*each)(void *user, const char *word), void *user)
{
	int who = duet_crew_find(speaker->crew, assistant);
	struct duet_assistant *of = who < 0 ? NULL : speaker->crew->members[who].assistant;
	const struct duet_wordnet *net;
	long state;

	if (!of)
		return -ENOENT;
	if (duet_assistant_build_commands(of, NULL) < 0)
		return -ENOMEM;
	net = of->commands;
	state = follow(net, &line);
	if (state < 0)
		return 0;
	for (uint32_t arc = net->first_arc[state]; arc < net->first_arc[state + 1]; arc++) {
		if (begins(net->words[net->arcs[arc].word], line))
			each(user, net->words[net->arcs[arc].word]);
	}
	return 0;
}
