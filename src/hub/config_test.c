/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/option.h"
#include "torture.h"

static const struct duet_hub_setting settings[] = {
	{"hostname", "hub.example.org"}, {"provisioning.id_scope", "0ne00ABCDEF"}, {NULL, NULL}};

static struct duet_hub_config *parse(const char *text, struct duet_error *error)
{
	struct duet_hub_config *config = NULL;

	if (duet_hub_config_parse(&config, "/", "hub.yaml", text, strlen(text), error) < 0)
		return NULL;
	return config;
}

static char *written(const struct duet_hub_setting *with)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	duet_hub_config_write(out, with);
	fclose(out);
	return text;
}

struct fields {
	const struct duet_hub_config *a, *b;
	int n;
};

static void compare(void *user, const char *section, const struct duet_option *option)
{
	struct fields *fields = user;
	char a[256], b[256];

	assert_int_equal(duet_option_format(option, fields->a, a, sizeof(a)), 0);
	assert_int_equal(duet_option_format(option, fields->b, b, sizeof(b)), 0);
	assert_string_equal(a, b);
	fields->n++;
}

static void what_init_writes_is_the_default(void **state)
{
	char *text = written(NULL);
	struct duet_error error = {0};
	struct fields fields = {parse("", &error), parse(text, &error), 0};

	assert_non_null(fields.a);
	assert_non_null(fields.b);
	duet_hub_config_each(compare, &fields);
	assert_true(fields.n > 30);
	assert_int_equal(fields.a->listen.mqtt_port, 8883);
	assert_int_equal(fields.a->queue.ttl_ms, 3600000);
	assert_string_equal(fields.a->tls.certificate, "//server.pem");
	duet_hub_config_free((struct duet_hub_config *)(uintptr_t)fields.a);
	duet_hub_config_free((struct duet_hub_config *)(uintptr_t)fields.b);
	free(text);
}

static void settings_take_the_place_of_defaults(void **state)
{
	char *text = written(settings);
	struct duet_hub_config *config = parse(text, NULL);

	assert_non_null(config);
	assert_string_equal(config->hostname, "hub.example.org");
	assert_string_equal(config->provisioning.id_scope, "0ne00ABCDEF");
	for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		assert_true(strcspn(line, "\n") <= 110);
	duet_hub_config_free(config);
	free(text);
}

static void mistakes_say_where_and_what_comes_nearest(void **state)
{
	static const struct {
		const char *text, *what, *hint;
		int line;
	} rows[] = {
		{"listen:\n  mqtt_prot: 1\n", "is not known here", "mqtt_port", 2},
		{"lisen:\n", "is not known here", "listen", 1},
		{"hostname: \"a b\"\n", "is no host name", "", 0},
		{"telemetry: {retention_mb: 10}\n", "must hold two segments", "segment_mb 5", 0},
		{"tls: {minimum: \"1.1\"}\n", "is not one of the choices", "1.2", 1},
		{"limits: {drain: 3}\n", "is not a duration", "", 1},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct duet_error error = {0};

		assert_null(parse(rows[i].text, &error));
		assert_non_null(strstr(error.what, rows[i].what));
		assert_non_null(strstr(error.hint, rows[i].hint));
		assert_int_equal(error.line, rows[i].line);
	}
}

static void a_folder_without_a_hub_says_how_to_make_one(void **state)
{
	struct duet_hub_config *config;
	struct duet_error error = {0};

	assert_int_equal(duet_hub_config_load(&config, "/nowhere", &error), -ENOENT);
	assert_non_null(strstr(error.hint, "duet-hub init /nowhere"));
}

static int parse_sample(void *user)
{
	struct duet_hub_config *config;
	int code = duet_hub_config_parse(&config, "/", "hub.yaml", user, strlen(user), NULL);

	if (code == 0)
		duet_hub_config_free(config);
	return code;
}

static void survives_failing_memory(void **state)
{
	static char sample[] = "hostname: x\nlisten: {mqtt_port: 1}\n";

	duet_torture(parse_sample, sample);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_init_writes_is_the_default),
		cmocka_unit_test(settings_take_the_place_of_defaults),
		cmocka_unit_test(mistakes_say_where_and_what_comes_nearest),
		cmocka_unit_test(a_folder_without_a_hub_says_how_to_make_one),
		cmocka_unit_test(survives_failing_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
