/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"

enum { MAX_BYTES = 1 << 16, VERSION = 2, MAX_WINDOW = 100, MAX_STEP_MS = 30 };

static int refuse(const char *path, struct duet_error *error, const char *why)
{
	duet_error_set(error, -EINVAL, "%s", why);
	duet_error_at(error, path, 0, 0);
	return -EINVAL;
}

static int parse(const char *path, json_t **json, struct duet_error *error)
{
	json_error_t mistake;
	size_t n_bytes;
	char *bytes;
	int result = duet_file_read(path, MAX_BYTES, &bytes, &n_bytes, error);

	if (result < 0)
		return result;
	*json = json_loadb(bytes, n_bytes, JSON_REJECT_DUPLICATES, &mistake);
	duet_free(bytes);
	if (*json)
		return 0;
	duet_error_set(error, -EINVAL, "%s", mistake.text);
	duet_error_at(error, path, mistake.line > 0 ? mistake.line : 0,
		      mistake.column > 0 ? mistake.column : 0);
	return -EINVAL;
}

/* A whole number within bounds, or -1. */
static int whole(const json_t *number, int least, int most)
{
	json_int_t value = json_integer_value(number);

	return json_is_integer(number) && value >= least && value <= most ? (int)value : -1;
}

static int read_model(struct duet_micro_manifest *manifest, const json_t *json, const char *path,
		      struct duet_error *error)
{
	const char *model = json_string_value(json_object_get(json, "model")), *slash = strrchr(path, '/');
	int dir = model && model[0] != '/' && slash ? (int)(slash - path) + 1 : 0, length;

	if (!model || !model[0])
		return refuse(path, error, "\"model\" names no file");
	length = snprintf(manifest->model, sizeof(manifest->model), "%.*s%s", dir, path, model);
	return (size_t)length < sizeof(manifest->model) ? 0
							: refuse(path, error, "the model's path is too long");
}

static int read_manifest(struct duet_micro_manifest *manifest, const json_t *json, const char *path,
			 struct duet_error *error)
{
	const json_t *micro = json_object_get(json, "micro");
	const json_t *cutoff = json_object_get(micro, "probability_cutoff");
	const char *word = json_string_value(json_object_get(json, "wake_word"));

	if (whole(json_object_get(json, "version"), VERSION, VERSION) < 0 || !json_is_object(micro))
		return refuse(path, error, "this is no manifest of a microWakeWord model, version 2");
	snprintf(manifest->wake_word, sizeof(manifest->wake_word), "%s", word ? word : "");
	manifest->probability_cutoff = json_number_value(cutoff);
	manifest->sliding_window_size = whole(json_object_get(micro, "sliding_window_size"), 1, MAX_WINDOW);
	manifest->feature_step_ms = whole(json_object_get(micro, "feature_step_size"), 1, MAX_STEP_MS);
	if (!json_is_number(cutoff) || manifest->probability_cutoff < 0 || manifest->probability_cutoff > 1)
		return refuse(path, error, "\"probability_cutoff\" is no number from 0 to 1");
	if (manifest->sliding_window_size < 0)
		return refuse(path, error, "\"sliding_window_size\" is no number from 1 to 100");
	if (manifest->feature_step_ms < 0)
		return refuse(path, error, "\"feature_step_size\" is no number from 1 to 30");
	return read_model(manifest, json, path, error);
}

int duet_micro_manifest_load(struct duet_micro_manifest *manifest, const char *path, struct duet_error *error)
{
	json_t *json;
	int result = parse(path, &json, error);

	if (result < 0)
		return result;
	result = read_manifest(manifest, json, path, error);
	json_decref(json);
	return result;
}
