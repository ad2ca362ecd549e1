/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of experiments, their names and ids. */
#include "model/experiment.h"

#include "model/limits.h"

enum { ID_DIGITS_MAX = 64 }; /* zeros in front included; a number of 64 bits has 19 */

const struct rs_fields rs_experiment_fields = RS_FIELDS(
    struct rs_experiment, RS_FIELD(struct rs_experiment, experiment_id, 0),
    RS_FIELD(struct rs_experiment, name, 0), RS_FIELD(struct rs_experiment, artifact_location, 0),
    RS_FIELD(struct rs_experiment, lifecycle_stage, 0),
    RS_FIELD(struct rs_experiment, last_update_time, 0),
    RS_FIELD(struct rs_experiment, creation_time, 0),
    RS_FIELD_OF(struct rs_experiment, tags, 0, &rs_free_tag_fields),
    RS_FIELD(struct rs_experiment, workspace, 0));

enum rs_code rs_experiment_name_check(struct rs_cx *cx, struct rs_str name)
{
    if (name.n == 0) {
        return rs_fail(cx, RS_INVALID, "Invalid experiment name: ''");
    }
    return rs_length_check(cx, "name", RS_EXPERIMENT_NAME_MAX, name);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* What Python's strip takes away of ASCII; rs_str_trim leaves the separators 0x1C to 0x1F. */
static struct rs_str strip(struct rs_str s)
{
    while (s.n > 0 && (s.p[0] == ' ' || (s.p[0] >= '\t' && s.p[0] <= '\r') ||
                       (s.p[0] >= 0x1C && s.p[0] <= 0x1F))) {
        s = rs_str_from(s, 1);
    }
    while (s.n > 0) {
        const char c = s.p[s.n - 1];

        if (c != ' ' && !(c >= '\t' && c <= '\r') && !(c >= 0x1C && c <= 0x1F)) {
            break;
        }
        s.n--;
    }
    return s;
}

/* Copies the sign and the digits without the "_" between them; 0 when that is not what s is. */
static size_t plain_digits(struct rs_str s, char out[ID_DIGITS_MAX])
{
    size_t n = 0;
    size_t at = 0;

    if (s.n > 0 && (s.p[0] == '-' || s.p[0] == '+')) {
        out[n++] = s.p[at++];
    }
    for (bool after_digit = false; at < s.n; at++) {
        if (s.p[at] == '_' && after_digit && at + 1 < s.n && is_digit(s.p[at + 1])) {
            after_digit = false;
            continue;
        }
        if (!is_digit(s.p[at]) || n == ID_DIGITS_MAX) {
            return 0;
        }
        out[n++] = s.p[at];
        after_digit = true;
    }
    return n;
}

enum rs_code rs_experiment_id_parse(struct rs_cx *cx, struct rs_str text, int64_t *id)
{
    char digits[ID_DIGITS_MAX];
    const size_t n = plain_digits(strip(text), digits);

    if (n > 0 && rs_str_to_i64((struct rs_str){digits, n}, id)) {
        return RS_OK;
    }
    return rs_fail(cx, RS_INVALID,
                   "Invalid experiment ID '" RS_FMT "'. Experiment ID must be a valid integer.",
                   RS_ARG(text));
}
