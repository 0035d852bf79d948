/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_PROMPT_H
#define DUET_CMD_PROMPT_H

struct duet_speaker;

/* A line editor with a history that outlives the program, and completion by what the assistant understands.
 */
struct duet_prompt;

struct duet_prompt *duet_prompt_new(struct duet_speaker *speaker, const char *assistant);
void duet_prompt_free(struct duet_prompt *prompt);

/* The next line that is not empty, until the next call; NULL at the end. */
const char *duet_prompt_read(struct duet_prompt *prompt);

#endif
