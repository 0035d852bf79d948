/* SPDX-License-Identifier: Apache-2.0 */
#include "decoder.h"

#include <errno.h>
#include <glob.h>
#include <pthread.h>
#include <setjmp.h>
#include <sphinxbase/err.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "model_file.h"

#define PACKAGED_MODEL "/usr/share/pocketsphinx/model/en-us/en-us"

enum { MAX_PATH_BYTES = 4096, MAX_ARGUMENTS = 64 };

/* The call into the library that is under way on this thread, so that its complaint reaches our caller. */
static _Thread_local struct attempt {
	jmp_buf broken;
	char what[200]; /* the first complaint */
} * attempt;

/* The library calls exit() after a fatal message; leaving by longjmp is the only way to keep the program.
 * What the library had allocated stays lost, once, in a program that has a message to show. */
__attribute__((format(printf, 3, 4))) static void hear_complaint(void *user, err_lvl_t level,
								 const char *format, ...)
{
	char line[256];
	va_list arguments;
	size_t len;

	if (level < ERR_WARN && !duet_log_enabled(DUET_LOG_DEBUG, "sphinx"))
		return;
	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	len = strcspn(line, "\n");
	line[len] = '\0';
	duet_debug("sphinx", "%s", line);
	if (level < ERR_ERROR || !attempt)
		return;
	if (!attempt->what[0])
		snprintf(attempt->what, sizeof(attempt->what), "%.*s", (int)sizeof(attempt->what) - 1, line);
	if (level == ERR_FATAL)
		longjmp(attempt->broken, 1);
}

static pthread_once_t listening = PTHREAD_ONCE_INIT;

static void listen_to_complaints(void)
{
	err_set_logfp(NULL);
	err_set_callback(hear_complaint, NULL);
}

void duet_sphinx_hush(void)
{
	pthread_once(&listening, listen_to_complaints);
}

static bool is_file(const char *folder, const char *name, char *path, size_t size)
{
	struct stat info;

	if (snprintf(path, size, "%s/%s", folder, name) >= (int)size)
		return false;
	return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

static const char *find_file(const struct duet_sphinx_setup *setup, const char *name, char *path, size_t size)
{
	const char *model = setup->model ? setup->model : PACKAGED_MODEL;

	if (setup->overlay && is_file(setup->overlay, name, path, size))
		return path;
	return is_file(model, name, path, size) ? path : NULL;
}

/* Where each part of the acoustic model lies. */
static const struct {
	const char *option, *name;
	bool needed;
	bool (*whole)(struct duet_slice bytes);
} model_files[] = {
	{"-mdef", "mdef", true, duet_sphinx_mdef_whole},
	{"-mean", "means", true, NULL},
	{"-var", "variances", true, NULL},
	{"-tmat", "transition_matrices", true, NULL},
	{"-sendump", "sendump", false, duet_sphinx_sendump_whole},
	{"-mixw", "mixture_weights", false, NULL},
	{"-featparams", "feat.params", true, NULL},
	{"-fdict", "noisedict", false, NULL},
	{"-mllr", "mllr_matrix", false, NULL},
};

static int missing(const struct duet_sphinx_setup *setup, const char *name, struct duet_error *error)
{
	duet_error_set(error, -ENOENT, "the acoustic model has no %s", name);
	duet_error_at(error, setup->model ? setup->model : PACKAGED_MODEL, 0, 0);
	duet_error_hint(error, "install the package pocketsphinx-en-us");
	return -ENOENT;
}

static int broken(const char *path, const char *what, struct duet_error *error)
{
	duet_error_set(error, -EINVAL, "the acoustic model does not load: %s", what);
	duet_error_at(error, path, 0, 0);
	duet_error_hint(error, "install the package pocketsphinx-en-us again");
	return -EINVAL;
}

static int check_file(const char *path, bool (*whole)(struct duet_slice), struct duet_error *error)
{
	struct duet_slice bytes;
	int status = duet_file_map(path, &bytes, error);

	if (status < 0)
		return status;
	if (!whole(bytes))
		status = broken(path, "the file is cut short", error);
	duet_file_unmap(bytes);
	return status;
}

static int set_files(cmd_ln_t *config, const struct duet_sphinx_setup *setup, struct duet_error *error)
{
	char path[MAX_PATH_BYTES];
	int status = 0;

	for (size_t i = 0; i < sizeof(model_files) / sizeof(model_files[0]) && status == 0; i++) {
		const char *found = find_file(setup, model_files[i].name, path, sizeof(path));

		if (found)
			cmd_ln_set_str_r(config, model_files[i].option, found);
		else if (model_files[i].needed)
			status = missing(setup, model_files[i].name, error);
		if (found && status == 0 && model_files[i].whole)
			status = check_file(found, model_files[i].whole, error);
	}
	return status;
}

/* The library reads a dictionary from a file only: one that lives in memory, and no longer than the call. */
static int words_file(struct duet_slice words, char path[64], struct duet_error *error)
{
	int fd = memfd_create("duet-words", MFD_CLOEXEC);

	if (fd < 0 || write(fd, words.ptr, words.len) != (ssize_t)words.len) {
		int code = -errno;

		if (fd >= 0)
			close(fd);
		return duet_error_set(error, code, "no room for the dictionary: %s", strerrordesc_np(-code));
	}
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

static int start(ps_decoder_t **decoder, cmd_ln_t *config, const struct duet_sphinx_setup *setup,
		 struct duet_error *error)
{
	struct attempt now = {0};

	attempt = &now;
	*decoder = setjmp(now.broken) ? NULL : ps_init(config);
	attempt = NULL;
	if (*decoder)
		return 0;
	return broken(setup->overlay ? setup->overlay
		      : setup->model ? setup->model
				     : PACKAGED_MODEL,
		      now.what[0] ? now.what : "PocketSphinx does not say why", error);
}

static cmd_ln_t *configure(const struct duet_sphinx_setup *setup, char *words, struct duet_error *error)
{
	char name[] = "duet", bestpath[] = "-bestpath", no[] = "no", dict[] = "-dict";
	char *arguments[MAX_ARGUMENTS] = {name, bestpath, no, dict, words};
	int n = 5;
	cmd_ln_t *config;

	for (size_t i = 0; setup->options && setup->options[i] && n < MAX_ARGUMENTS; i++)
		arguments[n++] = (char *)(uintptr_t)setup->options[i];
	config = cmd_ln_parse_r(NULL, ps_args(), n, arguments, TRUE);
	if (!config) {
		duet_error_set(error, -EINVAL, "PocketSphinx does not take the engine's settings");
		return NULL;
	}
	if (set_files(config, setup, error) < 0) {
		cmd_ln_free_r(config);
		return NULL;
	}
	return config;
}

int duet_sphinx_open(ps_decoder_t **decoder, const struct duet_sphinx_setup *setup, struct duet_error *error)
{
	struct duet_error ignored = {0};
	char words[64];
	cmd_ln_t *config;
	int fd, status;

	error = error ? error : &ignored;
	*decoder = NULL;
	fd = words_file(setup->words, words, error);
	if (fd < 0)
		return fd;
	duet_sphinx_hush();
	config = configure(setup, words, error);
	status = config ? start(decoder, config, setup, error) : error->code;
	if (config)
		cmd_ln_free_r(config);
	close(fd);
	return status;
}

static bool is_folder(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* "en" and "en-GB" take what there is for "en-US", when there is nothing nearer. */
const char *duet_sphinx_overlay(const char *data_dir, const char *language, char *path, size_t size)
{
	int subtag = (int)strcspn(language, "-_");
	char pattern[MAX_PATH_BYTES];
	glob_t found;

	if (!data_dir)
		return NULL;
	snprintf(path, size, "%s/acoustic/%s", data_dir, language);
	if (is_folder(path))
		return path;
	snprintf(pattern, sizeof(pattern), "%s/acoustic/%.*s*", data_dir, subtag, language);
	if (glob(pattern, 0, NULL, &found) != 0)
		return NULL;
	snprintf(path, size, "%s", found.gl_pathv[0]);
	globfree(&found);
	return is_folder(path) ? path : NULL;
}
