/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "dialog/history.h"
#include "speaker/body.h"
#include "speaker/scribe.h"
#include "store/store.h"

/* What is kept of what was heard can be forgotten, and what one assistant may pass on to another is the
 * person's to say (rule 12). */

int duet_privacy_forget(struct duet_speaker *speaker, const char *assistant)
{
	const struct duet_config *config = speaker->crew->config;
	int n = 0;

	if (assistant && !duet_config_assistant(config, assistant))
		return -ENOENT;
	for (size_t i = 0; i < config->n_assistants; i++) {
		const char *id = config->assistants[i].id;
		int result;

		if (assistant && strcmp(assistant, id) != 0)
			continue;
		result = duet_history_forget(speaker->store, id);
		if (result < 0)
			return result;
		duet_dialog_forget(speaker->dialog, id);
		if (speaker->state_dir[0])
			result += duet_scribe_forget(speaker->state_dir, id);
		n += result;
	}
	return n;
}

static int tell_arbiter(struct duet_speaker *speaker, const char *from, const char *to, bool on)
{
	int a = duet_crew_find(speaker->crew, from), b = duet_crew_find(speaker->crew, to);

	if (a < 0 || b < 0 || a == b)
		return -ENOENT;
	duet_conduct(speaker,
		     (struct duet_event){.kind = DUET_EVENT_CONSENT, .assistant = a, .other = b, .on = on});
	return 0;
}

int duet_privacy_consent(struct duet_speaker *speaker, const char *from, const char *to, bool on)
{
	int result = tell_arbiter(speaker, from, to, on);

	return result < 0 ? result : duet_consent_put(speaker->store, from, to, on);
}

static void known(void *user, const char *from, const char *to)
{
	if (tell_arbiter(user, from, to, true) < 0)
		duet_info("speaker", "%s may pass words on to %s, but one of them is not in service", from,
			  to);
}

void duet_privacy_init(struct duet_speaker *speaker)
{
	duet_consent_each(speaker->store, known, speaker);
}
