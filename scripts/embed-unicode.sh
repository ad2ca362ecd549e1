#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Writes, to stdout, the C table of word characters (src/model/word.h) from the UnicodeData.txt named as argument:
# the code points whose general category is L* or N*, and "_", as ranges. Debian package: unicode-data.
set -eu
LC_ALL=C
export LC_ALL

cat <<'END'
/* SPDX-License-Identifier: Apache-2.0 */
/* Made by scripts/embed-unicode.sh from Unicode's UnicodeData.txt. */
#include "model/word.h"

const struct rs_word_range rs_word_ranges[] = {
END

# The data names the two ends of a long run of alike code points "<X, First>" and "<X, Last>".
awk -F';' '
function value(hex,    i, v) {
    v = 0
    for (i = 1; i <= length(hex); i++) v = v * 16 + index("0123456789ABCDEF", substr(hex, i, 1)) - 1
    return v
}
function flush() {
    if (first != "") printf "    {0x%s, 0x%s},\n", first, last
}
{
    is_word = ($3 ~ /^[LN]/ || $1 == "005F")
    if (!is_word) next
    code = value($1)
    if (first != "" && (code == end + 1 || $2 ~ /, Last>$/)) {
        last = $1
    } else {
        flush()
        first = last = $1
    }
    end = code
}
END { flush() }' "$1"

cat <<'END'
};
const unsigned rs_n_word_ranges = sizeof rs_word_ranges / sizeof rs_word_ranges[0];
END
