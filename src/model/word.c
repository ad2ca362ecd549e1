/* SPDX-License-Identifier: Apache-2.0 */
/* Looking up a code point among the word characters. */
#include "model/word.h"

static bool is_ascii_word(int32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool rs_is_word(int32_t code_point)
{
    unsigned low = 0;
    unsigned high = rs_n_word_ranges;

    if (code_point < 0x80) {
        return is_ascii_word(code_point);
    }
    while (low < high) {
        const unsigned middle = low + (high - low) / 2;

        if (code_point > rs_word_ranges[middle].last) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < rs_n_word_ranges && code_point >= rs_word_ranges[low].first;
}
