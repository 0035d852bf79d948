/* SPDX-License-Identifier: Apache-2.0 */
#include "net/url.h"

#include <errno.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that begins at `at`, and how many characters it took; -EINVAL. */
static int decode_one(struct duet_slice text, size_t at, bool plus, size_t *n_taken)
{
	int high, low;

	*n_taken = 1;
	if (text.ptr[at] == '+' && plus)
		return ' ';
	if (text.ptr[at] != '%')
		return (unsigned char)text.ptr[at];
	if (at + 2 >= text.len)
		return -EINVAL;
	high = hex_digit(text.ptr[at + 1]);
	low = hex_digit(text.ptr[at + 2]);
	*n_taken = 3;
	return high < 0 || low < 0 ? -EINVAL : high * 16 + low;
}

long duet_url_decode(struct duet_slice text, bool plus, char *out, size_t size)
{
	size_t n = 0, n_taken;

	for (size_t at = 0; at < text.len; at += n_taken) {
		int byte = decode_one(text, at, plus, &n_taken);

		if (byte <= 0)
			return -EINVAL;
		if (n + 1 >= size)
			return -ENOSPC;
		out[n++] = (char)byte;
	}
	if (n >= size)
		return -ENOSPC;
	out[n] = '\0';
	return (long)n;
}

static bool is_unreserved(char c)
{
	char lower = (char)(c | 0x20);

	return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || (c && strchr("-._~", c));
}

long duet_url_encode(struct duet_slice text, char *out, size_t size)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		bool plain = is_unreserved(text.ptr[i]);

		if (n + (plain ? 1 : 3) >= size)
			return -ENOSPC;
		if (plain) {
			out[n++] = text.ptr[i];
			continue;
		}
		out[n++] = '%';
		out[n++] = digits[(unsigned char)text.ptr[i] >> 4];
		out[n++] = digits[(unsigned char)text.ptr[i] & 15];
	}
	if (n >= size)
		return -ENOSPC;
	out[n] = '\0';
	return (long)n;
}

bool duet_url_next(struct duet_slice *query, struct duet_slice *key, struct duet_slice *value)
{
	const char *end, *equals;
	struct duet_slice member;

	if (query->len == 0)
		return false;
	end = memchr(query->ptr, '&', query->len);
	member = (struct duet_slice){query->ptr, end ? (size_t)(end - query->ptr) : query->len};
	query->ptr += member.len + (end ? 1 : 0);
	query->len -= member.len + (end ? 1 : 0);
	equals = member.len ? memchr(member.ptr, '=', member.len) : NULL;
	*key = (struct duet_slice){member.ptr, equals ? (size_t)(equals - member.ptr) : member.len};
	*value = (struct duet_slice){NULL, 0};
	if (equals)
		*value = (struct duet_slice){equals + 1, member.len - key->len - 1};
	return true;
}

long duet_url_find(struct duet_slice query, const char *name, char *out, size_t size)
{
	struct duet_slice key, value;
	char decoded[128];

	while (duet_url_next(&query, &key, &value)) {
		if (duet_url_decode(key, true, decoded, sizeof(decoded)) >= 0 && strcmp(decoded, name) == 0)
			return duet_url_decode(value, true, out, size);
	}
	return -ENOENT;
}
