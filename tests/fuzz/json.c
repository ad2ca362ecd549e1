/* SPDX-License-Identifier: Apache-2.0 */
/* A body for a message: the name of its RPC in a line, then the JSON. */
#include "api/json_in.h"
#include "api/json_out.h"
#include "api/json_scan.h"
#include "is_json.h"
#include "messages.h"
#include "target.h"

enum { TEXT_MAX = 64 << 20 };

/* What is accepted says the same when we write it and read that again. */
static void check_round(struct rs_cx *cx, const struct rs_fields *fields, const void *message)
{
    struct rs_buf first = {.max = TEXT_MAX};
    struct rs_buf second = {.max = TEXT_MAX};
    void *again = rs_arena_alloc(cx->arena, 1, fields->size);

    rs_json_encode(&first, fields, message);
    FUZZ_HOLDS(fuzz_is_json(rs_buf_view(&first)), rs_buf_view(&first));
    const enum rs_code code = rs_json_decode(cx, rs_buf_view(&first), fields, again);
    if (code == RS_OK) {
        rs_json_encode(&second, fields, again);
        FUZZ_HOLDS(rs_str_eq(rs_buf_view(&first), rs_buf_view(&second)), rs_buf_view(&second));
    } else {
        /* An empty list and an unknown name of an enum are not written. */
        FUZZ_HOLDS(rs_str_starts(rs_str_of(cx->error.message), RS_STR("Missing value")),
                   rs_buf_view(&first));
    }
    rs_buf_fini(&first);
    rs_buf_fini(&second);
}

/* A walk over the object's text sees each member once. */
static void check_walk(struct rs_str object)
{
    struct rs_json_member m;
    size_t at = 0;
    int64_t n = 0;

    while (rs_json_next(object, &at, &m)) {
        FUZZ_HOLDS(fuzz_is_json(m.value), m.value);
        n++;
    }
    FUZZ_HOLDS(n == fuzz_json_members(object), object);
}

static void try_body(struct rs_cx *cx, struct rs_str input)
{
    struct rs_str body = input;
    const struct rs_fields *fields = fuzz_request_named(fuzz_line(&body));
    void *message = rs_arena_alloc(cx->arena, 1, fields->size);
    const enum rs_code code = rs_json_decode(cx, body, fields, message);

    fuzz_refused(cx, code, body);
    if (code != RS_OK) {
        return;
    }
    FUZZ_HOLDS(rs_str_trim(body).n == 0 || fuzz_is_json(body), body);
    check_round(cx, fields, message);
    if (fuzz_json_members(body) >= 0) {
        check_walk(body);
    }
}

const struct fuzz_target fuzz_json = {.name = "json",
                                      .what = "JSON bodies, against every request's fields",
                                      .one = try_body,
                                      .words = fuzz_message_words};
