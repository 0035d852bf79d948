/* SPDX-License-Identifier: Apache-2.0 */
#include "grammar/network.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "response/response.h"

static const size_t item_sizes[DUET_SECTIONS] = {
	[DUET_SECTION_STRINGS] = 1,
	[DUET_SECTION_NETS] = sizeof(struct duet_net),
	[DUET_SECTION_STATES] = sizeof(struct duet_net_state),
	[DUET_SECTION_ARCS] = sizeof(struct duet_net_arc),
	[DUET_SECTION_CALLS] = sizeof(struct duet_net_call),
	[DUET_SECTION_OUTS] = sizeof(uint32_t),
	[DUET_SECTION_VALUES] = sizeof(struct duet_net_value),
	[DUET_SECTION_PAIRS] = sizeof(struct duet_net_pair),
	[DUET_SECTION_BLOCKS] = sizeof(struct duet_net_block),
	[DUET_SECTION_TEMPLATES] = sizeof(struct duet_net_template),
	[DUET_SECTION_RESPONSES] = sizeof(struct duet_net_response),
	[DUET_SECTION_VARIANTS] = sizeof(struct duet_net_variant),
	[DUET_SECTION_PROGRAMS] = sizeof(uint32_t),
	[DUET_SECTION_SKIPS] = sizeof(uint32_t),
};

size_t duet_network_item_size(enum duet_network_section section)
{
	return item_sizes[section];
}

/* Detects accidents, not malice; what is malicious is caught by the checks below. */
uint64_t duet_network_checksum(const void *file, size_t n_bytes)
{
	const size_t skipped = offsetof(struct duet_network_header, language);
	const unsigned char *from = (const unsigned char *)file + skipped;
	uint64_t sum = 0x9e3779b97f4a7c15u ^ n_bytes, word;

	n_bytes -= skipped;
	for (; n_bytes >= sizeof(word); n_bytes -= sizeof(word), from += sizeof(word)) {
		memcpy(&word, from, sizeof(word));
		sum = (sum ^ word) * 0xff51afd7ed558ccdu;
		sum ^= sum >> 32;
	}
	for (; n_bytes; n_bytes--)
		sum = (sum ^ *from++) * 0x100000001b3u;
	return sum;
}

static bool range_ok(uint32_t begin, uint32_t n, uint32_t limit)
{
	return begin <= limit && n <= limit - begin;
}

static bool string_ok(const struct duet_network *w, uint32_t string)
{
	return string < w->n[DUET_SECTION_STRINGS];
}

static bool pairs_ok(const struct duet_network *w, uint32_t first, uint32_t n)
{
	return range_ok(first, n, w->n[DUET_SECTION_PAIRS]);
}

static bool arcs_ok(const struct duet_network *w, uint32_t state, uint32_t end)
{
	for (uint32_t i = w->states[state].arc; i < w->states[state + 1].arc; i++) {
		const struct duet_net_arc *arc = &w->arcs[i];

		if (arc->target <= state || arc->target >= end || arc->length == 0 ||
		    !range_ok(arc->text, arc->length, w->n[DUET_SECTION_STRINGS]) ||
		    arc->first != (uint8_t)w->strings[arc->text])
			return false;
	}
	return true;
}

static bool calls_ok(const struct duet_network *w, uint32_t net, uint32_t state, uint32_t end)
{
	for (uint32_t i = w->states[state].call; i < w->states[state + 1].call; i++)
		if (w->calls[i].target <= state || w->calls[i].target >= end || w->calls[i].net >= net ||
		    !string_ok(w, w->calls[i].slot))
			return false;
	return true;
}

static uint32_t outs_of_kind(const struct duet_network *w, const struct duet_net *net)
{
	switch ((enum duet_net_kind)net->kind) {
	case DUET_NET_VALUES:
		return net->n_values;
	case DUET_NET_RANGE:
		return net->n_values <= INT32_MAX ? net->n_values * 2 : 0;
	case DUET_NET_SENTENCES:
		return w->n[DUET_SECTION_TEMPLATES];
	case DUET_NET_RULE:
	case DUET_NET_WILDCARD:
		break;
	}
	return 1;
}

static bool state_ok(const struct duet_network *w, uint32_t net, uint32_t state, uint32_t end)
{
	const struct duet_net_state *s = &w->states[state];

	if (s[0].arc > s[1].arc || s[1].arc > w->n[DUET_SECTION_ARCS] || s[0].call > s[1].call ||
	    s[1].call > w->n[DUET_SECTION_CALLS] || s[0].out > s[1].out || s[1].out > w->n[DUET_SECTION_OUTS])
		return false;
	for (uint32_t i = s[0].out; i < s[1].out; i++)
		if (w->outs[i] >= outs_of_kind(w, &w->nets[net]))
			return false;
	return arcs_ok(w, state, end) && calls_ok(w, net, state, end);
}

static bool net_ok(const struct duet_network *w, uint32_t number)
{
	const struct duet_net *net = &w->nets[number];

	if (net->kind > DUET_NET_SENTENCES || !string_ok(w, net->name) || net->spoken > number ||
	    net->n_states == 0 || w->n[DUET_SECTION_STATES] == 0 ||
	    !range_ok(net->state, net->n_states, w->n[DUET_SECTION_STATES] - 1) || !isfinite(net->from) ||
	    !isfinite(net->unit) || !isfinite(net->factor))
		return false;
	if (net->kind == DUET_NET_RANGE && net->n_values > INT32_MAX)
		return false;
	if (net->kind == DUET_NET_VALUES && !range_ok(net->value, net->n_values, w->n[DUET_SECTION_VALUES]))
		return false;
	for (uint32_t s = net->state; s < net->state + net->n_states; s++)
		if (!state_ok(w, number, s, net->state + net->n_states))
			return false;
	return true;
}

static bool nets_ok(const struct duet_network *w)
{
	for (uint32_t i = 0; i < w->n[DUET_SECTION_NETS]; i++)
		if (!net_ok(w, i))
			return false;
	return w->n[DUET_SECTION_NETS] > 0;
}

static bool numbers_ok(const struct duet_network *w)
{
	return w->header->numbers < w->n[DUET_SECTION_NETS];
}

static bool values_ok(const struct duet_network *w)
{
	for (uint32_t i = 0; i < w->n[DUET_SECTION_VALUES]; i++)
		if (!string_ok(w, w->values[i].text) ||
		    !pairs_ok(w, w->values[i].pair, w->values[i].n_pairs) ||
		    !pairs_ok(w, w->values[i].more, w->values[i].n_more))
			return false;
	for (uint32_t i = 0; i < w->n[DUET_SECTION_PAIRS]; i++)
		if (!string_ok(w, w->pairs[i].key) || !string_ok(w, w->pairs[i].value) ||
		    !string_ok(w, w->pairs[i].slot))
			return false;
	return true;
}

static bool blocks_ok(const struct duet_network *w)
{
	for (uint32_t i = 0; i < w->n[DUET_SECTION_BLOCKS]; i++) {
		const struct duet_net_block *b = &w->blocks[i];

		if (!string_ok(w, b->intent) || !string_ok(w, b->response) || !string_ok(w, b->part) ||
		    !string_ok(w, b->combination) || !pairs_ok(w, b->keyword, b->n_keywords) ||
		    !pairs_ok(w, b->slot, b->n_slots) || !pairs_ok(w, b->need, b->n_needs) ||
		    !pairs_ok(w, b->exclude, b->n_excludes))
			return false;
	}
	for (uint32_t i = 0; i < w->n[DUET_SECTION_TEMPLATES]; i++)
		if (w->templates[i].block >= w->n[DUET_SECTION_BLOCKS] || w->templates[i].exact > i ||
		    !string_ok(w, w->templates[i].file) || !string_ok(w, w->templates[i].text))
			return false;
	return true;
}

static bool variant_ok(const struct duet_network *w, const struct duet_net_variant *v)
{
	return range_ok(v->word, (v->n_bytes + 3) / 4, w->n[DUET_SECTION_PROGRAMS]) &&
	       duet_response_valid((struct duet_slice){(const char *)&w->programs[v->word], v->n_bytes});
}

static bool responses_ok(const struct duet_network *w)
{
	for (uint32_t i = 0; i < w->n[DUET_SECTION_RESPONSES]; i++) {
		const struct duet_net_response *r = &w->responses[i];

		if (!string_ok(w, r->intent) || !string_ok(w, r->key) || r->n_variants == 0 ||
		    !range_ok(r->variant, r->n_variants, w->n[DUET_SECTION_VARIANTS]))
			return false;
	}
	for (uint32_t i = 0; i < w->n[DUET_SECTION_VARIANTS]; i++)
		if (!variant_ok(w, &w->variants[i]))
			return false;
	for (uint32_t i = 0; i < w->n[DUET_SECTION_SKIPS]; i++)
		if (!string_ok(w, w->skips[i]))
			return false;
	return true;
}

static const void *section_of(struct duet_network *w, struct duet_slice bytes,
			      enum duet_network_section section)
{
	uint64_t offset = w->header->sections[section].offset, n = w->header->sections[section].n;

	if (offset % 8 != 0 || offset < sizeof(*w->header) || offset + n * item_sizes[section] > bytes.len)
		return NULL;
	w->n[section] = (uint32_t)n;
	return bytes.ptr + offset;
}

static bool sections_ok(struct duet_network *w, struct duet_slice bytes)
{
	const void *at[DUET_SECTIONS];

	for (int i = 0; i < DUET_SECTIONS; i++) {
		at[i] = section_of(w, bytes, i);
		if (!at[i])
			return false;
	}
	w->strings = at[DUET_SECTION_STRINGS];
	w->nets = at[DUET_SECTION_NETS];
	w->states = at[DUET_SECTION_STATES];
	w->arcs = at[DUET_SECTION_ARCS];
	w->calls = at[DUET_SECTION_CALLS];
	w->outs = at[DUET_SECTION_OUTS];
	w->values = at[DUET_SECTION_VALUES];
	w->pairs = at[DUET_SECTION_PAIRS];
	w->blocks = at[DUET_SECTION_BLOCKS];
	w->templates = at[DUET_SECTION_TEMPLATES];
	w->responses = at[DUET_SECTION_RESPONSES];
	w->variants = at[DUET_SECTION_VARIANTS];
	w->programs = at[DUET_SECTION_PROGRAMS];
	w->skips = at[DUET_SECTION_SKIPS];
	/* Every string ends within its section because the section does. */
	return w->n[DUET_SECTION_STRINGS] > 0 && w->strings[0] == '\0' &&
	       w->strings[w->n[DUET_SECTION_STRINGS] - 1] == '\0';
}

int duet_network_read(struct duet_network *w, struct duet_slice bytes, struct duet_error *error)
{
	const struct duet_network_header *header = (const void *)bytes.ptr;

	memset(w, 0, sizeof(*w));
	w->header = header;
	if (bytes.len < sizeof(*header) ||
	    memcmp(header->magic, DUET_NETWORK_MAGIC, sizeof(header->magic)) != 0)
		return duet_error_set(error, -EINVAL, "this is not a file of compiled sentences");
	if (header->version != DUET_NETWORK_VERSION)
		return duet_error_set(error, -EINVAL,
				      "the sentences were compiled by another version of Duet");
	if (header->size != bytes.len || header->checksum != duet_network_checksum(header, bytes.len))
		return duet_error_set(error, -EINVAL, "the file of compiled sentences is damaged");
	if (!sections_ok(w, bytes) || !string_ok(w, header->language) || !nets_ok(w) || !numbers_ok(w) ||
	    !values_ok(w) || !blocks_ok(w) || !responses_ok(w))
		return duet_error_set(error, -EINVAL, "the file of compiled sentences is inconsistent");
	return 0;
}
