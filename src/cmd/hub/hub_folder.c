/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/hub/hub_folder.h"

#include <errno.h>
#include <string.h>

#include "hub/key/secret.h"
#include "hub/record/storage.h"

int duet_hub_folder_open(struct duet_hub_opened *opened, const struct duet_hub_config *config,
			 bool inline_writer, struct duet_error *error)
{
	const char *secret = duet_hub_config_path(config, DUET_HUB_SECRET_FILE);
	const char *database = duet_hub_config_path(config, DUET_HUB_DATABASE_FILE);
	struct duet_hub_storage_setup setup = {.path = database, .inline_writer = inline_writer};
	int code;

	*opened = (struct duet_hub_opened){0};
	if (!secret || !database)
		return duet_error_set(error, -ENOMEM, "out of memory");
	code = duet_hub_secret_open(&opened->secret, secret, error);
	if (code < 0)
		return code;
	setup.secret = opened->secret;
	code = duet_hub_storage_new(&opened->storage, &setup, error);
	if (code < 0)
		duet_hub_folder_close(opened);
	return code;
}

void duet_hub_folder_close(struct duet_hub_opened *opened)
{
	duet_hub_storage_free(opened->storage);
	duet_hub_secret_free(opened->secret);
	*opened = (struct duet_hub_opened){0};
}

int duet_hub_folder_policy(const struct duet_hub_config *config, const char *name, struct duet_arena *arena,
			   struct duet_hub_policy *policy, struct duet_error *error)
{
	struct duet_hub_opened opened;
	struct duet_hub_view *view;
	int code = duet_hub_folder_open(&opened, config, true, error);

	if (code < 0)
		return code;
	code = duet_hub_view_open(&view, opened.storage, error);
	if (code == 0) {
		code = duet_hub_policy_get(view, name, arena, policy);
		if (code == -ENOENT) {
			duet_error_set(error, code, "there is no policy \"%.60s\"", name);
			duet_error_hint(
				error,
				"there are iothubowner, service, device, registryRead, registryReadWrite");
		} else if (code < 0) {
			duet_error_set(error, code, "cannot read the keys of the policies");
		}
		duet_hub_view_close(view);
	}
	duet_hub_folder_close(&opened);
	return code;
}

static int make_policies(struct duet_hub_view *view, void *user)
{
	enum { BOTH_KEYS = 3 };
	int code = 0;

	for (int i = 0; i < DUET_HUB_N_POLICIES && code == 0; i++)
		code = duet_hub_policy_renew(view, duet_hub_policy_name(i), BOTH_KEYS);
	return code;
}

int duet_hub_folder_make(const char *dir, struct duet_error *error)
{
	struct duet_hub_config *config;
	struct duet_hub_opened opened;
	int code = duet_hub_config_load(&config, dir, error);

	if (code < 0)
		return code;
	code = duet_hub_folder_open(&opened, config, true, error);
	if (code == 0) {
		code = duet_hub_storage_write_now(opened.storage, make_policies, NULL);
		if (code < 0)
			duet_error_set(error, code, "cannot make the keys of the policies: %s",
				       strerrordesc_np(-code));
		duet_hub_folder_close(&opened);
	}
	duet_hub_config_free(config);
	return code;
}
