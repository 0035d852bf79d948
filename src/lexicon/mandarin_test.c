/* SPDX-License-Identifier: Apache-2.0 */
#include "lexicon/lexicon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "torture.h"

static char folder[] = "/tmp/duet-mandarin-XXXXXX";

static const char *path_of(const char *name)
{
	static char paths[2][128];
	static int which;
	char *path = paths[which ^= 1];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(path_of(name), "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static const char syllables_text[] = "da\t0.6 D AA\nda\t0.3 T AA\n"
				     "deng\t0.8 D AH NG\ndeng\t0.2 T AH NG\n"
				     "dian\t0.5 D IY N\ndianr\t0.9 D IY EH R\ner\t0.6 AA\n"
				     "kai\t0.5 K AY\nkai\t0.4 K HH AY\n"
				     "san\t1 S AE N\nshi\t1 SH IH\n"
				     "yin\t1 Y IY N\nyue\t1 Y UW EH\nle\t1 L AH\n";

static int make_folder(void **state)
{
	if (!mkdtemp(folder) || mkdir(path_of("lexicon"), 0700) || mkdir(path_of("lexicon/zh-CN"), 0700))
		return -1;
	write_file("dictionary", "tv T IY V IY\n");
	write_file("lexicon/zh-CN/words.txt", "音乐\tyin1 yue4\n一点儿\tyi1 dian3r\n调低\ttiao2 di1\n");
	write_file("lexicon/zh-CN/syllables.txt", syllables_text);
	return 0;
}

static int remove_folder(void **state)
{
	static const char *const names[] = {"dictionary", "own", "lexicon/zh-CN/words.txt",
					    "lexicon/zh-CN/syllables.txt"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(path_of(names[i]));
	return rmdir(path_of("lexicon/zh-CN")) || rmdir(path_of("lexicon")) || rmdir(folder);
}

/* With the small files of this test. */
static int open_small(struct duet_lexicon **lexicon, const char *own, struct duet_error *error)
{
	char dictionary[128], own_path[128];
	const char *files[2] = {own_path, NULL};
	struct duet_lexicon_setup setup = {.language = "zh-CN",
					   .data_dir = folder,
					   .dictionary = dictionary,
					   .user_files = own ? files : NULL};

	snprintf(dictionary, sizeof(dictionary), "%s", path_of("dictionary"));
	snprintf(own_path, sizeof(own_path), "%s", path_of("own"));
	if (own)
		write_file("own", own);
	return duet_lexicon_new(lexicon, &setup, error);
}

/* With the project's own files. */
static struct duet_lexicon *open_shipped(void)
{
	const char *source = getenv("DUET_SOURCE");
	char data[512];
	struct duet_lexicon_setup setup = {.language = "zh-CN", .data_dir = data};
	struct duet_lexicon *lexicon;
	struct duet_error error = {0};

	snprintf(data, sizeof(data), "%s/data", source ? source : ".");
	if (duet_lexicon_new(&lexicon, &setup, &error) < 0)
		fail_msg("%s:%d: %s", error.file, error.line, error.what);
	return lexicon;
}

static void reads_text(void **state)
{
	static const struct {
		const char *text, *pinyin;
	} rows[] = {
		{"", ""},
		{"你好", "ni3 hao3"},
		{"播放音乐，去银行。", "bo1 fang4 yin1 yue4，qu4 yin2 hang2。"},
		{"快乐", "kuai4 le4"},
		{"声音调低", "sheng1 yin1 tiao2 di1"},
		{"把颜色调成红色", "ba3 yan2 se4 tiao2 cheng2 hong2 se4"},
		{"还有多长时间", "hai2 you3 duo1 chang2 shi2 jian1"},
		{"打开TV和wifi", "da3 kai1 TV he2 wifi"},
		{"25度", "25 du4"},
		{"快点儿", "kuai4 dian3r"},
		{"歌儿", "ge1r"},
		{"女儿和儿童房", "nv3 er2 he2 er2 tong2 fang2"},
		{"不是", "bu2 shi4"},
		{"不好", "bu4 hao3"},
		{"好不好", "hao3 bu5 hao3"},
		{"一个", "yi2 ge4"},
		{"一分钟", "yi4 fen1 zhong1"},
		{"十一点", "shi2 yi1 dian3"},
		{"第一个", "di4 yi1 ge4"},
		{"星期一", "xing1 qi1 yi1"},
		{"看一看", "kan4 yi5 kan4"},
		{"一月一号", "yi1 yue4 yi1 hao4"},
		{"二〇二六年", "er4 ling2 er4 liu4 nian2"},
	};
	struct duet_lexicon *lexicon = open_shipped();
	char out[256];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		long len = duet_lexicon_pinyin(lexicon, duet_slice(rows[i].text), out, sizeof(out));

		assert_string_equal(out, rows[i].pinyin);
		assert_int_equal(len, strlen(out));
	}
	duet_lexicon_free(lexicon);
}

static void stays_inside_its_room(void **state)
{
	static const char text[] = "播放音乐TV";
	struct duet_lexicon *lexicon = open_shipped();
	char out[64];
	long whole = duet_lexicon_pinyin(lexicon, duet_slice(text), out, sizeof(out));

	assert_int_equal(whole, strlen("bo1 fang4 yin1 yue4 TV"));
	for (size_t size = 0; size <= (size_t)whole; size++) {
		memset(out, '#', sizeof(out));
		assert_int_equal(duet_lexicon_pinyin(lexicon, duet_slice(text), out, size), -ENOSPC);
		assert_int_equal(out[size], '#');
	}
	duet_lexicon_free(lexicon);
}

static void reads_long_runs(void **state)
{
	struct duet_lexicon *lexicon = open_shipped();
	char text[3 * 300 + 1] = "", out[300 * 5];

	for (size_t i = 0; i < 300; i++)
		memcpy(text + 3 * i, "好", 4);
	assert_int_equal(duet_lexicon_pinyin(lexicon, duet_slice(text), out, sizeof(out)), 300 * 5 - 1);
	duet_lexicon_free(lexicon);
}

static void pronounces(void **state)
{
	static const struct {
		const char *word, *first, *second;
	} rows[] = {
		{"打", "D AA", "T AA"},
		{"打开", "D AA K AY", "D AA K HH AY"},
		{"音乐", "Y IY N Y UW EH", NULL},
		{"乐", "L AH", NULL},
		{"da3 kai1", "D AA K AY", "D AA K HH AY"},
		{"dian3r", "D IY EH R", "D IY N AA"},
		{"开TV", "K AY T IY V IY", "K HH AY T IY V IY"},
		{"3灯", "S AE N D AH NG", "S AE N T AH NG"},
	};
	struct duet_lexicon *lexicon;
	struct duet_pronunciation out[DUET_PRONUNCIATIONS_MAX];

	assert_int_equal(open_small(&lexicon, NULL, NULL), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int n = duet_lexicon_pronounce(lexicon, duet_slice(rows[i].word), out, 8);

		assert_true(n >= (rows[i].second ? 2 : 1));
		assert_string_equal(out[0].phones, rows[i].first);
		assert_true(out[0].weight == 1.0f);
		if (!rows[i].second)
			continue;
		assert_string_equal(out[1].phones, rows[i].second);
		assert_true(out[1].weight < 1.0f);
	}
	assert_int_equal(duet_lexicon_pronounce(lexicon, duet_slice("开灯打开灯"), out, 3), 3);
	assert_int_equal(duet_lexicon_pronounce(lexicon, duet_slice("你"), out, 8), 0);
	assert_int_equal(duet_lexicon_pronounce(lexicon, duet_slice("，"), out, 8), 0);
	duet_lexicon_free(lexicon);
}

static void the_user_decides(void **state)
{
	struct duet_lexicon *lexicon;
	struct duet_pronunciation out[DUET_PRONUNCIATIONS_MAX];
	char pinyin[64];

	assert_int_equal(open_small(&lexicon, "音乐\tyin1 le4\n乐\tyue4\n乐\tle4\n", NULL), 0);
	assert_true(duet_lexicon_pinyin(lexicon, duet_slice("放音乐"), pinyin, sizeof(pinyin)) > 0);
	assert_string_equal(pinyin, "fang4 yin1 le4");
	assert_int_equal(duet_lexicon_pronounce(lexicon, duet_slice("乐"), out, 8), 2);
	assert_string_equal(out[0].phones, "Y UW EH");
	assert_string_equal(out[1].phones, "L AH");
	duet_lexicon_free(lexicon);
}

static void says_what_is_wrong(void **state)
{
	struct duet_lexicon *lexicon;
	struct duet_error error = {0};

	assert_int_equal(open_small(&lexicon, "音乐\tyin1 yue4\n好\thao\n", &error), -EINVAL);
	assert_null(lexicon);
	assert_string_equal(error.file, path_of("own"));
	assert_int_equal(error.line, 2);
	write_file("lexicon/zh-CN/syllables.txt", "da\t0.6 D AA\nda\t2 T AA\n");
	assert_int_equal(open_small(&lexicon, NULL, &error), -EINVAL);
	assert_string_equal(error.file, path_of("lexicon/zh-CN/syllables.txt"));
	assert_int_equal(error.line, 2);
	write_file("lexicon/zh-CN/syllables.txt", syllables_text);
}

/* Every syllable that a character has can be said, with r too. */
static void the_shipped_table_is_whole(void **state)
{
	struct duet_lexicon *lexicon = open_shipped();
	struct duet_pronunciation out[DUET_PRONUNCIATIONS_MAX];

	for (int32_t code_point = 0x4e00; code_point <= 0x9fa5; code_point++) {
		char utf8[4] = {(char)(0xe0 | code_point >> 12), (char)(0x80 | (code_point >> 6 & 0x3f)),
				(char)(0x80 | (code_point & 0x3f))};
		char pinyin[16];
		long len = duet_lexicon_pinyin(lexicon, (struct duet_slice){utf8, 3}, pinyin, sizeof(pinyin));

		if (len > 0 && duet_lexicon_pronounce(lexicon, duet_slice(pinyin), out, 8) < 1)
			fail_msg("%s cannot be said", pinyin);
	}
	assert_true(duet_lexicon_pronounce(lexicon, duet_slice("小爱同学"), out, 8) > 1);
	duet_lexicon_free(lexicon);
}

static int open_and_close(void *user)
{
	struct duet_lexicon *lexicon;
	int status = open_small(&lexicon, "音乐\tyin1 le4\n", NULL);

	duet_lexicon_free(lexicon);
	return status;
}

static void survives_lack_of_memory(void **state)
{
	duet_torture(open_and_close, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_text),
		cmocka_unit_test(stays_inside_its_room),
		cmocka_unit_test(reads_long_runs),
		cmocka_unit_test(pronounces),
		cmocka_unit_test(the_user_decides),
		cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(the_shipped_table_is_whole),
		cmocka_unit_test(survives_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
