/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/ticket.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "hub/config.h"
#include "hub/hub.h"
#include "hub/record/document.h"
#include "hub/record/storage.h"
#include "net/tls.h"

enum { ARENA_BYTES = 16384 };

static const char name[] = "tls_tickets";

struct keeping {
	struct duet_hub *hub;
	unsigned char keys[DUET_TLS_TICKET_KEYS];
};

static struct duet_slice bytes_of(const struct keeping *keeping)
{
	return (struct duet_slice){(const char *)keeping->keys, sizeof(keeping->keys)};
}

static int put(struct duet_hub_view *view, struct duet_arena *arena, const struct keeping *keeping)
{
	const struct duet_clock *clock = duet_hub_clock(keeping->hub);
	struct duet_hub_document document = {.kind = DUET_HUB_SETTING,
					     .owner = "",
					     .id = name,
					     .json = {"{}", 2},
					     .secret = bytes_of(keeping)};

	return duet_hub_document_put(view, arena, &document, NULL, clock->wall_ns(clock) / 1000000);
}

static int get(struct duet_hub_view *view, struct duet_arena *arena, struct duet_hub_document *document)
{
	return duet_hub_document_get(view, DUET_HUB_SETTING, "", name, arena, document);
}

/* Inside a change: they may stand there already. What cannot be unsealed any more is replaced. */
static int keep(struct duet_hub_view *view, struct duet_arena *arena, const struct keeping *keeping)
{
	struct duet_hub_document kept;
	int code = get(view, arena, &kept);

	if (code == 0 && duet_slice_equal(kept.secret, bytes_of(keeping)))
		return 0;
	return code < 0 && code != -ENOENT && code != -EBADMSG ? code : put(view, arena, keeping);
}

static int keep_change(struct duet_hub_view *view, void *user)
{
	struct duet_arena *arena = duet_arena_new(ARENA_BYTES);
	int code = arena ? keep(view, arena, user) : -ENOMEM;

	duet_arena_free(arena);
	return code;
}

static int load(struct duet_hub_view *view, struct duet_arena *arena, const struct keeping *keeping)
{
	struct duet_hub_document kept;
	int code = get(view, arena, &kept);

	if (code == 0 && kept.secret.len == DUET_TLS_TICKET_KEYS &&
	    duet_tls_set_ticket_keys(duet_hub_tls(keeping->hub), (const unsigned char *)kept.secret.ptr) == 0)
		return 0;
	return code < 0 && code != -ENOENT && code != -EBADMSG ? code : put(view, arena, keeping);
}

static int load_change(struct duet_hub_view *view, void *user)
{
	struct duet_arena *arena = duet_arena_new(ARENA_BYTES);
	int code = arena ? load(view, arena, user) : -ENOMEM;

	duet_arena_free(arena);
	return code;
}

int duet_hub_tickets_load(struct duet_hub *hub)
{
	struct keeping keeping = {.hub = hub};
	int code;

	if (!duet_hub_config(hub)->tls.tickets)
		return 0;
	duet_tls_ticket_keys(duet_hub_tls(hub), keeping.keys);
	code = duet_hub_storage_write_now(duet_hub_storage(hub), load_change, &keeping);
	OPENSSL_cleanse(keeping.keys, sizeof(keeping.keys));
	return code < 0 ? code : 0;
}

static void kept(void *user, int code)
{
	if (code < 0)
		duet_log(DUET_LOG_WARN, "hub", "the keys of TLS tickets could not be kept: %s",
			 strerror(-code));
	OPENSSL_cleanse(user, sizeof(struct keeping));
	duet_free(user);
}

void duet_hub_tickets_keep(struct duet_hub_loop *loop)
{
	struct keeping *keeping;

	if (!duet_hub_config(loop->hub)->tls.tickets)
		return;
	keeping = duet_calloc(1, sizeof(*keeping));
	if (!keeping)
		return;
	keeping->hub = loop->hub;
	duet_tls_ticket_keys(duet_hub_tls(loop->hub), keeping->keys);
	if (duet_hub_storage_write(duet_hub_storage(loop->hub), loop->loop, keep_change, kept, keeping) < 0)
		kept(keeping, 0);
}
