/* SPDX-License-Identifier: Apache-2.0 */
#include "speaker/scribe.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audio/wav.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/log.h"
#include "duet/engine.h"
#include "loop/worker.h"

struct duet_scribe {
	struct duet_worker *worker;
	char state_dir[512];
};

/* An utterance on its way to the disk. */
struct utterance {
	struct duet_scribe *scribe;
	char assistant[64];
	uint64_t turn;
	int keep;
	size_t n_samples;
	int16_t samples[];
};

static void folder_of(const char *state_dir, const char *assistant, char path[640])
{
	snprintf(path, 640, "%s/recordings/%.63s", state_dir, assistant);
}

static int is_recording(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && strcmp(dot, ".wav") == 0;
}

/* All but the newest `keep`: their names are the numbers of their turns, with leading zeros. How many went.
 */
static int delete_old(const char *folder, int keep)
{
	struct dirent **entries;
	int n = scandir(folder, &entries, is_recording, alphasort), gone = 0;
	char path[1024];

	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		if (i < n - keep)
			gone += unlink(path) == 0;
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return gone;
}

static int write_wav(const struct utterance *what, const char *path, struct duet_error *error)
{
	struct duet_wav *wav;
	int result = duet_wav_create(&wav, path, DUET_FRAME_RATE_HZ, 1, error);

	if (result < 0)
		return result;
	duet_wav_write(wav, what->samples, what->n_samples);
	return duet_wav_close(wav, error);
}

static void keep(void *user)
{
	struct utterance *what = user;
	struct duet_error error = {0};
	char folder[640], path[704];

	folder_of(what->scribe->state_dir, what->assistant, folder);
	snprintf(path, sizeof(path), "%s/%012llu.wav", folder, (unsigned long long)what->turn);
	if (duet_file_mkdirs(folder, &error) < 0 || write_wav(what, path, &error) < 0)
		duet_warn("speaker", "what %s heard is not kept: %s", what->assistant, error.what);
	delete_old(folder, what->keep);
	duet_free(what);
}

int duet_scribe_new(struct duet_scribe **scribe, const char *state_dir, bool is_inline)
{
	struct duet_scribe *made = duet_calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	snprintf(made->state_dir, sizeof(made->state_dir), "%s", state_dir);
	made->worker = duet_worker_new("duet-scribe", is_inline);
	if (!made->worker) {
		duet_free(made);
		return -ENOMEM;
	}
	*scribe = made;
	return 0;
}

void duet_scribe_free(struct duet_scribe *scribe)
{
	if (!scribe)
		return;
	duet_worker_free(scribe->worker);
	duet_free(scribe);
}

void duet_scribe_keep(struct duet_scribe *scribe, const char *assistant, uint64_t turn, int keep_n,
		      const int16_t *samples, size_t n_samples)
{
	struct utterance *what = duet_alloc(sizeof(*what) + n_samples * sizeof(*samples));

	if (what) {
		*what = (struct utterance){
			.scribe = scribe, .turn = turn, .keep = keep_n, .n_samples = n_samples};
		snprintf(what->assistant, sizeof(what->assistant), "%s", assistant);
		if (n_samples)
			memcpy(what->samples, samples, n_samples * sizeof(*samples));
		if (duet_worker_post(scribe->worker, keep, what) == 0)
			return;
	}
	duet_free(what);
	duet_warn("speaker", "what %s heard is not kept: there is no room", assistant);
}

int duet_scribe_forget(const char *state_dir, const char *assistant)
{
	char folder[640];

	folder_of(state_dir, assistant, folder);
	return delete_old(folder, 0);
}
