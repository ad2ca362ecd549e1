/* SPDX-License-Identifier: Apache-2.0 */
/* The log of events and its chain. */
#include "store/event.h"

#include "support/scratch.h"

static struct rs_cx *cx;
static struct rs_store *store;

static void open_all(void)
{
    scratch_open();
    cx = scratch_cx();
    store = scratch_store();
}

static struct rs_event put(const char *kind, const char *subject, int64_t model, int64_t group)
{
    struct rs_event e = {.actor = RS_STR("ada"),
                         .kind = rs_str_of(kind),
                         .subject = rs_str_of(subject),
                         .model = model,
                         .before = RS_STR(""),
                         .after = RS_STR("version=1"),
                         .group = group};

    ck_ok(rs_store_event_append(cx, store, &e));
    return e;
}

static struct rs_list read(struct rs_event_range range)
{
    struct rs_list out;

    range.limit = range.limit != 0 ? range.limit : 100;
    ck_ok(rs_store_events_read(cx, store, &range, &out));
    return out;
}

static int64_t seq_of(const struct rs_list *events, size_t i)
{
    ck_assert_uint_gt(events->n, i);
    return ((const struct rs_event *)events->p)[i].seq;
}

static struct rs_event_break verify(void)
{
    struct rs_event_break out;

    ck_ok(rs_store_events_verify(cx, store, &out));
    return out;
}

static void alter(const char *sql)
{
    (void)scratch_number(sql);
}

START_TEST(an_event_comes_back_as_it_was_appended)
{
    const struct rs_event put_one = put("model_alias.set", "models/iris/aliases/champion", 7, 0);
    const struct rs_list events = read((struct rs_event_range){0});
    const struct rs_event *e = events.p;

    ck_assert_uint_eq(events.n, 1);
    ck_assert_int_eq(e->seq, 1);
    ck_assert_int_eq(e->at, put_one.at);
    ck_text(e->actor, "ada");
    ck_text(e->kind, "model_alias.set");
    ck_text(e->subject, "models/iris/aliases/champion");
    ck_assert_int_eq(e->model, 7);
    ck_text(e->before, "");
    ck_text(e->after, "version=1");
    ck_assert_int_eq(e->group, 1);
    ck_assert(rs_str_eq(e->hash, put_one.hash));
}
END_TEST

START_TEST(a_group_goes_on_when_it_is_named)
{
    const struct rs_event first = put("promotion.made", "promotions", 0, 0);

    ck_assert_int_eq(put("model_alias.set", "a", 1, first.group).group, first.seq);
    ck_assert_int_eq(put("model_alias.set", "b", 1, 0).group, 3);
    const struct rs_list events = read((struct rs_event_range){.group = first.seq});
    ck_assert_uint_eq(events.n, 2);
}
END_TEST

START_TEST(events_are_found_by_range_model_and_subject)
{
    put("a", "x", 1, 0);
    put("a", "y", 2, 0);
    put("a", "x", 1, 0);
    put("a", "z", 0, 0);

    const struct rs_list between = read((struct rs_event_range){.after = 1, .until = 3});
    ck_assert_uint_eq(between.n, 2);
    ck_assert_int_eq(seq_of(&between, 0), 2);
    const struct rs_list of_model = read((struct rs_event_range){.model = 1});
    ck_assert_uint_eq(of_model.n, 2);
    ck_assert_int_eq(seq_of(&of_model, 1), 3);
    const struct rs_list of_models = read((struct rs_event_range){.of_models = true, .after = 1});
    ck_assert_uint_eq(of_models.n, 2);
    ck_assert_int_eq(seq_of(&of_models, 0), 2);
    ck_assert_int_eq(seq_of(&of_models, 1), 3);
    const struct rs_list of_subject = read((struct rs_event_range){.subject = RS_STR("y")});
    ck_assert_uint_eq(of_subject.n, 1);
    ck_assert_int_eq(seq_of(&of_subject, 0), 2);
    const struct rs_list newest = read(
        (struct rs_event_range){.newest_first = true, .limit = 2, .model = 1, .until = 2});
    ck_assert_uint_eq(newest.n, 1);
    ck_assert_int_eq(seq_of(&newest, 0), 1);
    const struct rs_list top = read((struct rs_event_range){.newest_first = true, .limit = 3});
    ck_assert_int_eq(seq_of(&top, 0), 4);
    ck_assert_int_eq(seq_of(&top, 2), 2);
}
END_TEST

START_TEST(a_seq_that_was_rolled_back_is_given_out_again)
{
    put("a", "x", 1, 0);
    scratch_commit();
    put("a", "lost", 1, 0);
    rs_store_rollback(store);
    ck_ok(rs_store_begin_write(cx, store));

    ck_assert_int_eq(put("a", "y", 1, 0).seq, 2);
    ck_assert_int_eq(verify().seq, 0);
    ck_assert_int_eq(verify().last, 2);
}
END_TEST

START_TEST(a_rejected_call_leaves_no_link_in_the_chain)
{
    put("a", "x", 1, 0);
    ck_ok(rs_store_call_begin(cx, store));
    put("a", "lost", 1, 0);
    ck_ok(rs_store_call_reject(cx, store));

    ck_assert_int_eq(put("a", "y", 1, 0).seq, 2);
    ck_assert_int_eq(verify().seq, 0);
}
END_TEST

START_TEST(the_newest_event_of_a_model_is_remembered)
{
    ck_assert_int_eq(rs_store_event_of_models(store), 0);
    put("run.created", "runs/r", 0, 0);
    ck_assert_int_eq(rs_store_event_of_models(store), 0);
    put("a", "x", 1, 0);
    put("run.created", "runs/r", 0, 0);
    ck_assert_int_eq(rs_store_event_of_models(store), 2);
    scratch_commit();
    put("a", "x", 1, 0);
    rs_store_rollback(store);
    ck_assert_int_eq(rs_store_event_of_models(store), 0); /* it is not known */
    ck_ok(rs_store_begin_write(cx, store));
    put("run.created", "runs/r", 0, 0);
    ck_assert_int_eq(rs_store_event_of_models(store), 3); /* behind this one there is none */
}
END_TEST

START_TEST(time_never_goes_backwards)
{
    const struct rs_event first = put("a", "x", 1, 0);

    scratch_number("UPDATE event SET at = at + 3600000 RETURNING 1");
    scratch_commit();
    rs_store_rollback(store); /* forgets what it remembers */
    ck_ok(rs_store_begin_write(cx, store));
    ck_assert_int_eq(put("a", "y", 1, 0).at, first.at + 3600000);
}
END_TEST

START_TEST(the_last_event_at_a_time_is_found)
{
    int64_t seq = -1;

    for (int i = 0; i < 3; i++) {
        put("a", "x", 1, 0);
    }
    alter("UPDATE event SET at = CASE seq WHEN 1 THEN 100 WHEN 2 THEN 200 ELSE 200 END"
          " RETURNING 1");
    ck_ok(rs_store_event_at(cx, store, 99, &seq));
    ck_assert_int_eq(seq, 0);
    ck_ok(rs_store_event_at(cx, store, 199, &seq));
    ck_assert_int_eq(seq, 1);
    ck_ok(rs_store_event_at(cx, store, 200, &seq));
    ck_assert_int_eq(seq, 3);
}
END_TEST

static const char *const alterations[] = {
    "UPDATE event SET actor = 'eve' WHERE seq = 3 RETURNING 1",
    "UPDATE event SET at = at + 1 WHERE seq = 3 RETURNING 1",
    "UPDATE event SET kind = 'b' WHERE seq = 3 RETURNING 1",
    "UPDATE event SET subject = 'y' WHERE seq = 3 RETURNING 1",
    "UPDATE event SET model = 9 WHERE seq = 3 RETURNING 1",
    "UPDATE event SET before = 'version=9' WHERE seq = 3 RETURNING 1",
    "UPDATE event SET after = 'version=9' WHERE seq = 3 RETURNING 1",
    "UPDATE event SET event_group = 1 WHERE seq = 3 RETURNING 1",
    "UPDATE event SET hash = 'x' WHERE seq = 3 RETURNING 1",
    "DELETE FROM event WHERE seq = 3 RETURNING 1",
};

START_TEST(the_first_altered_event_is_named)
{
    for (int i = 0; i < 5; i++) {
        put("a", "x", 1, 0);
    }
    ck_assert_int_eq(verify().seq, 0);
    alter(alterations[_i]);
    ck_assert_int_eq(verify().seq, 3);
    ck_assert_int_eq(verify().last, 2);
}
END_TEST

START_TEST(a_log_longer_than_a_chunk_is_whole)
{
    int64_t last = 0;

    for (int i = 0; i < 2001; i++) {
        put("a", "x", 1, 0);
    }
    ck_assert_int_eq(verify().seq, 0);
    ck_assert_int_eq(verify().last, 2001);
    ck_ok(rs_store_event_last(cx, store, &last));
    ck_assert_int_eq(last, 2001);
    alter("UPDATE event SET actor = 'eve' WHERE seq = 1001 RETURNING 1");
    ck_assert_int_eq(verify().seq, 1001);
}
END_TEST

START_TEST(a_tail_that_was_cut_off_is_missed)
{
    for (int i = 0; i < 5; i++) {
        put("a", "x", 1, 0);
    }
    alter("DELETE FROM event WHERE seq >= 4 RETURNING 1");
    ck_assert_int_eq(verify().seq, 4);
    ck_assert_int_eq(verify().last, 3);
    alter("DELETE FROM event RETURNING 1");
    ck_assert_int_eq(verify().seq, 1);
}
END_TEST

START_TEST(a_whole_log_ends_with_the_hash_of_the_newest_event)
{
    ck_text(verify().hash, "");
    put("a", "x", 1, 0);
    const struct rs_event newest = put("a", "x", 1, 0);
    ck_assert(rs_str_eq(verify().hash, newest.hash));
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, an_event_comes_back_as_it_was_appended);
    tcase_add_test(t, a_group_goes_on_when_it_is_named);
    tcase_add_test(t, events_are_found_by_range_model_and_subject);
    tcase_add_test(t, a_seq_that_was_rolled_back_is_given_out_again);
    tcase_add_test(t, a_rejected_call_leaves_no_link_in_the_chain);
    tcase_add_test(t, the_newest_event_of_a_model_is_remembered);
    tcase_add_test(t, time_never_goes_backwards);
    tcase_add_test(t, the_last_event_at_a_time_is_found);
    tcase_add_loop_test(t, the_first_altered_event_is_named, 0,
                        sizeof alterations / sizeof alterations[0]);
    tcase_add_test(t, a_log_longer_than_a_chunk_is_whole);
    tcase_add_test(t, a_tail_that_was_cut_off_is_missed);
    tcase_add_test(t, a_whole_log_ends_with_the_hash_of_the_newest_event);
}

int main(void)
{
    return scratch_main("store/events", open_all, add);
}
