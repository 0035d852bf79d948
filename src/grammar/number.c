/* SPDX-License-Identifier: Apache-2.0 */
#include "grammar/number.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { MAX_FORMS = 24, MAX_LENGTH = 160, MAX_NUMBER = 999999 };

struct forms {
	int n;
	char text[MAX_FORMS][MAX_LENGTH];
};

static void add(struct forms *forms, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct forms *forms, const char *format, ...)
{
	va_list args;
	int len;

	if (forms->n == MAX_FORMS)
		return;
	va_start(args, format);
	len = vsnprintf(forms->text[forms->n], MAX_LENGTH, format, args);
	va_end(args);
	if (len < MAX_LENGTH)
		forms->n++;
}

/* Every head with every tail. */
static void join(struct forms *into, const struct forms *heads, const char *between,
		 const struct forms *tails)
{
	for (int i = 0; i < heads->n; i++)
		for (int k = 0; k < tails->n; k++)
			add(into, "%s%s%s", heads->text[i], between, tails->text[k]);
}

static const char *const english_small[] = {"zero",    "one",     "two",       "three",    "four",
					    "five",    "six",     "seven",     "eight",    "nine",
					    "ten",     "eleven",  "twelve",    "thirteen", "fourteen",
					    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
static const char *const english_tens[] = {"",      "",      "twenty",  "thirty", "forty",
					   "fifty", "sixty", "seventy", "eighty", "ninety"};

static void english_below_hundred(struct forms *forms, long n)
{
	if (n < 20)
		add(forms, "%s", english_small[n]);
	else if (n % 10 == 0)
		add(forms, "%s", english_tens[n / 10]);
	else
		add(forms, "%s %s", english_tens[n / 10], english_small[n % 10]);
}

/* The part above `unit` ("a hundred", "two thousand"), then what is left with and without "and". */
static void english_with_unit(struct forms *forms, struct forms *heads, long n, long unit, long left,
			      void (*below)(struct forms *forms, long n))
{
	struct forms tails = {0};

	if (n == 1)
		add(heads, "a %s", unit == 100 ? "hundred" : "thousand");
	if (left == 0) {
		for (int i = 0; i < heads->n; i++)
			add(forms, "%s", heads->text[i]);
		return;
	}
	below(&tails, left);
	join(forms, heads, " ", &tails);
	if (left < 100)
		join(forms, heads, " and ", &tails);
}

static void english_below_thousand(struct forms *forms, long n)
{
	struct forms heads = {0};

	if (n < 100) {
		english_below_hundred(forms, n);
		return;
	}
	add(&heads, "%s hundred", english_small[n / 100]);
	english_with_unit(forms, &heads, n / 100, 100, n % 100, english_below_hundred);
}

static void english(struct forms *forms, long n)
{
	struct forms heads = {0}, thousands = {0};

	if (n < 1000) {
		english_below_thousand(forms, n);
		return;
	}
	english_below_thousand(&thousands, n / 1000);
	for (int i = 0; i < thousands.n; i++)
		add(&heads, "%s thousand", thousands.text[i]);
	english_with_unit(forms, &heads, n / 1000, 1000, n % 1000, english_below_thousand);
}

static void english_half(struct forms *forms, long n)
{
	struct forms whole = {0};

	english(&whole, n);
	for (int i = 0; i < whole.n; i++) {
		add(forms, "%s point five", whole.text[i]);
		if (n > 0)
			add(forms, "%s and a half", whole.text[i]);
	}
	if (n == 0) {
		add(forms, "half");
		add(forms, "a half");
	}
}

static void english_negative(struct forms *forms, const char *words)
{
	add(forms, "minus %s", words);
	add(forms, "negative %s", words);
}

static const char *const chinese_digits[] = {"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"};

/* 二 becomes 两 before 百, 千 and 万; `said` tells whether something larger was said, so that 15 after it is
 * 一十五. */
static void chinese_add(struct forms *forms, long n, bool said);

static void chinese_unit(struct forms *forms, long n, long unit, const char *name, bool said)
{
	long count = n / unit, left = n % unit;
	struct forms heads = {0}, tails = {0};

	if (unit == 10 && count == 1 && !said) {
		add(&heads, "十");
		add(&heads, "一十");
	} else if (count < 10) {
		add(&heads, "%s%s", chinese_digits[count], name);
		if (count == 2 && unit >= 100)
			add(&heads, "两%s", name);
	} else {
		chinese_add(&tails, count, false);
		for (int i = 0; i < tails.n; i++)
			add(&heads, "%s%s", tails.text[i], name);
		tails.n = 0;
	}
	if (left == 0)
		add(&tails, "%s", "");
	else
		chinese_add(&tails, left, true);
	join(forms, &heads, left && left < unit / 10 ? "零" : "", &tails);
	if (unit >= 100 && left && left % (unit / 10) == 0) /* 一百五: 150 */
		for (int i = 0; i < heads.n; i++)
			add(forms, "%s%s", heads.text[i], chinese_digits[left / (unit / 10)]);
}

static void chinese_add(struct forms *forms, long n, bool said)
{
	if (n >= 10000)
		chinese_unit(forms, n, 10000, "万", said);
	else if (n >= 1000)
		chinese_unit(forms, n, 1000, "千", said);
	else if (n >= 100)
		chinese_unit(forms, n, 100, "百", said);
	else if (n >= 10)
		chinese_unit(forms, n, 10, "十", said);
	else
		add(forms, "%s", chinese_digits[n]);
}

static void chinese(struct forms *forms, long n)
{
	chinese_add(forms, n, false);
	if (n == 2)
		add(forms, "两");
	if (n == 0)
		add(forms, "〇");
}

static void chinese_half(struct forms *forms, long n)
{
	struct forms whole = {0};

	chinese(&whole, n);
	for (int i = 0; i < whole.n; i++)
		add(forms, "%s点五", whole.text[i]);
	if (n == 0)
		add(forms, "半");
	for (int i = 0; n > 0 && i < whole.n; i++)
		add(forms, "%s个半", whole.text[i]);
}

static void chinese_negative(struct forms *forms, const char *words)
{
	add(forms, "负%s", words);
	add(forms, "零下%s", words);
}

static const struct language {
	const char *prefix;
	void (*whole)(struct forms *forms, long number);
	void (*half)(struct forms *forms, long number);
	void (*negative)(struct forms *forms, const char *words);
} languages[] = {
	{"en", english, english_half, english_negative},
	{"zh", chinese, chinese_half, chinese_negative},
};

static const struct language *language_find(const char *name)
{
	for (size_t i = 0; i < sizeof(languages) / sizeof(*languages); i++)
		if (strncmp(name, languages[i].prefix, strlen(languages[i].prefix)) == 0)
			return &languages[i];
	return NULL;
}

int duet_number_words(const char *name, long number, bool half, void (*each)(void *user, const char *words),
		      void *user)
{
	const struct language *language = language_find(name);
	bool negative = number < 0;
	long whole = negative ? -number - half : number; /* -3 and a half more is minus two and a half */
	struct forms forms = {0}, turned = {0};

	if (!language || whole > MAX_NUMBER)
		return 0;
	(half ? language->half : language->whole)(&forms, whole);
	for (int i = 0; negative && i < forms.n; i++)
		language->negative(&turned, forms.text[i]);
	if (negative)
		forms = turned;
	for (int i = 0; i < forms.n; i++)
		each(user, forms.text[i]);
	return forms.n;
}
