/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_QUERY_TOKEN_H
#define DUET_HUB_QUERY_TOKEN_H

#include <stddef.h>

#include "duet/slice.h"

/* The words and signs of a query. */
enum duet_hub_token_kind {
	DUET_HUB_TOKEN_END,
	DUET_HUB_TOKEN_WORD,
	DUET_HUB_TOKEN_QUOTED, /* [[a name]], without its brackets */
	DUET_HUB_TOKEN_NUMBER,
	DUET_HUB_TOKEN_STRING, /* with its quotes */
	DUET_HUB_TOKEN_SYMBOL,
	DUET_HUB_TOKEN_BROKEN,
};

struct duet_hub_token {
	enum duet_hub_token_kind kind;
	struct duet_slice text;
	size_t at; /* from the query's beginning */
};

struct duet_hub_lexer {
	struct duet_slice text;
	size_t at;
	struct duet_hub_token token; /* the one in front */
};

void duet_hub_lexer_init(struct duet_hub_lexer *lexer, struct duet_slice text); /* and reads the first one */
void duet_hub_lexer_next(struct duet_hub_lexer *lexer);

/* What a string stands for; `text` has room for the token's. The length, or -EINVAL. */
long duet_hub_token_string(const struct duet_hub_token *token, char *text);

#endif
