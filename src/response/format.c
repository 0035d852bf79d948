/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "response/letters.h"
#include "response/run.h"

/* "{0:02d}".format(x) and "%02d" % x. */

enum { MAX_WIDTH = 200, MAX_PRECISION = 50 };

struct layout {
	struct duet_slice fill; /* one character */
	char align;             /* < > ^ =, 0: as the value has it */
	char sign;              /* + or a space, 0: minus only */
	bool group;             /* thousands with commas */
	int width, precision;   /* precision negative: none */
	char type;              /* 0: as the value has it */
};

static void pad(struct duet_datum_writer *w, struct duet_slice fill, size_t n)
{
	for (; n && w->code == 0; n--)
		duet_datum_write_bytes(w, fill);
}

static void write_aligned(struct duet_datum_writer *w, const struct layout *l, struct duet_slice sign,
			  struct duet_slice text, char align)
{
	size_t len = duet_response_length(sign) + duet_response_length(text);
	size_t missing = l->width > 0 && (size_t)l->width > len ? (size_t)l->width - len : 0;
	size_t before = align == '>' ? missing : align == '^' ? missing / 2 : 0;

	pad(w, l->fill, before);
	duet_datum_write_bytes(w, sign);
	pad(w, l->fill, align == '=' ? missing : 0);
	duet_datum_write_bytes(w, text);
	pad(w, l->fill, align == '=' ? 0 : missing - before);
}

/* Commas between groups of three digits before the point. */
static size_t group_digits(char *text, size_t len, size_t size)
{
	size_t digits = strspn(text, "0123456789");

	for (size_t at = digits; at > 3 && len + 1 < size;) {
		at -= 3;
		memmove(text + at + 1, text + at, len - at + 1);
		text[at] = ',';
		len++;
	}
	return len;
}

static struct duet_datum write_digits(struct duet_response_run *run, struct duet_datum_writer *w,
				      const struct layout *l, struct duet_datum value)
{
	bool whole = value.type != DUET_DATUM_REAL;
	double number = fabs(duet_datum_number(value));
	bool negative = duet_datum_number(value) < 0;
	char type = l->type ? l->type : whole ? 'd' : l->precision >= 0 ? 'g' : 'r', text[400];
	int precision = l->precision < 0 ? 6 : l->precision, len = -1;
	uint64_t magnitude =
		whole ? (uint64_t)(value.type == DUET_DATUM_BOOLEAN ? value.boolean : value.integer) : 0;

	if (negative)
		magnitude = 0 - magnitude;
	if (type == 'd' && whole)
		len = snprintf(text, sizeof(text), "%llu", (unsigned long long)magnitude);
	else if ((type == 'x' || type == 'X') && whole)
		len = snprintf(text, sizeof(text), type == 'x' ? "%llx" : "%llX",
			       (unsigned long long)magnitude);
	else if (type == 'f' || type == 'F' || type == '%')
		len = snprintf(text, sizeof(text), type == '%' ? "%.*f%%" : "%.*f", precision,
			       type == '%' ? number * 100 : number);
	else if (type == 'e')
		len = snprintf(text, sizeof(text), "%.*e", precision, number);
	else if (type == 'g')
		len = snprintf(text, sizeof(text), "%.*g", precision, number);
	else if (type == 'r') {
		struct duet_slice written = duet_response_str(run, duet_datum_real(number));

		len = snprintf(text, sizeof(text), "%.*s", (int)written.len, written.ptr);
	}
	if (len < 0 || len >= (int)sizeof(text) - 140)
		return duet_response_fail(run, "a number cannot be written as \"%c\"", type);
	if (l->group)
		len = (int)group_digits(text, (size_t)len, sizeof(text));
	write_aligned(w, l,
		      duet_slice(negative         ? "-"
				 : l->sign == '+' ? "+"
				 : l->sign == ' ' ? " "
						  : ""),
		      (struct duet_slice){text, (size_t)len}, l->align ? l->align : '>');
	return (struct duet_datum){0};
}

static void write_value(struct duet_response_run *run, struct duet_datum_writer *w, const struct layout *l,
			struct duet_datum value)
{
	struct duet_slice text;

	if (duet_datum_is_number(value) && l->type != 's' && (value.type != DUET_DATUM_BOOLEAN || l->type)) {
		write_digits(run, w, l, value);
		return;
	}
	if (l->type && l->type != 's') {
		duet_response_fail(run, "a text cannot be written as \"%c\"", l->type);
		return;
	}
	text = duet_response_str(run, value);
	if (l->precision >= 0)
		text.len = duet_response_offset(text, (size_t)l->precision);
	write_aligned(w, l, (struct duet_slice){"", 0}, text, l->align ? l->align : '<');
}

static bool take(struct duet_slice *spec, const char *any, char *taken)
{
	if (!spec->len || !spec->ptr[0] || !strchr(any, spec->ptr[0]))
		return false;
	*taken = *spec->ptr++;
	spec->len--;
	return true;
}

static int take_number(struct duet_slice *spec, int max)
{
	int number = -1;
	char digit;

	while (take(spec, "0123456789", &digit))
		number = number > max ? number : (number < 0 ? 0 : number) * 10 + (digit - '0');
	return number;
}

/* [[fill]align][sign][0][width][,][.precision][type] */
static bool read_layout(struct duet_slice spec, struct layout *l)
{
	size_t one = duet_response_offset(spec, 1);
	char ignored;

	*l = (struct layout){.fill = {" ", 1}, .precision = -1};
	if (spec.len > one && strchr("<>^=", spec.ptr[one]) && spec.ptr[one]) {
		l->fill = (struct duet_slice){spec.ptr, one};
		l->align = spec.ptr[one];
		spec = (struct duet_slice){spec.ptr + one + 1, spec.len - one - 1};
	} else {
		take(&spec, "<>^=", &l->align);
	}
	if (!take(&spec, "+ ", &l->sign))
		take(&spec, "-", &ignored);
	if (spec.len && spec.ptr[0] == '0' && !l->align) {
		l->fill = (struct duet_slice){"0", 1};
		l->align = '=';
	}
	l->width = take_number(&spec, MAX_WIDTH);
	l->group = take(&spec, ",", &ignored);
	if (take(&spec, ".", &ignored))
		l->precision = take_number(&spec, MAX_PRECISION);
	take(&spec, "dfFeg%sxX", &l->type);
	return spec.len == 0 && l->width <= MAX_WIDTH && l->precision <= MAX_PRECISION;
}

/* Which argument "0", "name" or "" means. */
static struct duet_datum field_value(struct duet_response_run *run, struct duet_slice name,
				     const struct duet_response_arguments *arguments, size_t *next)
{
	struct duet_datum number = duet_datum_integer((int64_t)*next);

	if (!name.len)
		++*next;
	for (size_t i = 0; name.len && i < arguments->n; i++)
		if (duet_slice_equal(arguments->names[i], name))
			return arguments->values[i];
	if (name.len && !duet_response_read_number(name, &number))
		return duet_response_fail(run, "format() was given nothing for {%.*s}", (int)name.len,
					  name.ptr);
	if (number.type != DUET_DATUM_INTEGER || (uint64_t)number.integer >= arguments->n)
		return duet_response_fail(run, "format() was not given enough");
	return arguments->values[number.integer];
}

static void write_field(struct duet_response_run *run, struct duet_datum_writer *w, struct duet_slice field,
			const struct duet_response_arguments *arguments, size_t *next)
{
	const char *colon = field.len ? memchr(field.ptr, ':', field.len) : NULL;
	struct duet_slice name = {field.ptr, colon ? (size_t)(colon - field.ptr) : field.len};
	struct duet_slice spec = {colon ? colon + 1 : "", colon ? field.len - name.len - 1 : 0};
	struct duet_datum value = field_value(run, name, arguments, next);
	struct layout layout;

	if (run->failed)
		return;
	if (!read_layout(spec, &layout))
		duet_response_fail(run, "the format \"%.*s\" is not known", (int)spec.len, spec.ptr);
	else
		write_value(run, w, &layout, value);
}

struct duet_datum duet_response_formatted(struct duet_response_run *run, struct duet_slice format,
					  const struct duet_response_arguments *arguments)
{
	struct duet_datum_writer w = duet_response_writer(run);
	size_t next = 0;

	for (size_t i = 0; i < format.len && !run->failed && w.code == 0; i++) {
		char c = format.ptr[i];
		const char *end;

		if (c != '{' && c != '}') {
			duet_datum_write_bytes(&w, (struct duet_slice){format.ptr + i, 1});
			continue;
		}
		if (i + 1 < format.len && format.ptr[i + 1] == c) {
			duet_datum_write_bytes(&w, (struct duet_slice){format.ptr + i++, 1});
			continue;
		}
		end = c == '{' ? memchr(format.ptr + i, '}', format.len - i) : NULL;
		if (!end)
			return duet_response_fail(run, "a bracket of format() stands alone");
		write_field(run, &w,
			    (struct duet_slice){format.ptr + i + 1, (size_t)(end - format.ptr) - i - 1},
			    arguments, &next);
		i = (size_t)(end - format.ptr);
	}
	return duet_response_written(run, &w);
}

/* Behind a percent sign: [flags][width][.precision]type. */
static bool read_printed(struct duet_slice *spec, struct layout *l)
{
	char flag = 0;

	*l = (struct layout){.fill = {" ", 1}, .align = '>', .precision = -1};
	while (take(spec, "-+ 0", &flag)) {
		if (flag == '-')
			l->align = '<';
		else if (flag != '0')
			l->sign = flag;
		else if (l->align == '>')
			l->align = '=';
	}
	if (l->align == '=')
		l->fill = (struct duet_slice){"0", 1};
	l->width = take_number(spec, MAX_WIDTH);
	if (take(spec, ".", &flag))
		l->precision = take_number(spec, MAX_PRECISION);
	return take(spec, "disfFegxX%", &l->type) && l->width <= MAX_WIDTH && l->precision <= MAX_PRECISION;
}

static void write_printed(struct duet_response_run *run, struct duet_datum_writer *w, struct layout *l,
			  struct duet_datum value)
{
	if (l->type == 'i' || l->type == 'd') {
		l->type = 'd';
		if (value.type == DUET_DATUM_REAL && fabs(value.real) < 9e18)
			value = duet_datum_integer((int64_t)value.real);
	}
	write_value(run, w, l, value);
}

struct duet_datum duet_response_printed(struct duet_response_run *run, struct duet_slice format,
					const struct duet_datum *values, size_t n)
{
	struct duet_datum_writer w = duet_response_writer(run);
	struct layout layout;
	size_t used = 0;

	while (format.len && !run->failed && w.code == 0) {
		char c = *format.ptr++;

		format.len--;
		if (c != '%') {
			duet_datum_write_bytes(&w, (struct duet_slice){&c, 1});
			continue;
		}
		if (!read_printed(&format, &layout))
			return duet_response_fail(run, "a %% is not followed by a format that is known");
		if (layout.type == '%')
			duet_datum_write_bytes(&w, (struct duet_slice){"%", 1});
		else if (used == n)
			return duet_response_fail(run, "there are not enough values for the format");
		else
			write_printed(run, &w, &layout, values[used++]);
	}
	return duet_response_written(run, &w);
}
