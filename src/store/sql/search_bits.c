/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of ids as bits, met a byte at a time. */
#include "store/sql/search_bits.h"

enum { BYTE = 8 };

struct rs_bits rs_bits_for(struct rs_arena *a, const int64_t *ids, size_t n)
{
    struct rs_bits b = {.first = n > 0 ? ids[0] : 0};

    for (size_t i = 0; i < n; i++) {
        b.first = ids[i] < b.first ? ids[i] : b.first;
        b.end = ids[i] >= b.end ? ids[i] + 1 : b.end;
    }
    b.first -= b.first % BYTE;
    b.byte = RS_NEW_N(a, unsigned char, rs_bits_size(&b));
    return b;
}

struct rs_bits rs_bits_of(struct rs_arena *a, const int64_t *ids, size_t n)
{
    struct rs_bits b = rs_bits_for(a, ids, n);

    for (size_t i = 0; i < n; i++) {
        rs_bits_set(&b, ids[i]);
    }
    return b;
}

struct rs_bits rs_bits_copy(struct rs_arena *a, const struct rs_bits *b)
{
    struct rs_bits copy = *b;

    copy.byte = RS_NEW_N(a, unsigned char, rs_bits_size(b));
    memcpy(copy.byte, b->byte, rs_bits_size(b));
    return copy;
}

struct rs_bits rs_bits_common(struct rs_arena *a, const struct rs_bits *x, const struct rs_bits *y)
{
    struct rs_bits b = {.first = x->first > y->first ? x->first : y->first,
                        .end = x->end < y->end ? x->end : y->end};

    if (b.end <= b.first) {
        return (struct rs_bits){0};
    }
    /* Neither has a bit behind its end, so what is behind b's is not in both. */
    const unsigned char *left = x->byte + (b.first - x->first) / BYTE;
    const unsigned char *right = y->byte + (b.first - y->first) / BYTE;
    b.byte = RS_NEW_N(a, unsigned char, rs_bits_size(&b));
    for (size_t i = 0; i < rs_bits_size(&b); i++) {
        b.byte[i] = left[i] & right[i];
        b.n += (size_t)__builtin_popcount(b.byte[i]);
    }
    return b;
}

int64_t *rs_bits_ids(struct rs_arena *a, const struct rs_bits *b)
{
    int64_t *ids = RS_NEW_N(a, int64_t, b->n);
    size_t n = 0;

    for (size_t i = 0; i < rs_bits_size(b); i++) {
        for (unsigned left = b->byte[i]; left != 0; left &= left - 1) {
            ids[n++] = b->first + (int64_t)i * BYTE + __builtin_ctz(left);
        }
    }
    return ids;
}
