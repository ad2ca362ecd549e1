/* SPDX-License-Identifier: Apache-2.0 */
/* The store's life: the schema, settings, and what a transaction keeps. */
#include "store/store.h"

#include "store/experiment.h"
#include "store/migrations.h"
#include "store/sql/sql.h"
#include "support/trial.h"

static struct rs_store *store; /* may write */
static const char *path;

static enum rs_code open_one(bool read_only, struct rs_store **out)
{
    return rs_store_open(&cx, &(struct rs_store_options){.where = path, .read_only = read_only},
                         out);
}

static void open_all(void)
{
    path = folder_path(&arena, "store.db");
    ck_ok(open_one(false, &store));
}

static void close_all(void)
{
    rs_store_close(store);
    close_context();
}

static int64_t number_of(struct rs_store *s, const char *text)
{
    const struct rs_sql sql = {"number_of", text, true};
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    ck_ok(rs_db_query(&cx, s->db, &sql, RS_NO_ARGS, &rows));
    ck_ok(rs_rows_next(&cx, rows, &has_row));
    ck_assert(has_row);
    return rs_row_i64(rows, 0);
}

static void add_experiment(const char *name)
{
    int64_t id = 0;

    ck_ok(rs_store_experiment_create(
        &cx, store,
        &(struct rs_experiment_new){.name = rs_str_of(name), .artifact_root = RS_STR("root:")},
        &id));
}

static void run_script(const char *text)
{
    ck_ok(store->db->ops->script(&cx, store->db, text));
}

START_TEST(figures_tell_commits_and_sizes)
{
    const struct rs_store_figures before = rs_store_figures(store);
    const uint64_t n = rs_histogram_n(before.commits);

    ck_assert_uint_ge(before.free_bytes, 1);
    ck_ok(rs_store_begin_write(&cx, store));
    add_experiment("figures");
    ck_ok(rs_store_commit(&cx, store));
    const struct rs_store_figures after = rs_store_figures(store);
    ck_assert_uint_eq(rs_histogram_n(after.commits), n + 1);
    ck_assert_uint_gt(after.log_bytes, 0);
    const uint64_t checkpoints = rs_histogram_n(after.checkpoints);
    ck_ok(rs_store_maintain(&cx, store, true));
    ck_assert_uint_eq(rs_histogram_n(after.checkpoints), checkpoints + 1);
    ck_assert_uint_ge(rs_store_figures(store).bytes, 4096);
}
END_TEST

START_TEST(each_migration_is_applied_once)
{
    run_script("UPDATE migration SET applied_at = 5;");
    rs_store_close(store);
    ck_ok(open_one(false, &store));
    ck_assert_int_eq(number_of(store, "SELECT count(*) FROM migration WHERE applied_at = 5"),
                     rs_n_migrations);
    ck_assert_int_eq(number_of(store, "SELECT count(*) FROM migration"), rs_n_migrations);
}
END_TEST

START_TEST(a_migration_is_spelled_in_the_words_of_the_engine)
{
    ck_assert_int_eq(number_of(store, "SELECT count(*) FROM sqlite_master WHERE sql LIKE '%{{%'"),
                     0);
    ck_assert_int_ge(
        number_of(store, "SELECT count(*) FROM sqlite_master WHERE sql LIKE '%WITHOUT ROWID%'"), 1);
}
END_TEST

START_TEST(a_word_that_the_engine_does_not_know_stops_the_migration)
{
    static const struct rs_db_word no_words[] = {{NULL, NULL}};
    const struct rs_db_options options = {.where = folder_path(&arena, "other.db")};
    struct rs_db_ops ops = rs_db_sqlite;
    struct rs_db *db = NULL;

    ops.words = no_words;
    ck_ok(rs_db_sqlite.open(&cx, &options, &db));
    db->ops = &ops;
    ck_fails(rs_migrate(&cx, db), RS_INTERNAL, "has a word that sqlite does not know");
    db->ops->close(db);
}
END_TEST

START_TEST(a_database_of_a_newer_program_is_refused)
{
    struct rs_store *again = NULL;

    run_script("INSERT INTO migration (name, applied_at) VALUES ('9999-the-future', 1);");
    rs_store_close(store);
    store = NULL;
    ck_fails(open_one(false, &again), RS_INVALID, "\"9999-the-future\"");
    ck_assert_ptr_null(again);
    /* And the refusal has let go of the lock. */
    ck_fails(open_one(false, &again), RS_INVALID, "use a newer one");
}
END_TEST

START_TEST(a_database_whose_history_is_not_ours_is_refused)
{
    struct rs_store *again = NULL;

    run_script("UPDATE migration SET name = '0000-another' WHERE name = (SELECT min(name) FROM "
               "migration);");
    rs_store_close(store);
    store = NULL;
    ck_fails(open_one(false, &again), RS_INVALID, "\"0000-another\"");
}
END_TEST

START_TEST(a_second_server_is_refused_with_one_clear_line)
{
    struct rs_store *second = NULL;

    ck_fails(open_one(false, &second), RS_UNAVAILABLE,
             "another server is running on this data folder");
}
END_TEST

START_TEST(a_setting_is_made_once_and_stays)
{
    struct rs_str value;

    ck_ok(rs_store_setting(&cx, store, "color", RS_STR("red"), &value));
    ck_assert_text(value, "red");
    ck_ok(rs_store_setting(&cx, store, "color", RS_STR("blue"), &value));
    ck_assert_text(value, "red");
    rs_store_close(store);
    ck_ok(open_one(false, &store));
    ck_ok(rs_store_setting(&cx, store, "color", RS_STR("blue"), &value));
    ck_assert_text(value, "red");
    ck_ok(rs_store_setting(&cx, store, "shape", RS_STR(""), &value));
    ck_assert_ptr_nonnull(value.p);
    ck_assert_text(value, "");
}
END_TEST

START_TEST(a_call_is_accepted_or_rejected_by_itself)
{
    ck_ok(rs_store_begin_write(&cx, store));
    ck_ok(rs_store_call_begin(&cx, store));
    add_experiment("kept");
    ck_ok(rs_store_call_accept(&cx, store));
    ck_ok(rs_store_call_begin(&cx, store));
    add_experiment("undone");
    ck_ok(rs_store_call_reject(&cx, store));
    ck_ok(rs_store_commit(&cx, store));
    ck_assert_int_eq(number_of(store, "SELECT count(*) FROM experiment WHERE name = 'kept'"), 1);
    ck_assert_int_eq(number_of(store, "SELECT count(*) FROM experiment"), 1);
}
END_TEST

START_TEST(a_rollback_undoes_what_was_accepted)
{
    ck_ok(rs_store_begin_write(&cx, store));
    ck_ok(rs_store_call_begin(&cx, store));
    add_experiment("undone");
    ck_ok(rs_store_call_accept(&cx, store));
    rs_store_rollback(store);
    ck_assert_int_eq(number_of(store, "SELECT count(*) FROM experiment"), 0);
    rs_store_rollback(store); /* nothing is left to undo */
}
END_TEST

START_TEST(a_reader_sees_every_commit_before_its_snapshot_and_none_after)
{
    struct rs_store *reader = NULL;

    ck_ok(open_one(true, &reader));
    ck_ok(rs_store_check(&cx, reader));
    add_experiment("first");
    ck_ok(rs_store_begin_read(&cx, reader));
    ck_assert_int_eq(number_of(reader, "SELECT count(*) FROM experiment"), 1);
    add_experiment("second");
    ck_assert_int_eq(number_of(reader, "SELECT count(*) FROM experiment"), 1);
    rs_store_end_read(reader);
    ck_assert_int_eq(number_of(reader, "SELECT count(*) FROM experiment"), 2);
    rs_store_close(reader);
}
END_TEST

START_TEST(a_reader_needs_a_database_that_is_there)
{
    struct rs_store *reader = NULL;

    path = folder_path(&arena, "absent.db");
    ck_fails(open_one(true, &reader), RS_UNAVAILABLE, "could not open");
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, figures_tell_commits_and_sizes);
    tcase_add_test(t, each_migration_is_applied_once);
    tcase_add_test(t, a_migration_is_spelled_in_the_words_of_the_engine);
    tcase_add_test(t, a_word_that_the_engine_does_not_know_stops_the_migration);
    tcase_add_test(t, a_database_of_a_newer_program_is_refused);
    tcase_add_test(t, a_database_whose_history_is_not_ours_is_refused);
    tcase_add_test(t, a_second_server_is_refused_with_one_clear_line);
    tcase_add_test(t, a_setting_is_made_once_and_stays);
    tcase_add_test(t, a_call_is_accepted_or_rejected_by_itself);
    tcase_add_test(t, a_rollback_undoes_what_was_accepted);
    tcase_add_test(t, a_reader_sees_every_commit_before_its_snapshot_and_none_after);
    tcase_add_test(t, a_reader_needs_a_database_that_is_there);
}

int main(void)
{
    return run_trials(
        &(struct trials){.name = "store/store", .open = open_all, .close = close_all, .add = add});
}
