/* SPDX-License-Identifier: Apache-2.0 */
/* Finding where names and values end: quotes and brackets are all that counts in valid JSON. */
#include "api/json_scan.h"

static size_t skip_blanks(struct rs_str s, size_t at)
{
    while (at < s.n && (s.p[at] == ' ' || (s.p[at] >= '\t' && s.p[at] <= '\r'))) {
        at++;
    }
    return at;
}

/* Behind the string that begins at its opening quote. */
static size_t skip_string(struct rs_str s, size_t at)
{
    for (at++; at < s.n && s.p[at] != '"'; at++) {
        at += s.p[at] == '\\';
    }
    return at < s.n ? at + 1 : s.n;
}

/* Behind the value: where a comma or a bracket of the object itself stands. */
static size_t skip_value(struct rs_str s, size_t at)
{
    size_t depth = 0;

    while (at < s.n) {
        const char c = s.p[at];

        if (c == '"') {
            at = skip_string(s, at);
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}' || c == ']')) {
            break;
        }
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        at++;
    }
    return at;
}

bool rs_json_next(struct rs_str object, size_t *at, struct rs_json_member *out)
{
    size_t i = skip_blanks(object, *at);

    if (i < object.n && (object.p[i] == '{' || object.p[i] == ',')) {
        i = skip_blanks(object, i + 1);
    }
    if (i >= object.n || object.p[i] != '"') {
        return false;
    }
    const size_t name = i + 1;

    const size_t end = skip_string(object, i);
    const size_t colon = skip_blanks(object, end);

    if (colon >= object.n || object.p[colon] != ':') {
        return false;
    }
    out->name = (struct rs_str){object.p + name, end - 1 - name};
    i = skip_blanks(object, colon + 1);
    *at = skip_value(object, i);
    out->value = rs_str_trim((struct rs_str){object.p + i, *at - i});
    return true;
}
