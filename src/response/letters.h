/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_RESPONSE_LETTERS_H
#define DUET_RESPONSE_LETTERS_H

#include "response/datum.h"

/* Upper and lower case of any script, as Python has them. */
enum duet_response_case {
	DUET_CASE_LOWER,
	DUET_CASE_UPPER,
	DUET_CASE_CAPITALISED, /* the first letter large, all others small */
	DUET_CASE_TITLE,       /* so each run of letters: text.title() */
	DUET_CASE_WORDS,       /* so each word: text|title */
};

void duet_response_write_case(struct duet_datum_writer *writer, struct duet_slice text,
			      enum duet_response_case wanted);

bool duet_response_is_space(int32_t character);
bool duet_response_is_digit(int32_t character);
bool duet_response_is_letter(int32_t character);

/* How many characters, and the bytes before the `n`-th of them. */
size_t duet_response_length(struct duet_slice text);
size_t duet_response_offset(struct duet_slice text, size_t n);

struct duet_slice duet_response_trim_left(struct duet_slice text, struct duet_slice characters);
struct duet_slice duet_response_trim_right(struct duet_slice text, struct duet_slice characters);

#endif
