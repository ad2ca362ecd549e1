/* SPDX-License-Identifier: Apache-2.0 */
/* What all targets share. */
#include "target.h"

#include <stdio.h>
#include <stdlib.h>

const struct fuzz_target *const fuzz_targets[] = {
    &fuzz_json, &fuzz_query,  &fuzz_filter, &fuzz_uri,  &fuzz_path, &fuzz_range,
    &fuzz_page, &fuzz_config, &fuzz_number, &fuzz_http, NULL,
};

const struct fuzz_target *fuzz_find(const char *name)
{
    for (size_t i = 0; fuzz_targets[i] != NULL; i++) {
        if (strcmp(fuzz_targets[i]->name, name) == 0) {
            return fuzz_targets[i];
        }
    }
    return NULL;
}

void fuzz_try(const struct fuzz_target *t, struct rs_str input)
{
    static const struct fuzz_target *opened;
    struct rs_arena arena = {0};
    struct rs_cx cx = {.arena = &arena};
    char *copy = malloc(input.n > 0 ? input.n : 1);

    if (copy == NULL) {
        abort();
    }
    if (opened == NULL || opened != t) {
        opened = t;
        if (t->open != NULL) {
            t->open();
        }
    }
    memcpy(copy, input.p, input.n);
    t->one(&cx, (struct rs_str){copy, input.n});
    rs_arena_fini(&arena);
    free(copy);
}

_Noreturn void fuzz_fail(const char *file, int line, const char *what, struct rs_str about)
{
    fprintf(stderr, "%s:%d: does not hold: %s\nabout: ", file, line, what);
    fwrite(about.p != NULL ? about.p : "", 1, about.n, stderr);
    fputc('\n', stderr);
    abort();
}

void fuzz_refused(const struct rs_cx *cx, enum rs_code code, struct rs_str about)
{
    const struct rs_str message = rs_str_of(cx->error.message);

    if (code == RS_OK) {
        return;
    }
    FUZZ_HOLDS(code == RS_INVALID && cx->error.code == code, message.n > 0 ? message : about);
    FUZZ_HOLDS(message.n > 0, about);
}

struct rs_str fuzz_line(struct rs_str *rest)
{
    const size_t end = rs_str_find(*rest, '\n', 0);
    const struct rs_str line = {rest->p, end};

    *rest = rs_str_from(*rest, end < rest->n ? end + 1 : end);
    return line;
}
