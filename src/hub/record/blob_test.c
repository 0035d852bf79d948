/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/record/blob.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "hub/record/blob_fixture.h"
#include "torture.h"

struct place {
	char folder[40];
};

static void place_begin(struct place *place)
{
	snprintf(place->folder, sizeof(place->folder), "%s/duet-blobs-XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(place->folder));
}

static void place_end(const struct place *place)
{
	char command[80];

	snprintf(command, sizeof(command), "rm -rf %s", place->folder);
	assert_int_equal(system(command), 0);
}

static void assert_file(const struct place *place, const char *name, const char *expected)
{
	char path[400], *bytes;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", place->folder, name);
	assert_int_equal(duet_file_read(path, 1 << 20, &bytes, &n, NULL), 0);
	assert_int_equal(n, strlen(expected));
	assert_memory_equal(bytes, expected, n);
	duet_free(bytes);
}

static int put(const struct place *place, const char *name, const char *token, const char *block,
	       const char *text)
{
	struct duet_hub_blob *blob;
	int code = duet_hub_blob_begin(&blob, place->folder, "lamp", name, token, block);

	if (code == 0)
		code = duet_hub_blob_write(blob, duet_slice(text));
	if (code == 0)
		code = duet_hub_blob_end(blob);
	duet_hub_blob_free(blob);
	return code;
}

static void a_whole_one_comes_to_its_place(void **state)
{
	struct duet_hub_blob *blob;
	struct place place;

	place_begin(&place);
	assert_int_equal(duet_hub_blob_begin(&blob, place.folder, "lamp", "a b/c.txt", "token", NULL), 0);
	assert_int_equal(duet_hub_blob_write(blob, duet_slice("first, ")), 0);
	assert_int_equal(duet_hub_blob_write(blob, duet_slice("second")), 0);
	assert_int_equal(duet_hub_blob_end(blob), 0);
	duet_hub_blob_free(blob);
	assert_file(&place, "d-lamp/b-a%20b%2Fc.txt", "first, second");
	/* It may be put again. */
	assert_int_equal(put(&place, "a b/c.txt", "token", NULL, "third"), 0);
	assert_file(&place, "d-lamp/b-a%20b%2Fc.txt", "third");
	assert_int_equal(count_uploads(place.folder, "lamp"), 1);
	assert_int_equal(duet_hub_blob_total(place.folder), 5);
	place_end(&place);
}

static void what_was_not_ended_is_thrown_away(void **state)
{
	struct duet_hub_blob *blob;
	struct place place;

	place_begin(&place);
	assert_int_equal(put(&place, "a", "token", NULL, "old"), 0);
	assert_int_equal(duet_hub_blob_begin(&blob, place.folder, "lamp", "a", "token", NULL), 0);
	assert_int_equal(duet_hub_blob_write(blob, duet_slice("half of")), 0);
	duet_hub_blob_free(blob);
	assert_file(&place, "d-lamp/b-a", "old");
	assert_int_equal(count_uploads(place.folder, "lamp"), 1);
	duet_hub_blob_free(NULL);
	place_end(&place);
}

static void names_stay_in_their_folder(void **state)
{
	char longest[DUET_HUB_BLOB_NAME_MAX + 2];
	struct place place;

	place_begin(&place);
	assert_int_equal(put(&place, "../../up", "token", NULL, "x"), 0);
	assert_int_equal(put(&place, "..", "token", "../..", "x"), 0);
	assert_int_equal(count_uploads(place.folder, "lamp"), 1);
	assert_file(&place, "d-lamp/b-..%2F..%2Fup", "x");
	assert_true(duet_hub_blob_name_valid(duet_slice("..")));
	assert_false(duet_hub_blob_name_valid(duet_slice("")));
	memset(longest, 'n', sizeof(longest));
	longest[DUET_HUB_BLOB_NAME_MAX + 1] = 0;
	assert_false(duet_hub_blob_name_valid(duet_slice(longest)));
	longest[DUET_HUB_BLOB_NAME_MAX] = 0;
	assert_true(duet_hub_blob_name_valid(duet_slice(longest)));
	assert_int_equal(put(&place, longest, "token", NULL, "x"), 0);
	place_end(&place);
}

#define LIST(blocks) duet_slice("<?xml version=\"1.0\"?><BlockList>" blocks "</BlockList>")

static void blocks_make_a_blob_in_the_lists_order(void **state)
{
	struct place place;

	place_begin(&place);
	assert_int_equal(put(&place, "a", "token", "MQ==", "one,"), 0);
	assert_int_equal(put(&place, "a", "token", "Mg==", "two,"), 0);
	assert_int_equal(put(&place, "a", "token", "Mw==", "three,"), 0);
	assert_int_equal(put(&place, "a", "token", "Mg==", "TWO,"), 0);
	assert_int_equal(duet_hub_blob_commit(place.folder, "lamp", "a", "token",
					      LIST("<Latest>Mw==</Latest><Uncommitted>Mg==</Uncommitted>"
						   "<Latest>Mw==</Latest>")),
			 0);
	assert_file(&place, "d-lamp/b-a", "three,TWO,three,");
	/* The blocks are forgotten with it. */
	assert_int_equal(duet_hub_blob_total(place.folder), 16);
	place_end(&place);
}

static void lists_that_make_none(void **state)
{
	static const struct {
		struct duet_slice list;
		int code;
	} cases[] = {
		{{"", 0}, -EINVAL},
		{{"<Latest>MQ==</Latest>", 21}, -EINVAL},
		{{"<BlockList><Latest></Latest></BlockList>", 40}, -EINVAL},
		{{"<BlockList><Latest>MQ==</Latest><Latest>Mg==</Latest></BlockList>", 65}, -ENOENT},
	};
	struct place place;

	place_begin(&place);
	assert_int_equal(put(&place, "a", "token", "MQ==", "one"), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(duet_hub_blob_commit(place.folder, "lamp", "a", "token", cases[i].list),
				 cases[i].code);
		assert_int_equal(count_uploads(place.folder, "lamp"), 0);
	}
	/* Of another upload. */
	assert_int_equal(
		duet_hub_blob_commit(place.folder, "lamp", "a", "other", LIST("<Latest>MQ==</Latest>")),
		-ENOENT);
	duet_hub_blob_forget(place.folder, "lamp", "token");
	assert_int_equal(duet_hub_blob_total(place.folder), 0);
	duet_hub_blob_forget(place.folder, "lamp", "token");
	place_end(&place);
}

static int put_one(void *user)
{
	return put(user, "a", "token", NULL, "text");
}

static void survives_failing_memory(void **state)
{
	struct place place;

	place_begin(&place);
	duet_torture(put_one, &place);
	place_end(&place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_one_comes_to_its_place),
		cmocka_unit_test(what_was_not_ended_is_thrown_away),
		cmocka_unit_test(names_stay_in_their_folder),
		cmocka_unit_test(blocks_make_a_blob_in_the_lists_order),
		cmocka_unit_test(lists_that_make_none),
		cmocka_unit_test(survives_failing_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
