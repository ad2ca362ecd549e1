/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the log of events from its first to its last: was one altered, or taken away? */
#include <inttypes.h>

#include "store/event.h"
#include "upkeep/folder.h"
#include "upkeep/source.h"
#include "upkeep/upkeep.h"

static const char ADVICE[] = "what it and later events say proves nothing; restore the latest "
                             "backup whose log is whole";

/* What somebody has noted of the log earlier: "SEQ:HASH", as sum_up prints it. */
struct anchor {
    int64_t seq;
    struct rs_str hash;
};

static enum rs_code read_anchor(struct rs_cx *cx, const char *text, struct anchor *out)
{
    const struct rs_str all = rs_str_of(text);
    const size_t mark = rs_str_find(all, ':', 0);

    if (mark == all.n || !rs_str_to_i64((struct rs_str){all.p, mark}, &out->seq) || out->seq < 1) {
        return rs_fail(cx, RS_INVALID,
                       "could not read \"%s\": the newest event of an earlier verify-log is meant, "
                       "SEQ:HASH as it printed it",
                       text);
    }
    out->hash = rs_str_from(all, mark + 1);
    return RS_OK;
}

static void tell(const struct rs_upkeep *u, struct rs_cx *cx, int64_t seq, const char *why)
{
    rs_report_finding(u->report, "the log of events was altered",
                      rs_arena_fmt(cx->arena, "event %" PRId64 ": %s", seq, why), ADVICE);
}

/* The chain alone does not say whether somebody has forged all of it anew. */
static enum rs_code check_anchor(struct rs_cx *cx, const struct rs_upkeep *u, struct rs_store *s,
                                 const struct anchor *a)
{
    struct rs_list events;

    RS_TRY(rs_store_events_read(
        cx, s, &(struct rs_event_range){.after = a->seq - 1, .until = a->seq, .limit = 1},
        &events));
    if (events.n == 0) {
        tell(u, cx, a->seq, "it was noted earlier, and is missing");
    } else if (!rs_str_eq(((const struct rs_event *)events.p)->hash, a->hash)) {
        tell(u, cx, a->seq,
             "its hash is not the one that was noted: it, or one before it, is not "
             "the one of that time");
    }
    return RS_OK;
}

static enum rs_code verify(struct rs_cx *cx, const struct rs_upkeep *u, struct rs_store *s)
{
    struct anchor anchor = {0};
    struct rs_event_break chain;
    struct rs_str schema;

    RS_TRY(u->anchor != NULL ? read_anchor(cx, u->anchor, &anchor) : RS_OK);
    RS_TRY(rs_store_schema_check(cx, s, &schema));
    RS_TRY(rs_store_events_verify(cx, s, &chain));
    if (chain.seq != 0) {
        tell(u, cx, chain.seq, rs_arena_str(cx->arena, chain.why).p);
        return RS_OK;
    }
    if (anchor.seq != 0) {
        RS_TRY(check_anchor(cx, u, s, &anchor));
    }
    if (chain.last > 0) {
        rs_report_note(u->report,
                       "verified \"%s\": %" PRId64 " events; the newest is %" PRId64 ":" RS_FMT,
                       u->data, chain.last, chain.last, RS_ARG(chain.hash));
    } else {
        rs_report_note(u->report, "verified \"%s\": no events yet", u->data);
    }
    return RS_OK;
}

enum rs_code rs_verify_log(struct rs_cx *cx, const struct rs_upkeep *u)
{
    const struct rs_store_options o = {
        .where = rs_data_database(cx->arena, u->data), .read_only = true, .careful = true};
    struct rs_store *s = NULL;

    RS_TRY(rs_data_check(cx, u->data));
    RS_TRY(rs_store_open(cx, &o, &s));
    const enum rs_code code = verify(cx, u, s);
    rs_store_close(s);
    return code;
}
