/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/record/provisioning.h"

#include <jansson.h>

#include "hub/record/document.h"
#include "hub/record/enrollment.h"
#include "hub/record/storage_fixture.h"
#include "hub/record/twin_record.h"
#include "net/sas.h"

/* Who may register, and as which device. */

#define KEY       "AAECAwQFBgcICQoLDA0ODw=="
#define OTHER_KEY "EBESExQVFhcYGRobHB0eHw=="

struct enrolling {
	enum duet_hub_document_kind kind;
	const char *id, *text;
	struct duet_arena *arena;
};

static int enroll_change(struct duet_hub_view *view, void *user)
{
	struct enrolling *enrolling = user;
	json_t *body = json_loads(enrolling->text, 0, NULL), *json, *secret;
	struct duet_hub_fault fault = {0};
	struct duet_hub_document document = {.kind = enrolling->kind, .owner = "", .id = enrolling->id};
	char *text, *keys;
	int code = duet_hub_enrollment_read(body, enrolling->kind, enrolling->id, &json, &secret, &fault);

	assert_int_equal(code, 0);
	text = json_dumps(json, JSON_COMPACT);
	keys = secret ? json_dumps(secret, JSON_COMPACT) : NULL;
	document.json = duet_slice(text);
	document.secret = duet_slice(keys ? keys : "");
	code = duet_hub_document_put(view, enrolling->arena, &document, NULL, 1000);
	free(text);
	free(keys);
	json_decref(body);
	json_decref(json);
	json_decref(secret);
	return code;
}

static void enroll(struct storage_fixture *fixture, enum duet_hub_document_kind kind, const char *id,
		   const char *text)
{
	struct enrolling enrolling = {kind, id, text, fixture->arena};

	assert_int_equal(fixture_write(fixture, enroll_change, &enrolling), 0);
}

/* What a device shows: a token signed with its key. */
struct asking {
	struct duet_hub_proof proof;
	struct duet_sas sas;
	char token[400];
	struct storage_fixture *fixture;
	json_t *state;
	struct duet_hub_fault fault;
};

static void asking_begin(struct asking *asking, struct storage_fixture *fixture, const char *id,
			 const char *key)
{
	char resource[100];

	snprintf(resource, sizeof(resource), "0ne/registrations/%s", id);
	*asking = (struct asking){.fixture = fixture};
	assert_true(duet_sas_make(resource, key, "registration", 5000, asking->token, sizeof(asking->token)) >
		    0);
	assert_int_equal(duet_sas_parse(duet_slice(asking->token), &asking->sas), 0);
	asking->proof = (struct duet_hub_proof){
		.registration_id = id, .id_scope = "0ne", .sas = &asking->sas, .now_s = 1000};
}

static int check(struct asking *asking)
{
	return duet_hub_provision_check(asking->fixture->view, &asking->proof, asking->fixture->arena,
					&asking->fault);
}

static int provision_change(struct duet_hub_view *view, void *user)
{
	struct asking *asking = user;

	json_decref(asking->state);
	return duet_hub_provision(view, &asking->proof, NULL, "hub.example", asking->fixture->arena,
				  &asking->state, &asking->fault);
}

static int provision(struct asking *asking)
{
	return fixture_write(asking->fixture, provision_change, asking);
}

static const char *state_text(const struct asking *asking, const char *name)
{
	return json_string_value(json_object_get(asking->state, name));
}

static const char individual[] =
	"{\"registrationId\":\"lamp\",\"deviceId\":\"kitchen-lamp\",\"attestation\":{\"type\":"
	"\"symmetricKey\","
	"\"symmetricKey\":{\"primaryKey\":\"" KEY "\",\"secondaryKey\":\"" OTHER_KEY "\"}},"
	"\"initialTwin\":{\"tags\":{\"room\":\"kitchen\"},\"properties\":{\"desired\":{\"on\":true}}}}";

static void one_enrollment_lets_one_device_in(void **state)
{
	struct storage_fixture fixture;
	struct duet_hub_identity identity;
	struct duet_hub_twin_record twin;
	struct asking asking;

	fixture_begin(&fixture, true);
	enroll(&fixture, DUET_HUB_ENROLLMENT, "lamp", individual);
	asking_begin(&asking, &fixture, "lamp", OTHER_KEY);
	assert_int_equal(check(&asking), 0);
	assert_null(asking.proof.group);
	assert_int_equal(provision(&asking), 1);
	assert_string_equal(state_text(&asking, "status"), "assigned");
	assert_string_equal(state_text(&asking, "assignedHub"), "hub.example");
	assert_string_equal(state_text(&asking, "deviceId"), "kitchen-lamp");
	assert_int_equal(duet_hub_identity_get(fixture.view, "kitchen-lamp", fixture.arena, &identity), 0);
	assert_string_equal(identity.keys[0], KEY);
	assert_int_equal(duet_hub_twin_get(fixture.view, "kitchen-lamp", fixture.arena, &twin), 0);
	assert_memory_equal(twin.tags.ptr, "{\"room\":\"kitchen\"}", twin.tags.len);
	/* A second time it is not new, and its twin stays. */
	assert_int_equal(provision(&asking), 0);
	json_decref(asking.state);
	assert_int_equal(duet_hub_registration_get(fixture.view, "lamp", fixture.arena, &asking.state), 0);
	assert_string_equal(state_text(&asking, "deviceId"), "kitchen-lamp");
	json_decref(asking.state);
	fixture_end(&fixture);
}

static void a_group_derives_each_devices_key(void **state)
{
	struct duet_hub_document group;
	struct storage_fixture fixture;
	struct asking asking;
	char key[100];

	fixture_begin(&fixture, true);
	enroll(&fixture, DUET_HUB_ENROLLMENT_GROUP, "lamps",
	       "{\"enrollmentGroupId\":\"lamps\",\"attestation\":{\"type\":\"symmetricKey\",\"symmetricKey\":"
	       "{\"primaryKey\":\"" KEY "\",\"secondaryKey\":\"" OTHER_KEY "\"}}}");
	assert_int_equal(duet_hub_document_get(fixture.view, DUET_HUB_ENROLLMENT_GROUP, "", "lamps",
					       fixture.arena, &group),
			 0);
	assert_int_equal(duet_hub_enrollment_key(&group, "lamp-7", 0, key, sizeof(key)), 0);
	asking_begin(&asking, &fixture, "lamp-7", key);
	assert_int_equal(check(&asking), 0);
	assert_string_equal(asking.proof.group, "lamps");
	assert_int_equal(provision(&asking), 1);
	assert_string_equal(state_text(&asking, "deviceId"), "lamp-7");
	json_decref(asking.state);
	/* The group's own key, or another device's, is nobody's. */
	asking_begin(&asking, &fixture, "lamp-7", KEY);
	assert_int_equal(check(&asking), -EACCES);
	asking_begin(&asking, &fixture, "lamp-8", key);
	assert_int_equal(check(&asking), -EACCES);
	fixture_end(&fixture);
}

static void who_is_not_let_in(void **state)
{
	struct storage_fixture fixture;
	struct asking asking;

	fixture_begin(&fixture, true);
	asking_begin(&asking, &fixture, "lamp", KEY);
	assert_int_equal(check(&asking), -EACCES);
	enroll(&fixture, DUET_HUB_ENROLLMENT, "lamp", individual);
	assert_int_equal(check(&asking), 0);
	asking.proof.now_s = 5001; /* the token's time is up */
	assert_int_equal(check(&asking), -EACCES);
	asking_begin(&asking, &fixture, "lamp", "ICEiIyQlJicoKSorLC0uLw==");
	assert_int_equal(check(&asking), -EACCES);
	asking_begin(&asking, &fixture, "lamp", KEY);
	asking.proof.sas = NULL;
	assert_int_equal(check(&asking), -EACCES);
	enroll(&fixture, DUET_HUB_ENROLLMENT, "off",
	       "{\"registrationId\":\"off\",\"provisioningStatus\":\"disabled\",\"attestation\":{\"type\":"
	       "\"symmetricKey\",\"symmetricKey\":{\"primaryKey\":\"" KEY "\",\"secondaryKey\":\"" KEY
	       "\"}}}");
	asking_begin(&asking, &fixture, "off", KEY);
	assert_int_equal(check(&asking), -EACCES);
	assert_int_equal(duet_hub_registration_get(fixture.view, "off", fixture.arena, &asking.state),
			 -ENOENT);
	fixture_end(&fixture);
}

static void what_is_no_enrollment(void **state)
{
	static const char bad_keys[] =
		"{\"registrationId\":\"lamp\",\"attestation\":{\"type\":\"symmetricKey\",\"symmetricKey\":"
		"{\"primaryKey\":\"short\",\"secondaryKey\":\"!\"}}}";
	const char *const texts[] = {
		"{}",
		"[]",
		"{\"registrationId\":\"other\",\"attestation\":{\"type\":\"symmetricKey\"}}",
		"{\"registrationId\":\"lamp\"}",
		"{\"registrationId\":\"lamp\",\"attestation\":{\"type\":\"tpm\",\"tpm\":{}}}",
		"{\"registrationId\":\"lamp\",\"attestation\":{\"type\":\"x509\",\"x509\":{}}}",
		bad_keys,
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct duet_hub_fault fault = {0};
		json_t *body = json_loads(texts[i], 0, NULL), *json = NULL, *secret = NULL;

		if (duet_hub_enrollment_read(body, DUET_HUB_ENROLLMENT, "lamp", &json, &secret, &fault) >= 0)
			fail_msg("%s is an enrollment", texts[i]);
		assert_true(fault.what[0]);
		json_decref(json);
		json_decref(secret);
		json_decref(body);
	}
}

static int read_one(void *user)
{
	struct duet_hub_fault fault = {0};
	json_t *json = NULL, *secret = NULL;
	int code = duet_hub_enrollment_read(user, DUET_HUB_ENROLLMENT, "lamp", &json, &secret, &fault);

	json_decref(json);
	json_decref(secret);
	return code;
}

static void survives_failing_memory(void **state)
{
	json_t *body;

	json_set_alloc_funcs(duet_alloc, duet_free);
	body = json_loads(individual, 0, NULL);
	duet_torture(read_one, body);
	json_decref(body);
	json_set_alloc_funcs(malloc, free);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_enrollment_lets_one_device_in),
		cmocka_unit_test(a_group_derives_each_devices_key),
		cmocka_unit_test(who_is_not_let_in),
		cmocka_unit_test(what_is_no_enrollment),
		cmocka_unit_test(survives_failing_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
