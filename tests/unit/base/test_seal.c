/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed texts. */
#include "base/seal.h"

#include "base/expect.h"

static struct rs_arena arena;
static const struct rs_seal_key key = {{1, 2, 3}};
static const struct rs_seal_key other = {{1, 2, 4}};

START_TEST(a_text_opens_with_its_key_at_its_place_only)
{
    static const char *const texts[] = {"", "s", "a secret of some length, \xC3\xBC too"};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const struct rs_str sealed = rs_seal(&arena, &key, RS_STR("here"), rs_str_of(texts[i]));
        struct rs_str out;

        ck_assert(rs_seal_open(&arena, &key, RS_STR("here"), sealed, &out));
        ck_assert_text(out, texts[i]);
        ck_assert(!rs_seal_open(&arena, &key, RS_STR("there"), sealed, &out));
        ck_assert(!rs_seal_open(&arena, &other, RS_STR("here"), sealed, &out));
    }
}
END_TEST

START_TEST(a_text_that_was_altered_does_not_open)
{
    const struct rs_str sealed = rs_seal(&arena, &key, RS_STR("here"), RS_STR("secret"));
    struct rs_str out;

    for (size_t i = 0; i < sealed.n; i++) {
        char text[128];

        memcpy(text, sealed.p, sealed.n);
        text[i] = text[i] == 'A' ? 'B' : 'A';
        ck_assert(
            !rs_seal_open(&arena, &key, RS_STR("here"), (struct rs_str){text, sealed.n}, &out));
    }
    ck_assert(!rs_seal_open(&arena, &key, RS_STR("here"), RS_STR(""), &out));
    ck_assert(!rs_seal_open(&arena, &key, RS_STR("here"), RS_STR("AAAA"), &out));
}
END_TEST

START_TEST(the_same_text_is_sealed_differently_each_time)
{
    const struct rs_str a = rs_seal(&arena, &key, RS_STR("here"), RS_STR("secret"));
    const struct rs_str b = rs_seal(&arena, &key, RS_STR("here"), RS_STR("secret"));

    ck_assert(!rs_str_eq(a, b));
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_text_opens_with_its_key_at_its_place_only);
    tcase_add_test(t, a_text_that_was_altered_does_not_open);
    tcase_add_test(t, the_same_text_is_sealed_differently_each_time);
}

int main(void)
{
    return run_tests("base/seal", add);
}
