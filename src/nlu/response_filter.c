/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "nlu/response_tree.h"

static json_t *keep_text(struct duet_response_temporaries *t, const char *text, size_t len)
{
	return duet_response_keep(t, json_stringn_nocheck(text, len));
}

/* NULL when the text did not become what it should have been. */
static json_t *take_text(struct duet_response_temporaries *t, struct duet_text *text)
{
	json_t *result = text->failed ? NULL : keep_text(t, text->ptr ? text->ptr : "", text->len);

	t->failed |= text->failed;
	duet_text_done(text);
	return result;
}

/* A value's text, cut where it is too long. */
static size_t text_of(const json_t *value, char *text)
{
	size_t len = duet_response_format(value, text, DUET_RESPONSE_MAX_BYTES);

	return len < DUET_RESPONSE_MAX_BYTES ? len : DUET_RESPONSE_MAX_BYTES - 1;
}

static double number_of(const json_t *value, double otherwise)
{
	char *end;
	double number;

	if (json_is_number(value))
		return json_number_value(value);
	if (json_is_true(value))
		return 1;
	if (!json_is_string(value))
		return otherwise;
	number = strtod(json_string_value(value), &end);
	return end != json_string_value(value) && *end == '\0' && isfinite(number) ? number : otherwise;
}

static json_t *filter_default(struct duet_response_temporaries *t, json_t *value, json_t *const *arguments,
			      int n)
{
	bool also_empty = n > 1 && duet_response_truth(arguments[1]);

	if (value && !json_is_null(value) && !(also_empty && !duet_response_truth(value)))
		return value;
	return arguments[0];
}

/* ASCII letters, and through the Unicode tables only whole texts: enough for names of homes. */
static json_t *map_letters(struct duet_response_temporaries *t, json_t *value, int (*first)(int),
			   int (*rest)(int), bool each_word)
{
	char text[DUET_RESPONSE_MAX_BYTES];
	size_t len = text_of(value, text);
	bool begins = true;

	for (size_t i = 0; i < len; i++) {
		int (*map)(int) = begins ? first : rest;

		if (map && !(text[i] & 0x80))
			text[i] = (char)map((unsigned char)text[i]);
		begins = each_word && isspace((unsigned char)text[i]);
	}
	return keep_text(t, text, len);
}

static json_t *filter_lower(struct duet_response_temporaries *t, json_t *value, json_t *const *arguments,
			    int n)
{
	return map_letters(t, value, tolower, tolower, false);
}

static json_t *filter_upper(struct duet_response_temporaries *t, json_t *value, json_t *const *arguments,
			    int n)
{
	return map_letters(t, value, toupper, toupper, false);
}

static json_t *filter_capitalize(struct duet_response_temporaries *t, json_t *value, json_t *const *arguments,
				 int n)
{
	return map_letters(t, value, toupper, tolower, false);
}

static json_t *filter_title(struct duet_response_temporaries *t, json_t *value, json_t *const *arguments,
			    int n)
{
	return map_letters(t, value, toupper, tolower, true);
}

static json_t *filter_trim(struct duet_response_temporaries *t, json_t *value, json_t *const *arguments,
			   int n)
{
	char text[DUET_RESPONSE_MAX_BYTES];
	size_t end = text_of(value, text), begin = 0;

	while (begin < end && isspace((unsigned char)text[begin]))
		begin++;
	while (end > begin && isspace((unsigned char)text[end - 1]))
		end--;
	return keep_text(t, text + begin, end - begin);
}

static json_t *filter_length(struct duet_response_temporaries *t, json_t *value, json_t *const *arguments,
			     int n)
{
	struct duet_slice text = duet_slice(json_string_value(value));
	json_int_t length = 0;

	if (json_is_array(value))
		length = (json_int_t)json_array_size(value);
	else if (json_is_object(value))
		length = (json_int_t)json_object_size(value);
	while (text.len && duet_text_next(&text) >= 0)
		length++;
	return duet_response_keep(t, json_integer(length));
}

static json_t *whole(struct duet_response_temporaries *t, double number)
{
	return duet_response_keep(t,
				  fabs(number) < 9e15 ? json_integer((json_int_t)number) : json_integer(0));
}

static json_t *filter_int(struct duet_response_temporaries *t, json_t *value, json_t *const *arguments, int n)
{
	return whole(t, trunc(number_of(value, n > 0 ? number_of(arguments[0], 0) : 0)));
}

static json_t *filter_float(struct duet_response_temporaries *t, json_t *value, json_t *const *arguments,
			    int n)
{
	return duet_response_keep(t, json_real(number_of(value, n > 0 ? number_of(arguments[0], 0) : 0)));
}

/* To even, as Python does; with no places a whole number, because it is going to be said. */
static json_t *filter_round(struct duet_response_temporaries *t, json_t *value, json_t *const *arguments,
			    int n)
{
	double places = n > 0 ? fmin(fmax(number_of(arguments[0], 0), 0), 9) : 0, scale = pow(10, places);

	if (places == 0)
		return whole(t, nearbyint(number_of(value, 0)));
	return duet_response_keep(t, json_real(nearbyint(number_of(value, 0) * scale) / scale));
}

static json_t *filter_abs(struct duet_response_temporaries *t, json_t *value, json_t *const *arguments, int n)
{
	if (json_is_integer(value))
		return whole(t, fabs(json_number_value(value)));
	return duet_response_keep(t, json_real(fabs(number_of(value, 0))));
}

static json_t *filter_join(struct duet_response_temporaries *t, json_t *value, json_t *const *arguments,
			   int n)
{
	char piece[DUET_RESPONSE_MAX_BYTES];
	struct duet_text joined;
	size_t i, len;
	json_t *item, *result;

	duet_text_init(&joined, DUET_RESPONSE_MAX_BYTES);
	json_array_foreach(value, i, item)
	{
		if (i && n > 0) {
			len = text_of(arguments[0], piece);
			duet_text_add(&joined, (struct duet_slice){piece, len});
		}
		len = text_of(item, piece);
		duet_text_add(&joined, (struct duet_slice){piece, len});
	}
	result = take_text(t, &joined);
	return result;
}

static json_t *filter_first(struct duet_response_temporaries *t, json_t *value, json_t *const *arguments,
			    int n)
{
	return json_array_get(value, 0);
}

static json_t *filter_last(struct duet_response_temporaries *t, json_t *value, json_t *const *arguments,
			   int n)
{
	return json_array_size(value) ? json_array_get(value, json_array_size(value) - 1) : NULL;
}

static json_t *filter_replace(struct duet_response_temporaries *t, json_t *value, json_t *const *arguments,
			      int n)
{
	char text[DUET_RESPONSE_MAX_BYTES], from[DUET_RESPONSE_MAX_BYTES], to[DUET_RESPONSE_MAX_BYTES];
	size_t len = text_of(value, text), n_from = text_of(arguments[0], from),
	       n_to = text_of(arguments[1], to);
	struct duet_text replaced;
	json_t *result;

	duet_text_init(&replaced, DUET_RESPONSE_MAX_BYTES);
	for (size_t i = 0; i < len;) {
		if (n_from && len - i >= n_from && memcmp(text + i, from, n_from) == 0) {
			duet_text_add(&replaced, (struct duet_slice){to, n_to});
			i += n_from;
		} else {
			duet_text_add(&replaced, (struct duet_slice){text + i++, 1});
		}
	}
	result = take_text(t, &replaced);
	return result;
}

static json_t *filter_list(struct duet_response_temporaries *t, json_t *value, json_t *const *arguments,
			   int n)
{
	return value;
}

static const struct duet_response_filter filters[] = {
	{"abs", 0, 0, filter_abs},         {"capitalize", 0, 0, filter_capitalize},
	{"count", 0, 0, filter_length},    {"d", 1, 2, filter_default},
	{"default", 1, 2, filter_default}, {"first", 0, 0, filter_first},
	{"float", 0, 1, filter_float},     {"int", 0, 1, filter_int},
	{"join", 0, 1, filter_join},       {"last", 0, 0, filter_last},
	{"length", 0, 0, filter_length},   {"list", 0, 0, filter_list},
	{"lower", 0, 0, filter_lower},     {"replace", 2, 2, filter_replace},
	{"round", 0, 1, filter_round},     {"title", 0, 0, filter_title},
	{"trim", 0, 0, filter_trim},       {"upper", 0, 0, filter_upper},
};

const struct duet_response_filter *duet_response_filter_find(struct duet_slice name)
{
	for (size_t i = 0; i < sizeof(filters) / sizeof(*filters); i++)
		if (duet_slice_equal(duet_slice(filters[i].name), name))
			return &filters[i];
	return NULL;
}
