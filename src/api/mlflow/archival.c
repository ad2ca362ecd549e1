/* SPDX-License-Identifier: Apache-2.0 */
/* The two tags of experiments that hold JSON: how long traces are kept before they are archived,
 * and a wish to archive them now. We archive nothing; what a client stores here must still be what
 * other servers would take. Rules: mlflow/utils/validation.py. */
#include "api/json_in.h"
#include "api/mlflow/experiments.h"

enum { DURATION_MAX = 32 }; /* characters; MAX_TRACE_ARCHIVAL_RETENTION_LENGTH of validation.py */

struct config {
    struct rs_str type;
    struct rs_str value;
    struct rs_str older_than;
};

static const struct rs_fields config_fields = RS_FIELDS(
    struct config, RS_FIELD(struct config, type, 0), RS_FIELD(struct config, value, 0),
    RS_FIELD(struct config, older_than, 0));

/* Text of the form [1-9][0-9]*[mhd], with blanks around it. */
static enum rs_code check_duration(struct rs_cx *cx, struct rs_str text)
{
    const struct rs_str s = rs_str_trim(text);
    size_t digits = 0;

    if (s.n > DURATION_MAX) {
        return rs_fail(cx, RS_INVALID, "Trace archival duration must be at most %d characters.",
                       (int)DURATION_MAX);
    }
    while (digits < s.n && s.p[digits] >= '0' && s.p[digits] <= '9') {
        digits++;
    }
    const bool has_unit = digits + 1 == s.n && memchr("mhd", s.p[digits], 3) != NULL;

    if (digits == 0 || s.p[0] == '0' || !has_unit) {
        return rs_fail(
            cx, RS_INVALID,
            "Trace archival retention must be in the form `<int><unit>`, where unit is one "
            "of 'm', 'h', or 'd'.");
    }
    return RS_OK;
}

static enum rs_code read_config(struct rs_cx *cx, struct rs_str text, struct config *out)
{
    const struct rs_str body = rs_str_trim(text);

    if (body.n > 0 && body.p[0] == '{' && rs_json_decode(cx, body, &config_fields, out) == RS_OK) {
        return RS_OK;
    }
    rs_cx_clear(cx);
    return rs_fail(cx, RS_INVALID, "Trace archival config must be encoded as a JSON object.");
}

enum rs_code rs_archival_tag_check(struct rs_cx *cx, const struct rs_tag *tag)
{
    const bool is_retention = rs_str_is(tag->key, "mlflow.trace.archivalRetention");
    struct config config = {0};

    if (!is_retention && !rs_str_is(tag->key, "mlflow.trace.archiveNow")) {
        return RS_OK;
    }
    RS_TRY(read_config(cx, tag->value, &config));
    if (is_retention && !rs_str_is(config.type, "duration")) {
        return rs_fail(cx, RS_INVALID, "Trace archival config must use type 'duration'.");
    }
    if (!is_retention && config.older_than.p == NULL) {
        return RS_OK;
    }
    return check_duration(cx, is_retention ? config.value : config.older_than);
}
