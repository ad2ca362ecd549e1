/* SPDX-License-Identifier: Apache-2.0 */
/* The short way to a tree gives what jansson gives, or nothing. */
#include "api/json_tree.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/expect.h"
#include "support/chance.h"

enum { TRIES = 20000 };

static const char *const plain[] = {
    "{}",
    " {\n\t\"a\" : 1 ,\r\"b\":[ ] , \"c\":{ } } ",
    "{\"run_id\": \"0123abcd\", \"key\": \"loss\", \"value\": 0.12345678901234567, \"timestamp\": "
    "1700000000000, \"step\": -3, \"other\": null}",
    "{\"metrics\":[{\"key\":\"k\",\"value\":-1.5e-300},{\"key\":\"l\",\"value\":2E+5}],\"x\":[true,"
    "false,null,-0,0,-0.0,999999999999999999]}",
    "{\"caf\": \"\xC3\xA9 \xF0\x9F\x98\x80\", \"\": \"\x7F\", \"e\": 5e-324, \"z\": 1e-400}",
};

static const char *const others[] = {
    "",
    " ",
    "[]",
    "\"a\"",
    "1",
    "{",
    "{\"a\"",
    "{\"a\":",
    "{\"a\":1",
    "{\"a\":1,",
    "{\"a\":1,}",
    "{\"a\":1}}",
    "{\"a\":01}",
    "{\"a\":-}",
    "{\"a\":1.}",
    "{\"a\":.5}",
    "{\"a\":1e}",
    "{\"a\":1e999}",
    "{\"a\":1,\"a\":2}",
    "{\"a\":[1,]}",
    "{\"a\":[1 2]}",
    "{\"a\":tru}",
    "{\"a\":truely}",
    "{\"a\":nan}",
    "{\"a\":\"\t\"}",
    "{\"a\":\"\xFF\"}",
    "{\"a\":\"\xED\xA0\x80\"}",
    "{a:1}",
    "{\"a\" 1}",
    "{\"a\":+1}",
    "{\"a\":0x1}",
    "{\"a\":\"b}",
    "{,}",
};

/* What both say of a text. True when the short way took it. */
static bool compare(const char *text, size_t n)
{
    json_error_t error;
    json_t *ours = rs_json_tree((struct rs_str){text, n});
    json_t *theirs = json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    const bool taken = ours != NULL;

    ck_assert_msg(ours == NULL || json_equal(ours, theirs), "%.*s", (int)n, text);
    json_decref(ours);
    json_decref(theirs);
    return taken;
}

START_TEST(what_is_plain_is_taken)
{
    ck_assert(compare(plain[_i], strlen(plain[_i])));
}
END_TEST

START_TEST(what_is_broken_is_not)
{
    ck_assert(!compare(others[_i], strlen(others[_i])));
}
END_TEST

START_TEST(what_jansson_reads_otherwise_is_left_to_it)
{
    static const char *const texts[] = {"{\"a\":\"\\n\"}", "{\"\xC3\xA9\":1}",
                                        "{\"a\":9223372036854775808}",
                                        "{\"a\":1000000000000000000}"};

    ck_assert(!compare(texts[_i], strlen(texts[_i])));
}
END_TEST

/* Bytes changed, lost and doubled; the text ends where the memory that is its own does. */
START_TEST(whatever_becomes_of_a_body_both_read_the_same)
{
    static const char bytes[] = "{}[]:,\"\\ 0123456789.eE+-tfn\n\x80\xC3\xA9\x01";
    size_t n_taken = 0;

    for (int i = 0; i < TRIES; i++) {
        const char *from = plain[1 + chance(4)];
        size_t n = strlen(from);
        char *text = malloc(n + 1);

        memcpy(text, from, n);
        for (unsigned k = chance(3) + 1; k > 0; k--) {
            const size_t at = chance((unsigned)n);

            if (chance(4) == 0) {
                memmove(text + at, text + at + 1, --n - at);
            } else {
                text[at] = bytes[chance(sizeof bytes - 1)];
            }
        }
        char *exact = malloc(n);
        memcpy(exact, text, n);
        n_taken += compare(exact, n);
        free(exact);
        free(text);
    }
    ck_assert_uint_gt(n_taken, TRIES / 20);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json_tree");
    TCase *c = tcase_create("tree");

    tcase_add_loop_test(c, what_is_plain_is_taken, 0, sizeof plain / sizeof plain[0]);
    tcase_add_loop_test(c, what_is_broken_is_not, 0, sizeof others / sizeof others[0]);
    tcase_add_loop_test(c, what_jansson_reads_otherwise_is_left_to_it, 0, 4);
    tcase_add_test(c, whatever_becomes_of_a_body_both_read_the_same);
    suite_add_tcase(suite, c);
    return run_suite(suite);
}
