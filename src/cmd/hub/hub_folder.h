/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_HUB_FOLDER_H
#define DUET_CMD_HUB_FOLDER_H

#include "duet/error.h"
#include "hub/config.h"
#include "hub/record/policy.h"

/* What lies where in a hub's folder, beside what hub.yaml names. */
#define DUET_HUB_SECRET_FILE   "secret.key"
#define DUET_HUB_DATABASE_FILE "state/hub.db"
#define DUET_HUB_LOG_DIR       "state/log"
#define DUET_HUB_AUDIT_FILE    "state/audit.jsonl"
#define DUET_HUB_AUDIT_OLD     "state/audit.jsonl.1"
#define DUET_HUB_RUN_FILE      "state/running.json"
#define DUET_HUB_LOCK_FILE     "state/lock"

struct duet_arena;
struct duet_hub_secret;
struct duet_hub_storage;

/* The database with its key file; both are opened, or neither. */
struct duet_hub_opened {
	struct duet_hub_secret *secret;
	struct duet_hub_storage *storage;
};

int duet_hub_folder_open(struct duet_hub_opened *opened, const struct duet_hub_config *config,
			 bool inline_writer, struct duet_error *error);
void duet_hub_folder_close(struct duet_hub_opened *opened);

/* Makes the database with new keys for all policies; the folder has a configuration and a key file. */
int duet_hub_folder_make(const char *dir, struct duet_error *error);

/* A policy's keys, read beside a hub that may be running. */
int duet_hub_folder_policy(const struct duet_hub_config *config, const char *name, struct duet_arena *arena,
			   struct duet_hub_policy *policy, struct duet_error *error);

#endif
