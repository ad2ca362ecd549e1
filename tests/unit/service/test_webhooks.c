/* SPDX-License-Identifier: Apache-2.0 */
/* Webhooks in the store: their making, how far they are told, the log of attempts; what an answer
 * means. The thread and the wire are tested with a real receiver, in tests/client. */
#include "service/webhooks.h"

#include "service/registered_models.h"
#include "service/webhook_message.h"
#include "store/event.h"
#include "support/scratch.h"

static struct rs_cx *cx;
static struct rs_store *store;
static const struct rs_seal_key key = {{7}};

static struct rs_webhook_event wanted[] = {
    {{RS_HOOK_REGISTERED_MODEL, true}, {RS_HOOK_CREATED, true}},
    {{RS_HOOK_REGISTERED_MODEL, true}, {RS_HOOK_CREATED, true}},
};

static void open_all(void)
{
    scratch_open();
    cx = scratch_cx();
    store = scratch_store();
}

static struct rs_webhook create(const char *name)
{
    const struct rs_webhook_draft draft = {.name = rs_str_of(name),
                                           .url = RS_STR("https://hooks.example/x"),
                                           .events = RS_LIST(wanted, 2),
                                           .secret = RS_STR("s")};
    struct rs_webhook out;

    ck_ok(rs_webhook_create(cx, store, &key, &draft, &out));
    return out;
}

static struct rs_webhook_row row_of(const struct rs_webhook *hook)
{
    struct rs_webhook_row row;

    ck_ok(rs_store_webhook_find(cx, store, hook->webhook_id, &row));
    return row;
}

static void make_model(const char *name)
{
    const struct rs_registered_model_draft draft = {.name = rs_str_of(name)};
    struct rs_registered_model out;

    ck_ok(rs_registered_model_create(cx, store, &draft, &out));
}

START_TEST(a_webhook_begins_with_what_comes_after_it)
{
    make_model("before");
    const struct rs_webhook hook = create("h");
    const struct rs_webhook_row row = row_of(&hook);
    int64_t last = 0;

    ck_ok(rs_store_event_last(cx, store, &last));
    ck_assert_int_eq(row.told, last);
    ck_assert_uint_eq(row.hook.events.n, 1); /* the repeated pair once */
    ck_assert(!rs_str_is(row.secret, "s"));
}
END_TEST

START_TEST(a_change_keeps_what_it_does_not_name_and_starts_over)
{
    const struct rs_webhook hook = create("h");
    struct rs_webhook_row row = row_of(&hook);
    struct rs_webhook out;

    row.attempts = 5;
    row.next_try = 99;
    ck_ok(rs_store_webhook_advance(cx, store, &row));
    ck_assert_int_eq(row_of(&hook).attempts, 5);
    ck_ok(rs_webhook_update(cx, store, &key,
                            &(struct rs_webhook_draft){.webhook_id = hook.webhook_id,
                                                       .url = RS_STR("https://other.example/")},
                            &out));
    const struct rs_webhook_row now = row_of(&hook);
    ck_text(now.hook.name, "h");
    ck_text(now.hook.url, "https://other.example/");
    ck_assert_int_eq(now.attempts, 0);
    ck_assert_int_eq(now.next_try, 0);
    /* What the thread had found out about the webhook as it was does not count any more. */
    ck_ok(rs_store_webhook_advance(cx, store, &row));
    ck_assert_int_eq(row_of(&hook).attempts, 0);
}
END_TEST

START_TEST(one_that_was_disabled_goes_on_with_what_is_new)
{
    const struct rs_webhook hook = create("h");
    struct rs_webhook_draft draft = {.webhook_id = hook.webhook_id,
                                     .status = RS_SOME_ENUM(RS_WEBHOOK_DISABLED)};
    struct rs_webhook out;
    int64_t last = 0;

    ck_ok(rs_webhook_update(cx, store, &key, &draft, &out));
    make_model("meanwhile");
    draft.status = RS_SOME_ENUM(RS_WEBHOOK_ACTIVE);
    ck_ok(rs_webhook_update(cx, store, &key, &draft, &out));
    ck_ok(rs_store_event_last(cx, store, &last));
    ck_assert_int_eq(row_of(&hook).told, last);
}
END_TEST

START_TEST(only_the_latest_attempts_are_kept)
{
    const struct rs_webhook hook = create("h");
    const int64_t id = row_of(&hook).id;
    struct rs_list found;

    for (int64_t i = 1; i <= RS_DELIVERIES_KEPT + 3; i++) {
        ck_ok(rs_store_delivery_add(cx, store, hook.webhook_id,
                                    &(struct rs_delivery_row){.seq = i,
                                                              .delivery_id = RS_STR("d"),
                                                              .outcome = RS_DELIVERY_DONE}));
    }
    ck_ok(rs_store_deliveries_list(
        cx, store, &(struct rs_delivery_range){id, 0, 2 * RS_DELIVERIES_KEPT}, &found));
    ck_assert_uint_eq(found.n, RS_DELIVERIES_KEPT);
    ck_assert_int_eq(((struct rs_delivery_row *)found.p)[0].seq, RS_DELIVERIES_KEPT + 3);
    ck_ok(rs_webhook_delete(cx, store, hook.webhook_id));
    ck_assert_int_eq(scratch_number("SELECT count(*) FROM webhook_delivery"), 0);
    ck_assert_int_eq(scratch_number("SELECT count(*) FROM webhook_event"), 0);
    ck_ok(rs_store_delivery_add(cx, store, hook.webhook_id,
                                &(struct rs_delivery_row){.delivery_id = RS_STR("d")}));
    ck_assert_int_eq(scratch_number("SELECT count(*) FROM webhook_delivery"), 0);
}
END_TEST

START_TEST(a_name_or_an_event_that_is_none_is_refused)
{
    static const char *const names[] = {"-a", "a-", "a b", "a/b", ".", "\xC3\xBC"};
    struct rs_webhook_event pair = {RS_SOME_ENUM(RS_HOOK_MODEL_VERSION),
                                    RS_SOME_ENUM(RS_HOOK_DELETED)};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ck_fails(rs_webhook_name_check(cx, rs_str_of(names[i])), RS_INVALID, "Webhook name");
    }
    ck_ok(rs_webhook_name_check(cx, RS_STR("A.b_c-9")));
    ck_fails(rs_webhook_event_check(cx, &pair), RS_INVALID, "Invalid action 'DELETED'");
    pair.action.is_set = false;
    ck_fails(rs_webhook_event_check(cx, &pair), RS_INVALID, "an entity and an action");
    ck_fails(rs_webhook_events_check(cx, &(struct rs_list){NULL, 0}), RS_INVALID, "non-empty");
}
END_TEST

START_TEST(an_answer_ends_a_delivery_or_asks_for_another_try)
{
    static const struct {
        int status;
        enum rs_delivery_outcome outcome;
    } cases[] = {
        {200, RS_DELIVERY_DONE},     {204, RS_DELIVERY_DONE},     {0, RS_DELIVERY_AGAIN},
        {429, RS_DELIVERY_AGAIN},    {500, RS_DELIVERY_AGAIN},    {599, RS_DELIVERY_AGAIN},
        {302, RS_DELIVERY_GIVEN_UP}, {400, RS_DELIVERY_GIVEN_UP}, {410, RS_DELIVERY_GIVEN_UP}};
    const int64_t day = 24 * 60 * 60 * 1000;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_int_eq(rs_webhook_outcome(cases[i].status), cases[i].outcome);
    }
    ck_assert_int_eq(rs_webhook_pause(1000, 1, 0), 1000);
    ck_assert_int_eq(rs_webhook_pause(1000, 4, 0), 8000);
    ck_assert_int_eq(rs_webhook_pause(1000, 1000000, 0), day);
    ck_assert_int_eq(rs_webhook_pause(1000, 9, 7), 7000);
    ck_assert_int_eq(rs_webhook_pause(1000, 1, INT64_MAX), day);
}
END_TEST

START_TEST(the_id_of_a_delivery_is_the_same_at_any_time)
{
    const struct rs_str a = rs_delivery_uuid(cx->arena, RS_STR("w"), 1);

    ck_assert(rs_str_eq(a, rs_delivery_uuid(cx->arena, RS_STR("w"), 1)));
    ck_assert(!rs_str_eq(a, rs_delivery_uuid(cx->arena, RS_STR("w"), 2)));
    ck_assert(!rs_str_eq(a, rs_delivery_uuid(cx->arena, RS_STR("v"), 1)));
    ck_assert_uint_eq(a.n, 36);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_webhook_begins_with_what_comes_after_it);
    tcase_add_test(t, a_change_keeps_what_it_does_not_name_and_starts_over);
    tcase_add_test(t, one_that_was_disabled_goes_on_with_what_is_new);
    tcase_add_test(t, only_the_latest_attempts_are_kept);
    tcase_add_test(t, a_name_or_an_event_that_is_none_is_refused);
    tcase_add_test(t, an_answer_ends_a_delivery_or_asks_for_another_try);
    tcase_add_test(t, the_id_of_a_delivery_is_the_same_at_any_time);
}

int main(void)
{
    return scratch_main("service/webhooks", open_all, add);
}
