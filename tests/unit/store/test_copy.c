/* SPDX-License-Identifier: Apache-2.0 */
/* A store beside another one that writes: copies, readers that keep servers out, the audit. */
#include "store/store.h"

#include "store/audit.h"
#include "store/experiment.h"
#include "support/trial.h"

#include <unistd.h>

static const char *path;
static struct rs_store *writer;
static struct rs_store *reader;

static enum rs_code open_one(const char *where, struct rs_store **out)
{
    return rs_store_open(&cx,
                         &(struct rs_store_options){
                             .where = where, .read_only = true, .careful = true, .alone = true},
                         out);
}

static void open_all(void)
{
    path = folder_path(&arena, "test.db");
    ck_ok(rs_store_open(&cx, &(struct rs_store_options){.where = path}, &writer));
    ck_ok(open_one(path, &reader));
}

static void close_all(void)
{
    rs_store_close(reader);
    rs_store_close(writer);
    close_context();
}

static void add_experiment(const char *name)
{
    const struct rs_experiment_new e = {.name = rs_str_of(name), .artifact_root = RS_STR("root:")};
    int64_t id = 0;

    ck_ok(rs_store_begin_write(&cx, writer));
    ck_ok(rs_store_experiment_create(&cx, writer, &e, &id));
    ck_ok(rs_store_commit(&cx, writer));
}

static bool has_experiment(struct rs_store *s, const char *name)
{
    int64_t id = 0;
    const enum rs_code code = rs_store_experiment_find_name(&cx, s, rs_str_of(name), &id);

    rs_cx_clear(&cx);
    return code == RS_OK;
}

START_TEST(a_copy_has_every_commit_before_it_and_is_one_file)
{
    const char *to = folder_path(&arena, "copy.db");
    struct rs_store *copy = NULL;

    add_experiment("before");
    ck_ok(rs_store_copy(&cx, reader, to));
    add_experiment("after");
    ck_assert_int_ne(access(rs_arena_fmt(&arena, "%s-wal", to).p, F_OK), 0);
    ck_ok(open_one(to, &copy));
    ck_assert(has_experiment(copy, "before"));
    ck_assert(!has_experiment(copy, "after"));
    ck_assert(has_experiment(reader, "after"));
    rs_store_close(copy);
    ck_assert_int_ne(access(rs_arena_fmt(&arena, "%s-wal", to).p, F_OK), 0);
    ck_assert_int_ne(access(rs_arena_fmt(&arena, "%s-shm", to).p, F_OK), 0);
}
END_TEST

START_TEST(a_copy_to_where_nothing_can_be_written_is_an_error)
{
    ck_fails(rs_store_copy(&cx, reader, folder_path(&arena, "none/copy.db")), RS_UNAVAILABLE,
             "could not copy the database");
}
END_TEST

START_TEST(beside_a_writer_a_reader_is_not_alone_and_after_it_keeps_others_out)
{
    struct rs_store *second = NULL;

    ck_assert(!rs_store_is_alone(reader));
    rs_store_close(reader);
    rs_store_close(writer);
    writer = NULL;
    ck_ok(open_one(path, &reader));
    ck_ok(open_one(path, &second));
    ck_assert(rs_store_is_alone(reader));
    ck_assert(rs_store_is_alone(second));
    ck_fails(rs_store_open(&cx, &(struct rs_store_options){.where = path}, &writer), RS_UNAVAILABLE,
             "or it is being checked");
    rs_store_close(second);
}
END_TEST

static void count(void *arg, const struct rs_audit_finding *f)
{
    int *n = arg;

    ck_assert_ptr_nonnull(f->rule);
    ck_assert_uint_gt(f->where.n, 0);
    ck_assert_uint_gt(strlen(f->advice), 0);
    (*n)++;
}

START_TEST(a_sound_store_has_nothing_to_find)
{
    int n = 0;
    struct rs_audit audit = {.found = count, .arg = &n};
    struct rs_str schema;

    add_experiment("sound");
    ck_ok(rs_store_audit_file(&cx, reader, &audit));
    ck_ok(rs_store_audit_rows(&cx, reader, &audit));
    ck_assert_int_eq(n, 0);
    ck_assert_int_eq(audit.findings, 0);
    ck_ok(rs_store_schema_check(&cx, reader, &schema));
    ck_assert_uint_gt(schema.n, 0);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_copy_has_every_commit_before_it_and_is_one_file);
    tcase_add_test(t, a_copy_to_where_nothing_can_be_written_is_an_error);
    tcase_add_test(t, beside_a_writer_a_reader_is_not_alone_and_after_it_keeps_others_out);
    tcase_add_test(t, a_sound_store_has_nothing_to_find);
}

int main(void)
{
    return run_trials(
        &(struct trials){.name = "store/copy", .open = open_all, .close = close_all, .add = add});
}
