/* SPDX-License-Identifier: Apache-2.0 */
/* The waist between SQL and the engine, on SQLite: values, transactions, limits, files. */
#include "store/db/db.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/clock.h"
#include "support/trial.h"

static const char *path;
static struct rs_db *db; /* may write */

static enum rs_code open_db(bool read_only, struct rs_db **out)
{
    return rs_db_sqlite.open(&cx, &(struct rs_db_options){.where = path, .read_only = read_only},
                             out);
}

static void open_all(void)
{
    path = folder_path(&arena, "test.db");
    ck_ok(open_db(false, &db));
    ck_ok(db->ops->script(&cx, db,
                          "CREATE TABLE t (k TEXT NOT NULL PRIMARY KEY, v BLOB) WITHOUT ROWID;"));
}

static void close_all(void)
{
    db->ops->close(db);
    close_context();
}

static enum rs_code put(const char *key, struct rs_val value)
{
    static const struct rs_sql PUT = {"put", "INSERT INTO t (k, v) VALUES ($1, $2)", false};

    return rs_db_run(&cx, db, &PUT, RS_BIND(rs_text(rs_str_of(key)), value));
}

/* The first column of the first row of a statement made for one call; text is the arena's. */
static struct rs_val ask(struct rs_db *of, const char *text, struct rs_bind bind)
{
    const struct rs_sql sql = {"ask", text, true};
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    ck_ok(rs_db_query(&cx, of, &sql, bind, &rows));
    ck_ok(rs_rows_next(&cx, rows, &has_row));
    ck_assert(has_row);
    struct rs_val v = rs_row_val(rows, 0);
    if (v.kind == RS_VAL_STR) {
        v.s = rs_arena_str(&arena, v.s);
    }
    return v;
}

static int64_t count(struct rs_db *of)
{
    return ask(of, "SELECT count(*) FROM t", RS_NO_ARGS).i;
}

static int64_t size_of(const char *suffix)
{
    struct stat st;

    ck_assert_int_eq(stat(rs_arena_fmt(&arena, "%s%s", path, suffix).p, &st), 0);
    return st.st_size;
}

/* What tells -0.0 from 0.0. */
static uint64_t bits(double v)
{
    uint64_t b = 0;

    memcpy(&b, &v, sizeof b);
    return b;
}

START_TEST(parameters_may_stand_out_of_order_and_repeat)
{
    static const struct rs_sql SQL = {"order", "SELECT $3, $1, $2, $3, $10 || $1", false};
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    ck_ok(rs_db_query(&cx, db, &SQL,
                      RS_BIND(rs_text(RS_STR("one")), rs_i64(2), rs_f64(3.5), rs_null(), rs_null(),
                              rs_null(), rs_null(), rs_null(), rs_null(), rs_text(RS_STR("ten "))),
                      &rows));
    ck_ok(rs_rows_next(&cx, rows, &has_row));
    ck_assert(has_row);
    ck_assert_double_eq(rs_row_f64(rows, 0), 3.5);
    ck_assert_text(rs_row_str(&cx, rows, 1), "one");
    ck_assert_int_eq(rs_row_i64(rows, 2), 2);
    ck_assert_double_eq(rs_row_f64(rows, 3), 3.5);
    ck_assert_text(rs_row_str(&cx, rows, 4), "ten one");
    ck_ok(rs_rows_next(&cx, rows, &has_row));
    ck_assert(!has_row);
}
END_TEST

START_TEST(a_statement_does_not_run_with_values_of_the_call_before)
{
    static const struct rs_sql SQL = {"two", "SELECT $1, $2", false};

    ck_ok(rs_db_run(&cx, db, &SQL, RS_BIND(rs_i64(1), rs_i64(2))));
    ck_fails(rs_db_run(&cx, db, &SQL, RS_BIND(rs_i64(1))), RS_INTERNAL, "1 parameters for $2");
    ck_ok(rs_db_run(&cx, db, &SQL, RS_BIND(rs_i64(1), rs_i64(2))));
}
END_TEST

START_TEST(a_statement_is_not_run_again_when_its_end_is_asked_for_twice)
{
    static const struct rs_sql SQL = {
        "put_default", "INSERT INTO t (k) VALUES ('k' || (SELECT count(*) FROM t)) RETURNING k",
        false};
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    ck_ok(rs_db_query(&cx, db, &SQL, RS_NO_ARGS, &rows));
    ck_ok(rs_rows_next(&cx, rows, &has_row));
    ck_assert(has_row);
    for (int i = 0; i < 3; i++) {
        ck_ok(rs_rows_next(&cx, rows, &has_row));
        ck_assert(!has_row);
    }
    ck_assert_int_eq(count(db), 1);
}
END_TEST

START_TEST(every_double_but_nan_comes_back_bit_for_bit)
{
    static const double doubles[] = {0.0, -0.0, 1.0, -1.0, 0.1, 1e22, 9007199254740993.0, DBL_MAX,
                                     DBL_MIN, 4.9e-324, -2.2e-310, INFINITY, -INFINITY, 1e-5,
                                     /* Beyond 2^63, where an integer's affinity would round. */
                                     9223372036854775808.0};

    for (size_t i = 0; i < sizeof doubles / sizeof doubles[0]; i++) {
        const struct rs_str key = rs_arena_fmt(&arena, "%zu", i);

        ck_ok(put(key.p, rs_f64(doubles[i])));
        const struct rs_val v = ask(db, "SELECT v FROM t WHERE k = $1", RS_BIND(rs_text(key)));
        ck_assert_int_eq(v.kind, RS_VAL_F64);
        ck_assert_msg(bits(v.f) == bits(doubles[i]), "%a became %a", doubles[i], v.f);
    }
}
END_TEST

START_TEST(a_nan_becomes_null_which_is_why_it_has_a_flag_beside_it)
{
    ck_ok(put("nan", rs_f64((double)NAN)));
    ck_assert_int_eq(ask(db, "SELECT v FROM t", RS_NO_ARGS).kind, RS_VAL_NULL);
}
END_TEST

START_TEST(integers_have_64_bits)
{
    static const int64_t numbers[] = {INT64_MIN, INT64_MAX, 0, -1, (INT64_C(1) << 53) + 1};

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        const struct rs_val v = ask(db, "SELECT $1", RS_BIND(rs_i64(numbers[i])));

        ck_assert_int_eq(v.kind, RS_VAL_I64);
        ck_assert_int_eq(v.i, numbers[i]);
    }
}
END_TEST

START_TEST(texts_keep_their_nuls_their_emptiness_and_their_unicode)
{
    static const struct rs_str texts[] = {RS_STR_INIT(""),
                                          RS_STR_INIT("a\0b\0"),
                                          RS_STR_INIT("\0"),
                                          RS_STR_INIT("gr\xC3\xBC\xC3\x9F"),
                                          RS_STR_INIT("\xF0\x9F\xA6\x86 \xE2\x80\xAE"),
                                          RS_STR_INIT("'; DROP TABLE t; --")};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const struct rs_str key = rs_arena_fmt(&arena, "%zu", i);

        ck_ok(put(key.p, rs_text(texts[i])));
        const struct rs_val v = ask(db, "SELECT v FROM t WHERE k = $1", RS_BIND(rs_text(key)));
        ck_assert_int_eq(v.kind, RS_VAL_STR);
        ck_assert(rs_str_eq(v.s, texts[i]));
    }
    ck_assert_int_eq(count(db), sizeof texts / sizeof texts[0]);
}
END_TEST

START_TEST(an_absent_text_is_null_and_null_reads_as_nothing)
{
    static const struct rs_sql SQL = {"null", "SELECT v FROM t", false};
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    ck_ok(put("null", rs_text((struct rs_str){0})));
    ck_ok(rs_db_query(&cx, db, &SQL, RS_NO_ARGS, &rows));
    ck_ok(rs_rows_next(&cx, rows, &has_row));
    ck_assert(rs_row_is_null(rows, 0));
    ck_assert_int_eq(rs_row_i64(rows, 0), 0);
    ck_assert_double_eq(rs_row_f64(rows, 0), 0);
    ck_assert_ptr_null(rs_row_str(&cx, rows, 0).p);
}
END_TEST

START_TEST(a_statement_that_is_wrong_is_named_in_the_error)
{
    ck_fails(rs_db_run(&cx, db, &((struct rs_sql){"typo", "SELEKT 1", true}), RS_NO_ARGS),
             RS_INTERNAL, "could not run typo:");
    ck_ok(put("a", rs_i64(1)));
    ck_fails(put("a", rs_i64(2)), RS_INTERNAL, "could not run put: UNIQUE");
}
END_TEST

START_TEST(hundreds_of_statements_stay_prepared_and_one_too_many_is_refused)
{
    enum { MOST = 511 };
    static struct rs_sql sql[MOST + 1];

    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < MOST; i++) {
            RS_AUTO_ROWS *rows = NULL;
            bool has_row = false;

            sql[i] = (struct rs_sql){"many", rs_arena_fmt(&arena, "SELECT %d", i).p, false};
            ck_ok(rs_db_query(&cx, db, &sql[i], RS_NO_ARGS, &rows));
            ck_ok(rs_rows_next(&cx, rows, &has_row));
            ck_assert_int_eq(rs_row_i64(rows, 0), i);
        }
    }
    sql[MOST] = (struct rs_sql){"last", "SELECT 1", false};
    ck_fails(rs_db_run(&cx, db, &sql[MOST], RS_NO_ARGS), RS_INTERNAL, "too many statements");
    sql[MOST].once = true;
    ck_ok(rs_db_run(&cx, db, &sql[MOST], RS_NO_ARGS));
}
END_TEST

START_TEST(changed_counts_the_rows_that_a_statement_touched)
{
    static const struct rs_sql ADD = {
        "add", "INSERT INTO t (k) VALUES ($1), ($2) ON CONFLICT DO NOTHING", false};
    static const struct rs_sql ALL = {"all", "UPDATE t SET v = 1", false};
    static const struct rs_sql DROP = {"drop", "DELETE FROM t WHERE k = $1", false};
    const struct rs_val a = rs_text(RS_STR("a"));
    int64_t n = -1;

    ck_ok(rs_db_change(&cx, db, &ADD, RS_BIND(a, rs_text(RS_STR("b"))), &n));
    ck_assert_int_eq(n, 2);
    ck_ok(rs_db_change(&cx, db, &ADD, RS_BIND(a, rs_text(RS_STR("c"))), &n));
    ck_assert_int_eq(n, 1);
    ck_ok(rs_db_change(&cx, db, &ADD, RS_BIND(a, a), &n));
    ck_assert_int_eq(n, 0);
    ck_ok(rs_db_change(&cx, db, &ALL, RS_NO_ARGS, &n));
    ck_assert_int_eq(n, 3);
    ck_ok(rs_db_change(&cx, db, &DROP, RS_BIND(a), &n));
    ck_assert_int_eq(n, 1);
    ck_ok(rs_db_change(&cx, db, &DROP, RS_BIND(a), &n));
    ck_assert_int_eq(n, 0);
}
END_TEST

START_TEST(like_follows_case_for_readers_too)
{
    struct rs_db *reader = NULL;

    ck_ok(open_db(true, &reader));
    ck_assert_int_eq(ask(db, "SELECT 'abc' LIKE 'A%'", RS_NO_ARGS).i, 0);
    ck_assert_int_eq(ask(reader, "SELECT 'abc' LIKE 'A%'", RS_NO_ARGS).i, 0);
    ck_assert_int_eq(ask(reader, "SELECT 'abc' LIKE 'a%'", RS_NO_ARGS).i, 1);
    reader->ops->close(reader);
}
END_TEST

static void verb(enum rs_db_verb v)
{
    ck_ok(rs_db_verb(&cx, db, v));
}

START_TEST(a_bit_is_in_the_bytes_or_not_set)
{
    const struct rs_val bytes = rs_text((struct rs_str){"\0\x81", 2});

    for (int64_t n = -9; n < 40; n++) {
        ck_assert_int_eq(ask(db, "SELECT has_bit($1, $2)", RS_BIND(bytes, rs_i64(n))).i,
                         n == 8 || n == 15);
    }
    ck_assert_int_eq(ask(db, "SELECT has_bit($1, $2)", RS_BIND(bytes, rs_i64(INT64_MAX))).i, 0);
    ck_assert_int_eq(ask(db, "SELECT has_bit($1, $2)", RS_BIND(rs_text(RS_STR("")), rs_i64(0))).i,
                     0);
}
END_TEST

START_TEST(a_savepoint_is_kept_or_undone_by_itself)
{
    verb(RS_DB_BEGIN_WRITE);
    verb(RS_DB_SAVEPOINT);
    ck_ok(put("kept", rs_null()));
    verb(RS_DB_RELEASE);
    verb(RS_DB_SAVEPOINT);
    ck_ok(put("undone", rs_null()));
    ck_fails(put("undone", rs_null()), RS_INTERNAL, "UNIQUE");
    verb(RS_DB_ROLLBACK_TO);
    verb(RS_DB_SAVEPOINT);
    ck_ok(put("undone, then kept", rs_null()));
    verb(RS_DB_RELEASE);
    verb(RS_DB_COMMIT);
    ck_assert_int_eq(count(db), 2);
    ck_assert_int_eq(ask(db, "SELECT count(*) FROM t WHERE k = 'undone'", RS_NO_ARGS).i, 0);
}
END_TEST

START_TEST(a_rollback_undoes_all_and_may_be_repeated)
{
    verb(RS_DB_BEGIN_WRITE);
    ck_ok(put("a", rs_null()));
    verb(RS_DB_ROLLBACK);
    verb(RS_DB_ROLLBACK);
    ck_assert_int_eq(count(db), 0);
}
END_TEST

START_TEST(a_reader_sees_its_snapshot_until_it_ends)
{
    struct rs_db *reader = NULL;

    ck_ok(open_db(true, &reader));
    ck_ok(put("a", rs_null()));
    ck_ok(rs_db_verb(&cx, reader, RS_DB_BEGIN_READ));
    ck_assert_int_eq(count(reader), 1);
    ck_ok(put("b", rs_null()));
    ck_assert_int_eq(count(reader), 1);
    ck_ok(rs_db_verb(&cx, reader, RS_DB_ROLLBACK));
    ck_assert_int_eq(count(reader), 2);
    reader->ops->close(reader);
}
END_TEST

START_TEST(a_reader_cannot_write)
{
    static const struct rs_sql DROP = {"drop_all", "DELETE FROM t", false};
    struct rs_db *reader = NULL;

    ck_ok(put("a", rs_null()));
    ck_ok(open_db(true, &reader));
    ck_fails(rs_db_run(&cx, reader, &DROP, RS_NO_ARGS), RS_UNAVAILABLE, "readonly");
    ck_fails(reader->ops->script(&cx, reader, "PRAGMA query_only = OFF; DELETE FROM t;"),
             RS_UNAVAILABLE, "readonly");
    reader->ops->close(reader);
    ck_assert_int_eq(count(db), 1);
}
END_TEST

START_TEST(a_second_writer_is_refused_until_the_first_one_closes)
{
    struct rs_db *second = NULL;

    ck_fails(open_db(false, &second), RS_UNAVAILABLE, "another server is running on this data");
    ck_assert_ptr_null(second);
    db->ops->close(db);
    ck_ok(open_db(false, &db));
}
END_TEST

START_TEST(a_file_that_cannot_be_a_database_is_refused)
{
    const char *garbage = folder_path(&arena, "garbage.db");
    const char *nowhere = folder_path(&arena, "no/such/folder/x.db");
    FILE *f = fopen(garbage, "w");
    struct rs_db *no = NULL;

    ck_assert_ptr_nonnull(f);
    for (int i = 0; i < 1000; i++) {
        fputs("this is no database. ", f);
    }
    fclose(f);
    ck_fails(rs_db_sqlite.open(&cx, &((struct rs_db_options){.where = garbage}), &no), RS_CORRUPT,
             "is damaged");
    ck_fails(rs_db_sqlite.open(&cx, &((struct rs_db_options){.where = nowhere}), &no),
             RS_UNAVAILABLE, "could not open");
    ck_fails(
        rs_db_sqlite.open(&cx, &((struct rs_db_options){.where = nowhere, .read_only = true}), &no),
        RS_UNAVAILABLE, "could not open");
}
END_TEST

/* Counts to far more than a machine can in a minute. */
#define ENDLESS                                                                                    \
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000000) "

START_TEST(a_long_query_ends_at_its_deadline)
{
    static const struct rs_sql SQL = {"endless", ENDLESS "SELECT count(*) FROM n", false};
    const int64_t start = rs_clock_mono_ns();

    cx.deadline_ns = start + RS_MS_AS_NS(50);
    ck_fails(rs_db_run(&cx, db, &SQL, RS_NO_ARGS), RS_LATE, "longer than the server allows");
    ck_assert_int_lt(rs_clock_mono_ns() - start, RS_S_AS_NS(20));
    cx.deadline_ns = 0;
    ck_assert_int_eq(count(db), 0);
}
END_TEST

START_TEST(a_query_beyond_its_deadline_undoes_nothing_of_the_transaction)
{
    static const struct rs_sql SQL = {"endless", ENDLESS "SELECT count(*) FROM n", false};

    verb(RS_DB_BEGIN_WRITE);
    ck_ok(put("a", rs_null()));
    verb(RS_DB_SAVEPOINT);
    cx.deadline_ns = 1;
    ck_fails(rs_db_run(&cx, db, &SQL, RS_NO_ARGS), RS_LATE, "longer");
    /* A verb ends in any case. */
    verb(RS_DB_ROLLBACK_TO);
    verb(RS_DB_COMMIT);
    cx.deadline_ns = 0;
    ck_assert_int_eq(count(db), 1);
}
END_TEST

START_TEST(a_change_is_not_cut_short_because_that_would_undo_the_calls_of_others)
{
    static const struct rs_sql SQL = {
        "long_change",
        "INSERT INTO t (k)"
        " WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
        " SELECT 'k' || i FROM n",
        false};

    verb(RS_DB_BEGIN_WRITE);
    ck_ok(put("a", rs_null()));
    cx.deadline_ns = 1;
    ck_ok(rs_db_run(&cx, db, &SQL, RS_NO_ARGS));
    cx.deadline_ns = 0;
    verb(RS_DB_COMMIT);
    ck_assert_int_eq(count(db), 20001);
}
END_TEST

START_TEST(a_full_disk_undoes_the_transaction_and_nothing_more_is_done_in_it)
{
    static const struct rs_sql BIG = {
        "big", "INSERT INTO t (k, v) VALUES ('big', zeroblob(10000000))", false};

    ck_ok(db->ops->script(&cx, db, "PRAGMA max_page_count = 100;"));
    verb(RS_DB_BEGIN_WRITE);
    verb(RS_DB_SAVEPOINT);
    ck_ok(put("a", rs_null()));
    verb(RS_DB_RELEASE);
    verb(RS_DB_SAVEPOINT);
    ck_fails(rs_db_run(&cx, db, &BIG, RS_NO_ARGS), RS_UNAVAILABLE, "full");
    ck_fails(rs_db_verb(&cx, db, RS_DB_ROLLBACK_TO), RS_UNAVAILABLE, "has been undone");
    ck_fails(rs_db_verb(&cx, db, RS_DB_SAVEPOINT), RS_UNAVAILABLE, "has been undone");
    ck_fails(rs_db_verb(&cx, db, RS_DB_RELEASE), RS_UNAVAILABLE, "has been undone");
    ck_fails(rs_db_verb(&cx, db, RS_DB_COMMIT), RS_UNAVAILABLE, "has been undone");
    verb(RS_DB_ROLLBACK);
    ck_assert_int_eq(count(db), 0);
    verb(RS_DB_BEGIN_WRITE);
    ck_ok(put("b", rs_null()));
    verb(RS_DB_COMMIT);
    ck_assert_int_eq(count(db), 1);
}
END_TEST

static void put_mebibytes(int n)
{
    char *bytes = rs_arena_alloc(&arena, 1, 1 << 20);

    memset(bytes, 'x', 1 << 20);
    verb(RS_DB_BEGIN_WRITE);
    for (int i = 0; i < n; i++) {
        const struct rs_str key = rs_arena_fmt(&arena, "%" PRId64 "-%d", count(db), i);

        ck_ok(put(key.p, rs_text((struct rs_str){bytes, 1 << 20})));
    }
    verb(RS_DB_COMMIT);
}

START_TEST(what_is_committed_goes_into_the_database_when_nothing_waits)
{
    put_mebibytes(1);
    ck_assert_int_lt(size_of(""), 1 << 20);
    ck_ok(db->ops->maintain(&cx, db, false));
    ck_assert_int_lt(size_of(""), 1 << 20); /* too little to be worth it */
    ck_ok(db->ops->maintain(&cx, db, true));
    ck_assert_int_ge(size_of(""), 1 << 20);
}
END_TEST

START_TEST(a_log_that_has_grown_is_copied_and_cut_though_calls_wait)
{
    put_mebibytes(17);
    ck_ok(db->ops->maintain(&cx, db, false));
    ck_assert_int_ge(size_of(""), 17 << 20);
    put_mebibytes(65);
    ck_ok(db->ops->maintain(&cx, db, false));
    ck_assert_int_eq(size_of("-wal"), 0);
    ck_assert_int_eq(count(db), 82);
}
END_TEST

START_TEST(a_log_that_has_grown_too_long_waits_for_its_readers)
{
    struct rs_db *reader = NULL;

    ck_ok(open_db(true, &reader));
    ck_ok(rs_db_verb(&cx, reader, RS_DB_BEGIN_READ));
    ck_assert_int_eq(count(reader), 0);
    put_mebibytes(130);
    const int64_t start = rs_clock_mono_ns();
    ck_ok(db->ops->maintain(&cx, db, false));
    ck_assert_int_ge(rs_clock_mono_ns() - start, RS_MS_AS_NS(900)); /* in vain: we are that reader
                                                                     */
    ck_ok(rs_db_verb(&cx, reader, RS_DB_ROLLBACK));
    ck_ok(put("after", rs_null()));
    ck_ok(db->ops->maintain(&cx, db, false));
    ck_assert_int_eq(size_of("-wal"), 0);
    reader->ops->close(reader);
}
END_TEST

START_TEST(a_checkpoint_waits_for_no_reader)
{
    struct rs_db *reader = NULL;

    ck_ok(open_db(true, &reader));
    ck_ok(rs_db_verb(&cx, reader, RS_DB_BEGIN_READ));
    ck_assert_int_eq(count(reader), 0);
    put_mebibytes(65);
    const int64_t start = rs_clock_mono_ns();
    ck_ok(db->ops->maintain(&cx, db, false));
    ck_assert_int_lt(rs_clock_mono_ns() - start, RS_S_AS_NS(4));
    ck_assert_int_ge(size_of("-wal"), 65 << 20);
    ck_ok(rs_db_verb(&cx, reader, RS_DB_ROLLBACK));
    ck_ok(put("after", rs_null()));
    ck_ok(db->ops->maintain(&cx, db, false));
    ck_assert_int_eq(size_of("-wal"), 0);
    ck_assert_int_eq(count(reader), 66);
    reader->ops->close(reader);
}
END_TEST

static void add_statements(TCase *t)
{
    tcase_add_test(t, parameters_may_stand_out_of_order_and_repeat);
    tcase_add_test(t, a_statement_does_not_run_with_values_of_the_call_before);
    tcase_add_test(t, a_statement_is_not_run_again_when_its_end_is_asked_for_twice);
    tcase_add_test(t, every_double_but_nan_comes_back_bit_for_bit);
    tcase_add_test(t, a_nan_becomes_null_which_is_why_it_has_a_flag_beside_it);
    tcase_add_test(t, integers_have_64_bits);
    tcase_add_test(t, texts_keep_their_nuls_their_emptiness_and_their_unicode);
    tcase_add_test(t, an_absent_text_is_null_and_null_reads_as_nothing);
    tcase_add_test(t, a_statement_that_is_wrong_is_named_in_the_error);
    tcase_add_test(t, hundreds_of_statements_stay_prepared_and_one_too_many_is_refused);
    tcase_add_test(t, changed_counts_the_rows_that_a_statement_touched);
    tcase_add_test(t, like_follows_case_for_readers_too);
    tcase_add_test(t, a_bit_is_in_the_bytes_or_not_set);
}

static void add(TCase *t)
{
    tcase_set_timeout(t, 60); /* long logs, on whatever disk this is */
    add_statements(t);
    tcase_add_test(t, a_savepoint_is_kept_or_undone_by_itself);
    tcase_add_test(t, a_rollback_undoes_all_and_may_be_repeated);
    tcase_add_test(t, a_reader_sees_its_snapshot_until_it_ends);
    tcase_add_test(t, a_reader_cannot_write);
    tcase_add_test(t, a_second_writer_is_refused_until_the_first_one_closes);
    tcase_add_test(t, a_file_that_cannot_be_a_database_is_refused);
    tcase_add_test(t, a_long_query_ends_at_its_deadline);
    tcase_add_test(t, a_query_beyond_its_deadline_undoes_nothing_of_the_transaction);
    tcase_add_test(t, a_change_is_not_cut_short_because_that_would_undo_the_calls_of_others);
    tcase_add_test(t, a_full_disk_undoes_the_transaction_and_nothing_more_is_done_in_it);
    tcase_add_test(t, what_is_committed_goes_into_the_database_when_nothing_waits);
    tcase_add_test(t, a_log_that_has_grown_is_copied_and_cut_though_calls_wait);
    tcase_add_test(t, a_checkpoint_waits_for_no_reader);
    tcase_add_test(t, a_log_that_has_grown_too_long_waits_for_its_readers);
}

int main(void)
{
    return run_trials(
        &(struct trials){.name = "store/db", .open = open_all, .close = close_all, .add = add});
}
