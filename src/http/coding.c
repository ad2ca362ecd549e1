/* SPDX-License-Identifier: Apache-2.0 */
/* A list of names with weights. */
#include "http/coding.h"

/* The part of s before c; *rest is what stands behind c, or nothing. */
static struct rs_str cut(struct rs_str s, char c, struct rs_str *rest)
{
    const size_t at = rs_str_find(s, c, 0);

    *rest = rs_str_from(s, at < s.n ? at + 1 : at);
    return rs_str_trim((struct rs_str){s.p, at});
}

/* The parameters of an item: whether they leave it a weight above 0. */
static bool has_weight(struct rs_str params)
{
    while (params.n > 0) {
        struct rs_str value = {0};
        double weight = 0;
        const struct rs_str name = cut(cut(params, ';', &params), '=', &value);

        if (rs_str_eq_nocase(name, RS_STR("q"))) {
            return rs_str_to_f64(rs_str_trim(value), &weight) && weight > 0;
        }
    }
    return true;
}

bool rs_coding_is_taken(struct rs_str header, struct rs_str coding)
{
    bool is_any_taken = false;

    while (header.n > 0) {
        struct rs_str params = {0};
        const struct rs_str name = cut(cut(header, ',', &header), ';', &params);

        if (rs_str_eq_nocase(name, coding)) {
            return has_weight(params);
        }
        if (rs_str_is(name, "*")) {
            is_any_taken = has_weight(params);
        }
    }
    return is_any_taken;
}
