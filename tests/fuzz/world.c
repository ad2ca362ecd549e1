/* SPDX-License-Identifier: Apache-2.0 */
/* The folders of the server, its life, and requests as text. */
#include "world.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "server/app.h"
#include "still_ids.h"
#include "target.h"

enum {
    HEADERS_MAX = 40,
    PATH_BYTES = 256,
    DEPTH_MAX = 16,     /* of the server's folders */
    IDS_GIVEN = 0x1000, /* inputs' ids begin above those of given.txt */
};

static char root[PATH_BYTES];
static char given[PATH_BYTES + 16]; /* as it was at first */
static char live[PATH_BYTES + 16];  /* what the server works on */
static char database[PATH_BYTES + 32];
static struct rs_app *app;
static sqlite3 *watch;
static sqlite3_stmt *version;

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
}

static void stop(void)
{
    sqlite3_finalize(version);
    sqlite3_close(watch);
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
static uint64_t hash_table(uint64_t hash, const char *name)
{
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

/* Counted anew only where something was committed. What SQLite notes for itself (sqlite_sequence)
 * is no content. */
uint64_t world_digest(void)
{
    static uint64_t digest;
    static const void *of;
    static int64_t at;
    sqlite3_stmt *tables = NULL;

    if (of == watch && at == world_version()) {
        return digest;
    }
    of = watch;
    at = world_version();
    digest = RS_HASH_START;
    sqlite3_prepare_v2(watch,
                       "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE "
                       "'sqlite_%' ORDER BY name",
                       -1, &tables, NULL);
    while (sqlite3_step(tables) == SQLITE_ROW) {
        digest = hash_table(digest, (const char *)sqlite3_column_text(tables, 0));
    }
    sqlite3_finalize(tables);
    return digest;
}

void world_reset(void)
{
    stop();
    remove_folder(live);
    nftw(given, copy_one, DEPTH_MAX, FTW_PHYS);
    still_ids_from(IDS_GIVEN);
    start();
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
    snprintf(database, sizeof database, "%s/runestone.db", live);
    still_ids_from(1);
    start();
    play_given();
    stop();
    rename(live, given);
    nftw(given, copy_one, DEPTH_MAX, FTW_PHYS);
    still_ids_from(IDS_GIVEN);
    start();
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
