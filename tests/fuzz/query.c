/* SPDX-License-Identifier: Apache-2.0 */
/* A query for a message: the name of its RPC in a line, then the query string. */
#include "api/json_in.h"
#include "api/json_out.h"
#include "is_json.h"
#include "messages.h"
#include "target.h"

enum { TEXT_MAX = 64 << 20 };

static void try_query(struct rs_cx *cx, struct rs_str input)
{
    struct rs_str query = input;
    const struct rs_fields *fields = fuzz_request_named(fuzz_line(&query));
    void *message = rs_arena_alloc(cx->arena, 1, fields->size);
    struct rs_buf text = {.max = TEXT_MAX};
    const enum rs_code code = rs_query_decode(cx, query, fields, message);

    fuzz_refused(cx, code, query);
    if (code == RS_OK) {
        rs_json_encode(&text, fields, message);
        FUZZ_HOLDS(fuzz_is_json(rs_buf_view(&text)), rs_buf_view(&text));
    }
    rs_buf_fini(&text);
}

const struct fuzz_target fuzz_query = {.name = "query",
                                       .what = "query strings, against every request's fields",
                                       .one = try_query,
                                       .words = fuzz_message_words};
