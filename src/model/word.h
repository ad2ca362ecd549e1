/* SPDX-License-Identifier: Apache-2.0 */
/* Python's \w of text: letters and numbers of any script (Unicode's general categories L and N),
 * and "_". May be included by model. The table is made from Debian's UnicodeData.txt by
 * scripts/embed-unicode.sh. */
#ifndef RS_MODEL_WORD_H
#define RS_MODEL_WORD_H

#include <stdbool.h>
#include <stdint.h>

bool rs_is_word(int32_t code_point);

/* Both ends belong to the range. */
struct rs_word_range {
    int32_t first;
    int32_t last;
};

/* In ascending order, without overlap, the ASCII ones included. */
extern const struct rs_word_range rs_word_ranges[];
extern const unsigned rs_n_word_ranges;

#endif
