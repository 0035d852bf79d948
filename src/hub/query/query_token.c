/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/query/query_token.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>

static bool is_word(char c, bool first)
{
	if (isalpha((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80)
		return true;
	return !first && (isdigit((unsigned char)c) || c == '-');
}

static size_t word_len(struct duet_slice rest)
{
	size_t n = 0;

	while (n < rest.len && is_word(rest.ptr[n], n == 0))
		n++;
	return n;
}

static size_t digits(struct duet_slice rest, size_t from)
{
	while (from < rest.len && isdigit((unsigned char)rest.ptr[from]))
		from++;
	return from;
}

static size_t number_len(struct duet_slice rest)
{
	size_t n = digits(rest, 0), exponent;

	if (n < rest.len && rest.ptr[n] == '.')
		n = digits(rest, n + 1);
	if (n < rest.len && (rest.ptr[n] | 0x20) == 'e') {
		exponent = n + 1;
		if (exponent < rest.len && (rest.ptr[exponent] == '+' || rest.ptr[exponent] == '-'))
			exponent++;
		if (digits(rest, exponent) > exponent)
			n = digits(rest, exponent);
	}
	return n;
}

/* With both quotes; 0: it does not end. A quote is doubled or escaped. */
static size_t string_len(struct duet_slice rest)
{
	char quote = rest.ptr[0];

	for (size_t n = 1; n < rest.len; n++) {
		bool doubled = n + 1 < rest.len && rest.ptr[n] == quote && rest.ptr[n + 1] == quote;

		if (rest.ptr[n] == '\\' || doubled)
			n++;
		else if (rest.ptr[n] == quote)
			return n + 1;
	}
	return 0;
}

static size_t symbol_len(struct duet_slice rest)
{
	static const char *const pairs[] = {"!=", "<>", "<=", ">="};

	for (size_t i = 0; i < 4 && rest.len > 1; i++)
		if (memcmp(rest.ptr, pairs[i], 2) == 0)
			return 2;
	return rest.ptr[0] && strchr("=<>+-*/%(),.[]", rest.ptr[0]) ? 1 : 0;
}

static bool take_quoted(struct duet_hub_lexer *lexer, struct duet_slice rest)
{
	const char *end =
		rest.len > 4 && memcmp(rest.ptr, "[[", 2) == 0 ? memmem(rest.ptr, rest.len, "]]", 2) : NULL;

	if (!end || end == rest.ptr + 2)
		return false;
	lexer->token.kind = DUET_HUB_TOKEN_QUOTED;
	lexer->token.text = (struct duet_slice){rest.ptr + 2, (size_t)(end - rest.ptr) - 2};
	lexer->at += lexer->token.text.len + 4;
	return true;
}

void duet_hub_lexer_next(struct duet_hub_lexer *lexer)
{
	struct duet_hub_token *token = &lexer->token;
	struct duet_slice rest;

	while (lexer->at < lexer->text.len && isspace((unsigned char)lexer->text.ptr[lexer->at]))
		lexer->at++;
	rest = (struct duet_slice){lexer->text.ptr + lexer->at, lexer->text.len - lexer->at};
	*token = (struct duet_hub_token){DUET_HUB_TOKEN_END, {rest.ptr, 0}, lexer->at};
	if (rest.len == 0 || take_quoted(lexer, rest))
		return;
	if (is_word(rest.ptr[0], true)) {
		token->kind = DUET_HUB_TOKEN_WORD;
		token->text.len = word_len(rest);
	} else if (isdigit((unsigned char)rest.ptr[0])) {
		token->kind = DUET_HUB_TOKEN_NUMBER;
		token->text.len = number_len(rest);
	} else if (rest.ptr[0] == '\'' || rest.ptr[0] == '"') {
		token->kind = DUET_HUB_TOKEN_STRING;
		token->text.len = string_len(rest);
	} else {
		token->kind = DUET_HUB_TOKEN_SYMBOL;
		token->text.len = symbol_len(rest);
	}
	if (token->text.len == 0) {
		token->kind = DUET_HUB_TOKEN_BROKEN;
		token->text.len = 1;
	}
	lexer->at += token->text.len;
}

void duet_hub_lexer_init(struct duet_hub_lexer *lexer, struct duet_slice text)
{
	*lexer = (struct duet_hub_lexer){.text = text.ptr ? text : duet_slice("")};
	duet_hub_lexer_next(lexer);
}

long duet_hub_token_string(const struct duet_hub_token *token, char *text)
{
	const char *escapes = "nrtbf", *plain = "\n\r\t\b\f", *found;
	char quote = token->text.ptr[0];
	long n = 0;

	for (size_t i = 1; i + 1 < token->text.len; i++) {
		char c = token->text.ptr[i];

		if (c == quote) {
			i++;
		} else if (c == '\\' && i + 2 < token->text.len) {
			c = token->text.ptr[++i];
			found = c ? strchr(escapes, c) : NULL;
			if (found)
				c = plain[found - escapes];
		}
		if (!c)
			return -EINVAL;
		text[n++] = c;
	}
	text[n] = '\0';
	return n;
}
