/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_TEST_SOUND_DAEMON_H
#define DUET_TEST_SOUND_DAEMON_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sound_files.h"

/*
 * A PipeWire daemon of our own, with its session manager, in a folder of its
 * own: no hardware, and nothing of the machine's own sound is touched. The
 * virtual device is a cable: what is played to `duet-in` is heard by `duet-mic`.
 */
struct sound_daemon {
	pid_t daemon, manager, cable; /* each leads its own process group; 0: does not run */
};

static inline bool sound_daemon_possible(void)
{
	static const char *const programs[] = {"pipewire", "wireplumber", "dbus-run-session", "pw-loopback"};

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		char command[100];

		snprintf(command, sizeof(command), "command -v %s >/dev/null", programs[i]);
		if (system(command) != 0) {
			printf("skipped: %s is not installed\n", programs[i]);
			return false;
		}
	}
	return true;
}

static inline void sound_daemon_folder(void)
{
	assert_int_equal(setenv("XDG_RUNTIME_DIR", sound_folder(), 1), 0);
	assert_int_equal(setenv("PIPEWIRE_RUNTIME_DIR", sound_folder(), 1), 0);
	assert_int_equal(setenv("HOME", sound_folder(), 1), 0);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("XDG_STATE_HOME");
	unsetenv("DBUS_SESSION_BUS_ADDRESS");
}

static inline pid_t sound_spawn(const char *const *words)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	setpgid(0, 0);
	if (freopen("/dev/null", "r", stdin) && freopen(sound_path("daemons.log"), "a", stdout) &&
	    dup2(STDOUT_FILENO, STDERR_FILENO) >= 0)
		execvp(words[0], (char *const *)(const void *)words);
	_exit(127);
}

static inline void sound_kill(pid_t *pid, int signal)
{
	if (*pid <= 0)
		return;
	kill(-*pid, signal);
	kill(*pid, signal);
	waitpid(*pid, NULL, 0);
	*pid = 0;
}

static inline void sound_wait_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static inline void sound_cable_start(struct sound_daemon *daemon)
{
	static const char *const words[] = {
		"pw-loopback",
		"--capture-props=media.class=Audio/Sink node.name=duet-in audio.position=[MONO]",
		"--playback-props=media.class=Audio/Source node.name=duet-mic audio.position=[MONO]", NULL};

	daemon->cable = sound_spawn(words);
}

static inline void sound_daemon_start(struct sound_daemon *daemon)
{
	static const char *const pipewire[] = {"pipewire", NULL};
	static const char *const manager[] = {"dbus-run-session", "--", "wireplumber", NULL};

	daemon->daemon = sound_spawn(pipewire);
	for (int ms = 0; access(sound_path("pipewire-0"), F_OK) != 0 && ms < 5000; ms += 20)
		sound_wait_ms(20);
	assert_int_equal(access(sound_path("pipewire-0"), F_OK), 0);
	daemon->manager = sound_spawn(manager);
	sound_cable_start(daemon);
}

static inline void sound_cable_pull(struct sound_daemon *daemon)
{
	sound_kill(&daemon->cable, SIGTERM);
}

static inline void sound_daemon_kill(struct sound_daemon *daemon)
{
	sound_kill(&daemon->cable, SIGKILL);
	sound_kill(&daemon->daemon, SIGKILL);
	sound_kill(&daemon->manager, SIGTERM);
	unlink(sound_path("pipewire-0"));
}

#endif
