/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_SPEAKER_SCRIBE_H
#define DUET_SPEAKER_SCRIBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Keeps what an assistant heard as sound, for those who want that: a worker
 * that writes STATE/recordings/ID/TURN.wav (16 kHz, mono) for each utterance
 * and deletes the oldest.
 */
struct duet_scribe;

int duet_scribe_new(struct duet_scribe **scribe, const char *state_dir, bool is_inline);
/* What was to be kept is on disk, if that allows. */
void duet_scribe_free(struct duet_scribe *scribe);

/* Any thread; copies. The newest `keep` of the assistant stay. */
void duet_scribe_keep(struct duet_scribe *scribe, const char *assistant, uint64_t turn, int keep,
		      const int16_t *samples, size_t n_samples);

/* Deletes all that is kept of the assistant; how many there were. Any thread; blocks. */
int duet_scribe_forget(const char *state_dir, const char *assistant);

#endif
