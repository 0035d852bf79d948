/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/record/storage.h"

#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>

#include "base/clock.h"
#include "hub/record/document.h"
#include "hub/record/feedback.h"
#include "hub/record/policy.h"
#include "hub/record/queue.h"
#include "hub/record/session_record.h"
#include "hub/record/storage_fixture.h"
#include "hub/record/twin_record.h"
#include "hub/record/upload.h"
#include "hub/value/fault.h"
#include "loop/loop.h"

static void devices_and_modules_are_kept(void **state)
{
	struct storage_fixture fixture;
	struct duet_hub_identity identity;
	struct duet_hub_identity_count count;

	fixture_begin(&fixture, true);
	assert_int_equal(fixture_add(&fixture, "lamp"), 0);
	assert_int_equal(fixture_add(&fixture, "lamp"), -EEXIST);
	assert_int_equal(fixture_add(&fixture, "lamp/bulb"), 0);
	assert_int_equal(fixture_add(&fixture, "nobody/bulb"), -ENOENT);
	assert_int_equal(duet_hub_identity_get(fixture.view, "lamp/bulb", fixture.arena, &identity), 0);
	assert_string_equal(identity.device, "lamp");
	assert_string_equal(identity.module, "bulb");
	assert_string_equal(identity.keys[0], "AAECAwQFBgcICQoLDA0ODw==");
	assert_string_equal(identity.keys[1], "EBESExQVFhcYGRobHB0eHw==");
	assert_int_equal(duet_hub_identity_count(fixture.view, &count), 0);
	assert_int_equal(count.n_devices, 1);
	assert_int_equal(count.n_enabled, 1);
	assert_int_equal(count.n_modules, 1);
	assert_int_equal(duet_hub_identity_get(fixture.view, "Lamp", fixture.arena, &identity), -ENOENT);
	fixture_end(&fixture);
}

static int remove_lamp(struct duet_hub_view *view, void *user)
{
	return duet_hub_identity_remove(view, "lamp");
}

static int connect_lamp(struct duet_hub_view *view, void *user)
{
	return (int)duet_hub_identity_connected(view, "lamp", true, 1234, "dtmi:lamp;1");
}

static void a_device_goes_with_all_that_is_its(void **state)
{
	struct storage_fixture fixture;
	struct duet_hub_identity identity, again;
	struct duet_slice json;

	fixture_begin(&fixture, true);
	fixture_add(&fixture, "lamp");
	fixture_add(&fixture, "lamp/bulb");
	assert_int_equal(fixture_write(&fixture, connect_lamp, NULL), 1);
	assert_int_equal(duet_hub_identity_get(fixture.view, "lamp", fixture.arena, &identity), 0);
	assert_true(identity.connected);
	assert_string_equal(identity.model_id, "dtmi:lamp;1");
	assert_int_equal(fixture_write(&fixture, remove_lamp, NULL), 0);
	assert_int_equal(fixture_write(&fixture, remove_lamp, NULL), -ENOENT);
	assert_int_equal(duet_hub_twin_for_device(fixture.view, "lamp/bulb", fixture.arena, &json), -ENOENT);
	fixture_add(&fixture, "lamp");
	assert_int_equal(duet_hub_identity_get(fixture.view, "lamp", fixture.arena, &again), 0);
	assert_string_not_equal(identity.generation, again.generation);
	assert_true(again.number > identity.number);
	fixture_end(&fixture);
}

static int report(struct duet_hub_view *view, void *user)
{
	json_t *patch = user;
	struct duet_hub_fault fault = {0};
	int64_t version;
	int code = duet_hub_twin_report(view, "lamp", patch, 1000, &version, &fault);

	return code < 0 ? code : (int)version;
}

static int fixture_report(struct storage_fixture *fixture, const char *text)
{
	json_t *patch = json_loads(text, 0, NULL);
	int code = fixture_write(fixture, report, patch);

	json_decref(patch);
	return code;
}

struct desired {
	struct duet_hub_twin_change change;
	char told[256];
};

static int change_desired(struct duet_hub_view *view, void *user)
{
	struct desired *desired = user;
	int code = duet_hub_twin_change(view, "lamp", &desired->change, NULL);
	char *text = desired->change.desired_patch ? json_dumps(desired->change.desired_patch, JSON_COMPACT)
						   : NULL;

	snprintf(desired->told, sizeof(desired->told), "%s", text ? text : "");
	free(text);
	json_decref(desired->change.desired_patch);
	return code;
}

static void assert_twin(struct storage_fixture *fixture, const char *expected)
{
	struct duet_slice json;

	assert_int_equal(duet_hub_twin_for_device(fixture->view, "lamp", fixture->arena, &json), 0);
	assert_string_equal(json.ptr, expected);
}

static void twins_are_patched_and_versioned(void **state)
{
	struct storage_fixture fixture;
	struct desired desired = {.change = {.now_ms = 2000}};
	struct duet_hub_twin_record record;
	json_t *patch = json_loads("{\"mode\":{\"night\":true}}", 0, NULL);

	fixture_begin(&fixture, true);
	fixture_add(&fixture, "lamp");
	assert_twin(&fixture, "{\"desired\":{\"$version\":1},\"reported\":{\"$version\":1}}");
	assert_int_equal(fixture_report(&fixture, "{\"on\":true,\"level\":3}"), 2);
	assert_int_equal(fixture_report(&fixture, "{\"level\":null}"), 3);
	assert_int_equal(fixture_report(&fixture, "[1]"), -EINVAL);
	desired.change.desired = patch;
	assert_int_equal(fixture_write(&fixture, change_desired, &desired), 0);
	assert_string_equal(desired.told, "{\"mode\":{\"night\":true},\"$version\":2}");
	assert_twin(&fixture, "{\"desired\":{\"mode\":{\"night\":true},\"$version\":2},"
			      "\"reported\":{\"on\":true,\"$version\":3}}");
	assert_int_equal(duet_hub_twin_get(fixture.view, "lamp", fixture.arena, &record), 0);
	assert_string_equal(record.etag, "AAAAAAAAAAI=");
	desired.change.etag = "AAAAAAAAAAE=";
	assert_int_equal(fixture_write(&fixture, change_desired, &desired), -ESTALE);
	json_decref(patch);
	fixture_end(&fixture);
}

static const struct duet_hub_queue_limits limits = {2, 2, 1000, 5000, 5000};

struct queue_step {
	struct duet_arena *arena;
	struct duet_hub_message message;
	const char *token;
	enum duet_hub_outcome outcome;
	int64_t now_ms;
	struct duet_slice json;
};

static int add_message(struct duet_hub_view *view, void *user)
{
	struct queue_step *step = user;

	step->message = (struct duet_hub_message){.message_id = "m1",
						  .correlation_id = "",
						  .user_id = "",
						  .to = "",
						  .content_type = "",
						  .content_encoding = "",
						  .properties = "a=b",
						  .body = duet_slice("hello"),
						  .ack = 3};
	return duet_hub_queue_add(view, "lamp", &step->message, step->now_ms, &limits);
}

static int lock_message(struct duet_hub_view *view, void *user)
{
	struct queue_step *step = user;

	return duet_hub_queue_lock(view, "lamp", step->now_ms, &limits, step->arena, &step->message);
}

static int end_message(struct duet_hub_view *view, void *user)
{
	struct queue_step *step = user;

	return duet_hub_queue_end(view, "lamp", step->token, step->outcome, step->now_ms);
}

static int fetch_feedback(struct duet_hub_view *view, void *user)
{
	struct queue_step *step = user;

	return duet_hub_feedback_lock(view, step->now_ms, 1000, step->arena, &step->json, &step->token);
}

static int expire(struct duet_hub_view *view, void *user)
{
	return duet_hub_queue_expire(view, ((struct queue_step *)user)->now_ms, 100);
}

static void messages_wait_and_end(void **state)
{
	struct storage_fixture fixture;
	struct queue_step step = {.now_ms = 1000};
	struct duet_hub_identity identity;

	fixture_begin(&fixture, true);
	step.arena = fixture.arena;
	fixture_add(&fixture, "lamp");
	assert_int_equal(duet_hub_queue_waiting(fixture.view, "lamp", 1000), 0);
	assert_int_equal(fixture_write(&fixture, add_message, &step), 0);
	assert_int_equal(fixture_write(&fixture, add_message, &step), 0);
	assert_int_equal(fixture_write(&fixture, add_message, &step), -EDQUOT);
	assert_int_equal(duet_hub_queue_waiting(fixture.view, "lamp", 1000), 1);
	assert_int_equal(fixture_write(&fixture, lock_message, &step), 1);
	assert_int_equal(step.message.number, 1);
	assert_string_equal(step.message.properties, "a=b");
	assert_int_equal(step.message.body.len, 5);
	step.token = step.message.lock_token;
	step.outcome = DUET_HUB_SUCCESS;
	assert_int_equal(fixture_write(&fixture, end_message, &step), 0);
	assert_int_equal(fixture_write(&fixture, end_message, &step), -ENOENT);
	/* The second one is taken twice, its lock runs out each time, and it is dead then. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(fixture_write(&fixture, lock_message, &step), 1);
		assert_int_equal(step.message.n_deliveries, i + 1);
		assert_int_equal(fixture_write(&fixture, lock_message, &step), 0);
		step.now_ms += 1000;
	}
	assert_int_equal(fixture_write(&fixture, lock_message, &step), 0);
	assert_int_equal(duet_hub_identity_get(fixture.view, "lamp", fixture.arena, &identity), 0);
	assert_int_equal(identity.n_queued, 0);
	assert_int_equal(fixture_write(&fixture, add_message, &step), 0);
	step.now_ms += 5000;
	assert_int_equal(fixture_write(&fixture, expire, &step), 1);
	assert_int_equal(fixture_write(&fixture, fetch_feedback, &step), 1);
	assert_non_null(strstr(step.json.ptr, "\"statusCode\":\"Success\""));
	assert_non_null(strstr(step.json.ptr, "\"statusCode\":\"DeliveryCountExceeded\""));
	assert_non_null(strstr(step.json.ptr, "\"statusCode\":\"Expired\""));
	assert_int_equal(fixture_write(&fixture, fetch_feedback, &step), 0);
	fixture_end(&fixture);
}

struct put {
	struct duet_hub_document document;
	const char *etag;
	struct duet_arena *arena;
};

static int put_document(struct duet_hub_view *view, void *user)
{
	struct put *put = user;

	return duet_hub_document_put(view, put->arena, &put->document, put->etag, 77);
}

static void documents_have_etags_and_secrets(void **state)
{
	struct storage_fixture fixture;
	struct put put = {.document = {.kind = DUET_HUB_ENROLLMENT,
				       .id = "e1",
				       .owner = "",
				       .json = duet_slice("{}"),
				       .secret = duet_slice("hush")}};
	struct duet_hub_document read;

	fixture_begin(&fixture, true);
	put.arena = fixture.arena;
	put.etag = "";
	assert_int_equal(fixture_write(&fixture, put_document, &put), 0);
	assert_int_equal(fixture_write(&fixture, put_document, &put), -EEXIST);
	put.etag = "AAAAAAAAAAE=";
	assert_int_equal(fixture_write(&fixture, put_document, &put), -ESTALE);
	put.etag = "*";
	assert_int_equal(fixture_write(&fixture, put_document, &put), 0);
	assert_int_equal(
		duet_hub_document_get(fixture.view, DUET_HUB_ENROLLMENT, "", "e1", fixture.arena, &read), 0);
	assert_string_equal(read.secret.ptr, "hush");
	assert_string_equal(read.etag, put.document.etag);
	put.document.id = "e2";
	put.etag = read.etag;
	assert_int_equal(fixture_write(&fixture, put_document, &put), -ENOENT);
	fixture_end(&fixture);
}

static int renew_service(struct duet_hub_view *view, void *user)
{
	return duet_hub_policy_renew(view, "service", *(int *)user);
}

static void policies_have_keys_that_can_be_renewed(void **state)
{
	struct storage_fixture fixture;
	struct duet_hub_policy first, second;
	int which = 1;

	fixture_begin(&fixture, true);
	assert_int_equal(duet_hub_policy_get(fixture.view, "service", fixture.arena, &first), -ENOENT);
	assert_int_equal(fixture_write(&fixture, renew_service, &which), 0);
	assert_int_equal(duet_hub_policy_get(fixture.view, "service", fixture.arena, &first), 0);
	assert_int_equal(strlen(first.keys[0]), 44);
	assert_int_equal(first.rights, DUET_HUB_SERVICE_CONNECT);
	assert_int_equal(fixture_write(&fixture, renew_service, &which), 0);
	assert_int_equal(duet_hub_policy_get(fixture.view, "service", fixture.arena, &second), 0);
	assert_string_not_equal(first.keys[0], second.keys[0]);
	assert_string_equal(first.keys[1], second.keys[1]);
	fixture_end(&fixture);
}

enum { MOST_UPLOADS = 3 };

static int begin_upload(struct duet_hub_view *view, void *user)
{
	struct duet_hub_upload *upload = user;

	return duet_hub_upload_begin(view, upload, MOST_UPLOADS, 10);
}

static void so_many_uploads_are_open_at_once(void **state)
{
	struct storage_fixture fixture;
	char id[8];
	struct duet_hub_upload upload = {.correlation_id = id,
					 .device = "lamp",
					 .blob = "b",
					 .token = id,
					 .begun_ms = 10,
					 .expires_ms = 20};

	fixture_begin(&fixture, true);
	for (int i = 0; i <= MOST_UPLOADS; i++) {
		snprintf(id, sizeof(id), "u%d", i);
		assert_int_equal(fixture_write(&fixture, begin_upload, &upload),
				 i < MOST_UPLOADS ? 0 : -EUSERS);
	}
	fixture_end(&fixture);
}

static void secrets_are_not_readable_in_the_file(void **state)
{
	struct storage_fixture fixture;
	struct duet_hub_identity identity;
	struct duet_hub_secret *other;
	char command[300], path[100];

	fixture_begin(&fixture, true);
	fixture_add(&fixture, "lamp");
	snprintf(command, sizeof(command), "grep -q AAECAwQFBgcICQoLDA0ODw== %s %s-wal", fixture.path,
		 fixture.path);
	assert_int_not_equal(system(command), 0);
	/* Another key opens nothing. */
	fixture_close(&fixture);
	snprintf(path, sizeof(path), "%s/other", fixture.folder);
	assert_int_equal(duet_hub_secret_create(path, NULL), 0);
	assert_int_equal(duet_hub_secret_create(path, NULL), -EEXIST);
	assert_int_equal(duet_hub_secret_open(&other, path, NULL), 0);
	duet_hub_secret_free(fixture.secret);
	fixture.secret = other;
	fixture_open(&fixture, true);
	assert_int_equal(duet_hub_identity_get(fixture.view, "lamp", fixture.arena, &identity), -EBADMSG);
	fixture_end(&fixture);
}

static void a_newer_schema_is_refused(void **state)
{
	struct storage_fixture fixture;
	struct duet_hub_storage *storage;
	struct duet_hub_storage_setup setup;
	struct duet_error error;
	sqlite3 *sqlite;

	fixture_begin(&fixture, true);
	assert_int_equal(sqlite3_open(fixture.path, &sqlite), SQLITE_OK);
	assert_int_equal(sqlite3_exec(sqlite, "PRAGMA user_version = 99", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(sqlite);
	setup = (struct duet_hub_storage_setup){fixture.path, fixture.secret, true, 0};
	assert_int_equal(duet_hub_storage_new(&storage, &setup, &error), -ENOTSUP);
	assert_non_null(strstr(error.what, "newer version"));
	fixture_end(&fixture);
}

static void a_backup_opens(void **state)
{
	struct storage_fixture fixture;
	struct duet_hub_identity identity;
	char path[100];

	fixture_begin(&fixture, true);
	fixture_add(&fixture, "lamp");
	snprintf(path, sizeof(path), "%s/copy.db", fixture.folder);
	assert_int_equal(duet_hub_storage_backup(fixture.storage, path, NULL), 0);
	assert_int_equal(duet_hub_storage_backup(fixture.storage, path, NULL), -EEXIST);
	fixture_close(&fixture);
	snprintf(fixture.path, sizeof(fixture.path), "%s", path);
	fixture_open(&fixture, true);
	assert_int_equal(duet_hub_identity_get(fixture.view, "lamp", fixture.arena, &identity), 0);
	fixture_end(&fixture);
}

struct counted {
	struct storage_fixture *fixture;
	struct duet_loop *loop;
	int n_sent, n_done, n_failed;
};

static int save_session(struct duet_hub_view *view, void *user)
{
	struct counted *counted = user;

	/* Every third one fails, and takes nothing of the others with it. */
	if (duet_hub_session_save(view, "lamp", duet_slice("state")) < 0)
		return -EIO;
	return counted->n_sent++ % 3 == 2 ? -ECANCELED : 0;
}

static void count_done(void *user, int code)
{
	struct counted *counted = user;

	counted->n_done++;
	counted->n_failed += code == -ECANCELED;
}

static void many_changes_share_a_commit(void **state)
{
	enum { N = 600 };
	struct storage_fixture fixture;
	struct counted counted = {.fixture = &fixture};
	struct duet_hub_storage_load load;
	struct duet_slice session;

	fixture_begin(&fixture, false);
	counted.loop = duet_loop_new(&duet_clock_system);
	fixture_add(&fixture, "lamp");
	for (int i = 0; i < N; i++)
		assert_int_equal(duet_hub_storage_write(fixture.storage, counted.loop, save_session,
							count_done, &counted),
				 0);
	for (int i = 0; i < 10000 && counted.n_done < N; i++) {
		duet_loop_turn(counted.loop);
		usleep(1000);
	}
	assert_int_equal(counted.n_done, N);
	assert_int_equal(counted.n_failed, N / 3);
	duet_hub_storage_measure(fixture.storage, &load);
	assert_true(load.n_commits < N);
	assert_int_equal(load.n_queued, 0);
	assert_int_equal(duet_hub_session_load(fixture.view, "lamp", fixture.arena, &session), 1);
	assert_string_equal(session.ptr, "state");
	fixture_end(&fixture);
	duet_loop_free(counted.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_and_modules_are_kept),
		cmocka_unit_test(a_device_goes_with_all_that_is_its),
		cmocka_unit_test(twins_are_patched_and_versioned),
		cmocka_unit_test(messages_wait_and_end),
		cmocka_unit_test(documents_have_etags_and_secrets),
		cmocka_unit_test(policies_have_keys_that_can_be_renewed),
		cmocka_unit_test(so_many_uploads_are_open_at_once),
		cmocka_unit_test(secrets_are_not_readable_in_the_file),
		cmocka_unit_test(a_newer_schema_is_refused),
		cmocka_unit_test(a_backup_opens),
		cmocka_unit_test(many_changes_share_a_commit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
