/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_SPEAKER_BODY_H
#define DUET_SPEAKER_BODY_H

#include <stdatomic.h>

#include "arbiter/arbiter.h"
#include "base/clock.h"
#include "dialog/dialog.h"
#include "dialog/skills.h"
#include "duet/speaker.h"
#include "duet/vad_engine.h"
#include "speaker/crew.h"
#include "speaker/ear.h"
#include "speaker/mouth.h"
#include "speaker/ringer.h"

/*
 * The speaker's parts, for the files of this folder alone. Main thread, but for
 * `quit`.
 *
 *	conduct.c   events → arbiter → actions
 *	activity.c  what sounds beside the dialog
 *	hand.c      buttons and the microphone's switch
 *	desk.c      orders of other programs
 *	relay.c     whose words they are
 *	lights.c    what is shown
 *	privacy.c   what is kept of what was heard, and what may be passed on
 *	volume.c    how loud
 *	assemble.c  the parts, made and unmade
 *	speaker.c   the embedding API
 */
struct duet_desk;
struct duet_device;
struct duet_hand;
struct duet_lights;
struct duet_scribe;
struct duet_loop;
struct duet_store;
struct duet_timer;
struct duet_zone;

enum duet_lane_name { DUET_LANE_SPEECH, DUET_LANE_CUE, DUET_LANE_TONE, DUET_LANE_VOICE, DUET_N_LANES };

#define DUET_PLAYBACK_RATE_HZ 16000

/* Something that sounds, as the skill that began it described it. */
struct duet_sounding {
	int id; /* 0: free */
	size_t skill;
	int assistant;
	enum duet_activity_kind kind;
	char name[48];
	char reply[48]; /* what it announces: a response, "" for nothing */
	json_t *vars;
};

/* What is being said in the dialog. */
struct duet_saying {
	uint64_t turn;
	char *text; /* NULL: a cue only */
	enum duet_tone tone;
	int64_t speech; /* the mouth's number, 0: it does not speak */
	bool sounded;   /* its first sample was played */
};

/* What one of several who share a wake word has heard. */
struct duet_candidate {
	int assistant;
	float confidence;
	bool refused, understood;
	char text[1024];
};

#define DUET_CANDIDATES_MAX 4 /* as many as the ear can listen for */

/* Words that are on their way to another. */
struct duet_relay {
	uint64_t turn;                /* in which they were heard */
	char text[1024], whole[1024]; /* what is passed on, and all that was said */
	struct duet_candidate candidates[DUET_CANDIDATES_MAX];
	size_t n_candidates;
};

#define DUET_EVENTS_MAX 64

struct duet_speaker {
	struct duet_speaker_setup setup;
	struct duet_arena *arena; /* for the setup's texts */
	char state_dir[512];      /* "": nothing is kept */
	int lock_fd;
	struct duet_clock_manual sound_clock; /* the sound's own time, when it goes as fast as it can */
	const struct duet_clock *clock;
	struct duet_loop *loop;
	struct duet_store *store;
	struct duet_home *home;
	struct duet_timer *renaming;
	struct duet_crew *crew;
	struct duet_device *device; /* NULL: words only, as the next four */
	const struct duet_vad_engine *vad;
	void *vad_state;
	struct duet_ear *ear;
	struct duet_mouth *mouth;
	struct duet_ringer *ringer;
	struct duet_skill_settings settings;
	struct duet_zone *zone;
	struct duet_skills *skills;
	struct duet_dialog *dialog;
	struct duet_arbiter arbiter;

	/* conduct.c */
	struct duet_event events[DUET_EVENTS_MAX];
	size_t n_events;
	int depth; /* calls into the dialog or the skills that are under way: events wait */
	struct duet_timer *contest, *tick, *resting;
	struct duet_saying saying;
	double wake_ms;          /* of the latest wake word */
	bool from_wake;          /* the latest turn began by one, or by an open microphone */
	bool stop_live;          /* a bare "stop" is listened for */
	struct duet_action told; /* the latest attention that on_state was told of */

	struct duet_relay relay;

	/* activity.c */
	struct duet_sounding soundings[DUET_ACTIVITIES_MAX];
	int last_activity, ringing; /* ids */

	/* volume.c */
	int volume;
	struct duet_timer *minute;
	int64_t clock_gap_ns; /* wall minus monotonic, to see the clock jump */

	struct duet_scribe *scribe; /* NULL: no assistant wants recordings */
	struct duet_lights *lights; /* NULL: words only, as the next two */
	struct duet_hand *hand;
	struct duet_desk *desk; /* NULL: no orders are taken */

	/* speaker.c */
	atomic_bool quit;
	bool has_ended; /* an offline engine's sound */
	struct duet_timer *watch;
	bool asking;    /* words come from duet_speaker_ask */
	uint64_t asked; /* its turn */
	json_t *answer; /* the turn, once it is over */
};

/* conduct.c */
int duet_conduct_init(struct duet_speaker *speaker);
void duet_conduct_done(struct duet_speaker *speaker);
/* Queues an event for the arbiter; it is taken at once, or when the outermost leave is reached. */
void duet_conduct(struct duet_speaker *speaker, struct duet_event event);
void duet_conduct_enter(struct duet_speaker *speaker);
void duet_conduct_leave(struct duet_speaker *speaker);
/* Callbacks of dialog and ear. */
void duet_conduct_heard(void *user, const struct duet_heard *heard);
void duet_conduct_reply(void *user, const struct duet_reply *reply);
void duet_conduct_control(void *user, enum duet_control control);
void duet_conduct_answered(void *user, uint64_t turn, struct duet_answer *answer);
void duet_conduct_settled(void *user, uint64_t ticket, int code);
/* Nothing is being heard, thought about or said. */
bool duet_conduct_rests(const struct duet_speaker *speaker);

/* activity.c */
int duet_activity_begin(void *user, size_t skill, const char *assistant, enum duet_activity_kind kind,
			const char *name, const char *reply, json_t *take_vars);
void duet_activity_end(void *user, int activity);
void duet_activity_focus(struct duet_speaker *speaker, int activity, enum duet_focus focus);
void duet_activity_control(struct duet_speaker *speaker, int activity, enum duet_control control);
/* The dialog's state changed: what rings beside it is lowered or comes back. */
void duet_activity_level(struct duet_speaker *speaker);
void duet_activity_rung(void *user);
/* After the crew has changed. */
void duet_activity_adopt(struct duet_speaker *speaker);
void duet_activity_done(struct duet_speaker *speaker);

/* volume.c */
int duet_volume_init(struct duet_speaker *speaker);
void duet_volume_done(struct duet_speaker *speaker);
int duet_volume_get(void *user);
void duet_volume_set(void *user, int percent);

/* hand.c */
int duet_hand_open(struct duet_speaker *speaker, struct duet_error *error);
void duet_hand_done(struct duet_speaker *speaker);
int duet_hand_button(struct duet_speaker *speaker, const char *assistant); /* NULL: the default; or -ENOENT */
void duet_hand_dismiss(struct duet_speaker *speaker);
void duet_hand_microphone(struct duet_speaker *speaker, bool on);
void duet_hand_do_microphone(struct duet_speaker *speaker, bool on); /* the arbiter says so */

/* desk.c */
int duet_desk_open(struct duet_speaker *speaker, struct duet_error *error);
void duet_desk_done(struct duet_speaker *speaker);

/* relay.c */
void duet_relay_words(struct duet_speaker *speaker, uint64_t turn, const char *text, bool refused);
void duet_relay_candidate(struct duet_speaker *speaker, const struct duet_heard *heard);
void duet_relay_hand_over(struct duet_speaker *speaker, const struct duet_action *action);
bool duet_relay_cannot(void *user, const char *text, struct duet_other *other);

/* lights.c */
int duet_lights_open(struct duet_speaker *speaker, struct duet_error *error);
void duet_lights_done(struct duet_speaker *speaker);
void duet_lights_show(struct duet_speaker *speaker, const struct duet_action *attention);

/* privacy.c */
void duet_privacy_init(struct duet_speaker *speaker); /* what a person has agreed to is known again */
int duet_privacy_forget(struct duet_speaker *speaker, const char *assistant); /* NULL: all; or -ENOENT */
int duet_privacy_consent(struct duet_speaker *speaker, const char *from, const char *to, bool on);

/* assemble.c */
int duet_assemble(struct duet_speaker *speaker, struct duet_error *error);
void duet_disassemble(struct duet_speaker *speaker, struct duet_error *error);
int duet_assemble_anew(struct duet_speaker *speaker, struct duet_error *error);

#endif
