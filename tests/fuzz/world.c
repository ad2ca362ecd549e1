/* SPDX-License-Identifier: Apache-2.0 */
/* The folders of the server, its life, and requests as text. */
#include "world.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "server/app.h"
#include "still_ids.h"
#include "target.h"
#include "undo.h"

enum {
    HEADERS_MAX = 40,
    PATH_BYTES = 256,
    DEPTH_MAX = 16,     /* of the server's folders */
    IDS_GIVEN = 0x1000, /* inputs' ids begin above those of given.txt */
    TABLES_MAX = 64,
    NAME_BYTES = 64,
    REMOVAL_NS = 1000000000, /* that is waited for what is about to be removed, all in all */
    UNDO_MOST = 1000,        /* then the server is started anew all the same */
};

struct table {
    char name[NAME_BYTES];
    uint64_t given; /* hashes of its rows, at first */
    uint64_t now;
};

static char root[PATH_BYTES];
static char given[PATH_BYTES + 16]; /* as it was at first */
static char live[PATH_BYTES + 16];  /* what the server works on */
static char database[PATH_BYTES + 32];
static char first_rows[PATH_BYTES + 16]; /* the database as it was at first */
static struct rs_app *app;
static sqlite3 *watch;
static sqlite3_stmt *version;
static sqlite3 *mender; /* writes into the database; opened when it is needed */
static struct table tables[TABLES_MAX];
static size_t n_tables;
static unsigned undone;   /* since the last start */
static uint64_t at_first; /* the digest */

/* Where an input may store files; all their ids begin alike. */
static const char *const stored[] = {"artifacts/blobs/b0", "artifacts/parts", "artifacts/temps"};

static _Noreturn void give_up(const char *what, const char *why)
{
    fprintf(stderr, "fuzz: could not %s: %s\n", what, why);
    exit(1);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static void remove_folder(const char *path)
{
    nftw(path, remove_one, DEPTH_MAX, FTW_DEPTH | FTW_PHYS);
}

static void copy_file(const char *from, const char *to)
{
    static char buffer[1 << 16];
    const int in = open(from, O_RDONLY | O_CLOEXEC);
    const int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ssize_t n = 0;

    while (in >= 0 && out >= 0 && (n = read(in, buffer, sizeof buffer)) > 0) {
        if (write(out, buffer, (size_t)n) != n) {
            give_up("write", to);
        }
    }
    if (in < 0 || out < 0 || n < 0) {
        give_up("copy", from);
    }
    close(in);
    close(out);
}

static int copy_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    char to[2 * PATH_BYTES];

    (void)st;
    (void)at;
    snprintf(to, sizeof to, "%s%s", live, path + strlen(given));
    if (type == FTW_D) {
        mkdir(to, 0700);
    } else {
        copy_file(path, to);
    }
    return 0;
}

static void start(void)
{
    static char flag[] = "--data";
    char *args[] = {flag, live};
    struct rs_arena arena = {0};
    struct rs_cx cx = {.arena = &arena};
    static struct rs_config config;
    static struct rs_arena texts; /* of the config: as long as the program */
    struct rs_cx config_cx = {.arena = &texts};

    if (config.data == NULL && rs_config_read(&config_cx, 2, args, &config) != RS_OK) {
        give_up("configure the server", config_cx.error.message);
    }
    config.readers = config.file_workers = 1;
    if (rs_app_start(&cx, &config, &app) != RS_OK) {
        give_up("start the server", cx.error.message);
    }
    rs_app_end_watches(app); /* else a request may wait for an event */
    rs_arena_fini(&arena);
    if (sqlite3_open_v2(database, &watch, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(watch, "PRAGMA data_version", -1, &version, NULL) != SQLITE_OK) {
        give_up("watch the database", sqlite3_errmsg(watch));
    }
    undone = 0;
}

static void stop(void)
{
    sqlite3_finalize(version);
    sqlite3_close(watch);
    sqlite3_close(mender);
    mender = NULL;
    rs_app_stop(app);
}

int64_t world_version(void)
{
    sqlite3_step(version);
    const int64_t v = sqlite3_column_int64(version, 0);
    sqlite3_reset(version);
    return v;
}

/* The rows of one table, each value with its kind. */
static uint64_t hash_table(const char *name)
{
    uint64_t hash = RS_HASH_START;
    char sql[PATH_BYTES];
    sqlite3_stmt *rows = NULL;

    snprintf(sql, sizeof sql, "SELECT * FROM \"%s\"", name);
    if (sqlite3_prepare_v2(watch, sql, -1, &rows, NULL) != SQLITE_OK) {
        give_up("read the table", name);
    }
    while (sqlite3_step(rows) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(rows); i++) {
            const char kind = (char)sqlite3_column_type(rows, i);
            const void *p = sqlite3_column_blob(rows, i);
            const size_t n = (size_t)sqlite3_column_bytes(rows, i);

            hash = rs_str_hash(hash, (struct rs_str){&kind, 1});
            hash = rs_str_hash(hash, (struct rs_str){p, n});
        }
    }
    sqlite3_finalize(rows);
    return hash;
}

/* What SQLite notes for itself (sqlite_sequence) is no content. */
static void list_tables(void)
{
    sqlite3_stmt *names = NULL;

    sqlite3_prepare_v2(watch,
                       "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE "
                       "'sqlite_%' ORDER BY name",
                       -1, &names, NULL);
    while (sqlite3_step(names) == SQLITE_ROW && n_tables < TABLES_MAX) {
        struct table *t = &tables[n_tables++];

        snprintf(t->name, sizeof t->name, "%s", (const char *)sqlite3_column_text(names, 0));
        t->given = hash_table(t->name);
    }
    sqlite3_finalize(names);
    if (n_tables == 0 || n_tables == TABLES_MAX) {
        give_up("list the tables", database);
    }
}

/* Counted anew only where something was committed. */
uint64_t world_digest(void)
{
    static uint64_t digest;
    static const void *of;
    static int64_t at;

    if (of == watch && at == world_version()) {
        return digest;
    }
    of = watch;
    at = world_version();
    digest = RS_HASH_START;
    for (size_t i = 0; i < n_tables; i++) {
        tables[i].now = hash_table(tables[i].name);
        digest = rs_str_hash(digest, (struct rs_str){(char *)&tables[i].now, sizeof digest});
    }
    return digest;
}

static void restart(void)
{
    stop();
    remove_folder(live);
    nftw(given, copy_one, DEPTH_MAX, FTW_PHYS);
    start();
}

/* --- undoing -----------------------------------------------------------------------------------
 */

/* Whether an input has stored anything below a folder of the artifacts; it may be removed. */
static bool find_new(const char *folder, bool removes)
{
    char place[2 * PATH_BYTES];
    struct dirent *entry = NULL;
    bool found = false;

    snprintf(place, sizeof place, "%s/%s", live, folder);
    DIR *dir = opendir(place);
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char path[4 * PATH_BYTES];

        snprintf(path, sizeof path, "%s/%s/%s", given, folder, entry->d_name);
        if (access(path, F_OK) != 0) {
            found = true;
            snprintf(path, sizeof path, "%s/%s", place, entry->d_name);
            if (removes) {
                remove_folder(path);
            }
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return found;
}

static bool open_mender(void)
{
    char attach[2 * PATH_BYTES];

    if (mender != NULL) {
        return true;
    }
    snprintf(attach, sizeof attach,
             "PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 0; ATTACH '%s' AS given",
             first_rows);
    return sqlite3_open(database, &mender) == SQLITE_OK &&
           sqlite3_exec(mender, attach, NULL, NULL, NULL) == SQLITE_OK;
}

static void put_table(struct rs_buf *script, const char *name)
{
    rs_buf_fmt(script, "DELETE FROM main.%s; INSERT INTO main.%s SELECT * FROM given.%s;", name,
               name, name);
}

/* Who tells webhooks remembers them, and how far they are told. The parts of an upload are files
 * without rows. */
static bool needs_restart(const struct table *t)
{
    return strncmp(t->name, "webhook", 7) == 0 || strcmp(t->name, "multipart") == 0;
}

/* The rows that were changed, as they were at first. False: a start must do it. */
static bool write_script(struct rs_buf *script)
{
    rs_buf_fmt(script, "BEGIN IMMEDIATE;");
    for (size_t i = 0; i < n_tables; i++) {
        if (tables[i].now == tables[i].given) {
            continue;
        }
        if (needs_restart(&tables[i])) {
            return false;
        }
        put_table(script, tables[i].name);
    }
    put_table(script, "sqlite_sequence");
    rs_buf_fmt(script, "COMMIT;");
    rs_buf_putc(script, '\0');
    return true;
}

/* A change that is refused: there is no such run. */
static void ask_change(void)
{
    static const char TEXT[] = "POST /api/2.0/mlflow/runs/set-tag\n\n"
                               "{\"run_id\": \"none\", \"key\": \"k\", \"value\": \"v\"}";
    struct rs_arena arena = {0};
    struct fake_reply reply = world_ask(&arena, rs_str_of(TEXT));

    fake_forget(&reply);
    rs_arena_fini(&arena);
}

/* False when that needs a start. */
static bool undo(void)
{
    struct rs_buf script = {.max = 1 << 16};

    (void)world_digest();
    const bool can = undone++ < UNDO_MOST && write_script(&script);
    if (can && (!open_mender() || !undo_run(mender, rs_buf_view(&script).p, ask_change))) {
        give_up("undo the changes", sqlite3_errmsg(mender));
    }
    rs_buf_fini(&script);
    for (size_t i = 0; can && i < sizeof stored / sizeof stored[0]; i++) {
        (void)find_new(stored[i], true);
    }
    return can;
}

void world_reset(void)
{
    if (!undo()) {
        restart();
    }
    if (world_digest() != at_first) {
        give_up("put back", database);
    }
}

/* The bytes of an upload that was refused go when a file worker comes to it, and the next input has
 * the same keys. */
static void await_removals(void)
{
    const struct timespec a_while = {.tv_nsec = 100000};
    const int64_t end_ns = rs_clock_mono_ns() + REMOVAL_NS;

    for (size_t i = 0; i < sizeof stored / sizeof stored[0]; i++) {
        while (find_new(stored[i], false) && rs_clock_mono_ns() < end_ns) {
            nanosleep(&a_while, NULL);
        }
        (void)find_new(stored[i], true);
    }
}

void world_begin(void)
{
    await_removals();
    still_ids_from(IDS_GIVEN);
}

static void finish(void)
{
    stop();
    remove_folder(root);
}

static char *read_file(const char *path, size_t *n)
{
    FILE *f = fopen(path, "re");
    struct rs_buf text = {.max = 1 << 20};
    char piece[4096];

    if (f == NULL) {
        give_up("open", path);
    }
    while ((*n = fread(piece, 1, sizeof piece, f)) > 0) {
        rs_buf_put(&text, piece, *n);
    }
    fclose(f);
    *n = text.n;
    return rs_buf_take(&text);
}

/* All of it must be answered with 200: what the inputs name is there. */
static void play_given(void)
{
    struct rs_arena arena = {0};
    size_t n = 0;
    char *text = read_file("tests/fuzz/given.txt", &n);
    struct rs_str rest = {text, n};

    while (rest.n > 0) {
        const struct rs_str request = world_next(&rest);
        struct fake_reply reply = world_ask(&arena, request);

        const struct rs_str body = rs_buf_view(&reply.body);

        if (reply.status != 200) {
            fprintf(stderr, "%u " RS_FMT "\n", reply.status, RS_ARG(body));
            fuzz_fail(__FILE__, __LINE__, "given.txt: 200", request);
        }
        if (getenv("FUZZ_SHOW_GIVEN") != NULL) {
            fprintf(stderr, RS_FMT "\n", RS_ARG(body));
        }
        fake_forget(&reply);
        rs_arena_reset(&arena);
    }
    rs_arena_fini(&arena);
    free(text);
}

/* The database of the given folder as one file. */
static void keep_rows(void)
{
    char from[2 * PATH_BYTES];
    sqlite3 *db = NULL;

    snprintf(from, sizeof from, "%s/runestone.db", given);
    copy_file(from, first_rows);
    if (sqlite3_open(first_rows, &db) != SQLITE_OK ||
        sqlite3_exec(db, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL) != SQLITE_OK) {
        give_up("keep the rows", sqlite3_errmsg(db));
    }
    sqlite3_close(db);
}

void world_open(void)
{
    const char *chosen = getenv("TMPDIR");
    const char *memory = chosen != NULL ? chosen : "/dev/shm";

    if (root[0] != '\0') {
        return;
    }
    if (access(memory, W_OK) != 0) {
        memory = "/tmp";
    }
    signal(SIGPIPE, SIG_IGN);
    rs_log_init(RS_LOG_TEXT, RS_LOG_ERROR);
    snprintf(root, sizeof root, "%s/runestone-fuzz-XXXXXX", memory);
    if (mkdtemp(root) == NULL) {
        give_up("make a folder in", memory);
    }
    snprintf(given, sizeof given, "%s/given", root);
    snprintf(live, sizeof live, "%s/live", root);
    snprintf(first_rows, sizeof first_rows, "%s/rows.db", root);
    snprintf(database, sizeof database, "%s/runestone.db", live);
    still_ids_from(1);
    start();
    play_given();
    stop();
    rename(live, given);
    keep_rows();
    nftw(given, copy_one, DEPTH_MAX, FTW_PHYS);
    still_ids_from(IDS_GIVEN);
    start();
    list_tables();
    at_first = world_digest();
    atexit(finish);
}

const char *world_database(void)
{
    return database;
}

struct rs_str world_next(struct rs_str *rest)
{
    struct rs_str request = {rest->p, 0};

    while (rest->n > 0) {
        const struct rs_str line = fuzz_line(rest);

        if (rs_str_is(line, "%%")) {
            return request;
        }
        request.n = (size_t)(rest->p - request.p);
    }
    return request;
}

/* The word up to the next blank, which goes away with it; with a NUL. */
static const char *word(struct rs_arena *a, struct rs_str *line)
{
    const size_t end = rs_str_find(*line, ' ', 0);
    const struct rs_str w = rs_arena_str(a, (struct rs_str){line->p, end});

    *line = rs_str_from(*line, end < line->n ? end + 1 : end);
    return w.p != NULL ? w.p : "";
}

/* The value of a header that is there once at most; absent when it is not. */
static struct rs_str header_of(const struct fake_header *h, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (rs_str_eq_nocase(h[i].name, rs_str_of(name))) {
            return h[i].value;
        }
    }
    return (struct rs_str){0};
}

static size_t read_headers(struct rs_str *rest, struct fake_header *out)
{
    size_t n = 0;

    while (rest->n > 0 && n < HEADERS_MAX) {
        const struct rs_str line = fuzz_line(rest);
        const size_t colon = rs_str_find(line, ':', 0);

        if (line.n == 0) {
            break;
        }
        const struct rs_str value = colon < line.n ? rs_str_from(line, colon + 1) : RS_STR("");
        out[n++] = (struct fake_header){{line.p, colon}, rs_str_trim(value)};
    }
    return n;
}

/* Adds what every client sends. */
static void complete(struct rs_arena *a, struct fake_request *q, struct fake_header *h)
{
    int64_t length = -1;

    if (q->n_headers == 0 && q->body.n > 0) {
        h[q->n_headers++] = (struct fake_header){RS_STR("Content-Type"),
                                                 RS_STR("application/json")};
    }
    if (header_of(h, q->n_headers, "Host").p == NULL) {
        h[q->n_headers++] = (struct fake_header){RS_STR("Host"), RS_STR("127.0.0.1:5000")};
    }
    const struct rs_str announced = header_of(h, q->n_headers, "Content-Length");
    if (announced.p == NULL && q->body.n > 0 &&
        header_of(h, q->n_headers, "Transfer-Encoding").p == NULL) {
        h[q->n_headers++] = (struct fake_header){RS_STR("Content-Length"),
                                                 rs_arena_fmt(a, "%zu", q->body.n)};
    }
    if (rs_str_to_i64(announced, &length) && length >= 0) {
        q->goes_early = (size_t)length > q->body.n;
        q->body.n = (size_t)length < q->body.n ? (size_t)length : q->body.n;
    }
}

struct fake_reply world_ask(struct rs_arena *a, struct rs_str text)
{
    struct fake_header headers[HEADERS_MAX + 3];
    struct rs_str line = fuzz_line(&text);
    struct fake_request q = {.header = headers};

    q.method = word(a, &line);
    q.target = word(a, &line);
    q.version = line.n > 0 ? word(a, &line) : "HTTP/1.1";
    q.n_headers = read_headers(&text, headers);
    q.body = text;
    /* A file ends with a newline that its body does not have. */
    if (q.body.n > 0 && q.body.p[q.body.n - 1] == '\n') {
        q.body.n--;
    }
    complete(a, &q, headers);
    q.piece = 1 + rs_str_hash(RS_HASH_START, q.body) % (2 * q.body.n + 1);
    return fake_ask(&q);
}
