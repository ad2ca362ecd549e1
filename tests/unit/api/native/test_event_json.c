/* SPDX-License-Identifier: Apache-2.0 */
/* Events as JSON, byte for byte. */
#include "api/native/event_json.h"

#include "support/trial.h"

static struct rs_buf out = {.max = 1 << 20};

static void close_all(void)
{
    rs_buf_fini(&out);
    close_context();
}

static const struct rs_event moved = {.seq = 7,
                                      .at = 1700000000123,
                                      .actor = RS_STR_INIT("ada \"l\""),
                                      .kind = RS_STR_INIT("model_alias.set"),
                                      .subject = RS_STR_INIT("models/名/aliases/champion"),
                                      .before = RS_STR_INIT(""),
                                      .after = RS_STR_INIT("version=3&tag.a%26b=x%0Ay"),
                                      .group = 6};

START_TEST(an_event_is_an_object_with_its_facts_by_name)
{
    ck_ok(rs_event_json(&out, &cx, &moved));
    ck_assert_text(rs_buf_view(&out),
                   "{\"seq\":7,\"at\":1700000000123,\"actor\":\"ada \\\"l\\\"\","
                   "\"kind\":\"model_alias.set\",\"subject\":\"models/名/aliases/champion\","
                   "\"before\":null,\"after\":{\"version\":\"3\",\"tag.a&b\":\"x\\ny\"},"
                   "\"group\":6}");
}
END_TEST

START_TEST(facts_that_cannot_be_read_are_null_and_an_error)
{
    struct rs_event bad = moved;

    bad.before = RS_STR("version");
    ck_fails(rs_event_json(&out, &cx, &bad), RS_CORRUPT, "facts");
    const struct rs_str text = rs_buf_view(&out);
    ck_assert(strstr(rs_arena_str(&arena, text).p, "\"before\":null,\"after\":{\"version\"") !=
              NULL);
    ck_assert_int_eq(text.p[text.n - 1], '}');
}
END_TEST

START_TEST(facts_alone_are_an_object_also_when_there_are_none)
{
    const struct rs_list none = RS_NO_FACTS;

    rs_facts_json(&out, &none);
    ck_assert_text(rs_buf_view(&out), "{}");
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, an_event_is_an_object_with_its_facts_by_name);
    tcase_add_test(tests, facts_that_cannot_be_read_are_null_and_an_error);
    tcase_add_test(tests, facts_alone_are_an_object_also_when_there_are_none);
}

int main(void)
{
    return run_trials(
        &(struct trials){.name = "api/native/event_json", .close = close_all, .add = add});
}
