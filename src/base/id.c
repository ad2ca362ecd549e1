/* SPDX-License-Identifier: Apache-2.0 */
/* Random ids. A call of the generator takes locks and mixes its state, about as long for 16 bytes
 * as for hundreds, so each thread draws a pool at once and deals ids from it. The pool is
 * _Thread_local: it belongs to one thread, needs no lock, and nothing outside this file can see or
 * set it. Secrets (rs_random) do not come from the pool, and dealt bytes are wiped. A child of
 * fork() that goes on to make ids would repeat its parent's: whoever forks, execs. */
#include "base/id.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

enum {
    ID_BYTES = RS_ID_LEN / 2,
    POOL_IDS = 64, /* 1 KiB a thread; beyond that the draw costs no less per id */
};

struct pool {
    unsigned char bytes[POOL_IDS * ID_BYTES];
    size_t left; /* undealt bytes, at the front */
};

static _Thread_local struct pool pool;

void rs_random(void *out, size_t n)
{
    unsigned char *to = out;

    while (n > 0) {
        const size_t piece = n < 1u << 20 ? n : 1u << 20; /* RAND_bytes counts in int */

        if (RAND_bytes(to, (int)piece) != 1) {
            fprintf(stderr, "runestone: could not get random bytes from the system\n");
            abort();
        }
        to += piece;
        n -= piece;
    }
}

/* The next 16 bytes of this thread's pool, valid until they are wiped by the caller. */
static unsigned char *deal(void)
{
    if (pool.left == 0) {
        rs_random(pool.bytes, sizeof pool.bytes);
        pool.left = sizeof pool.bytes;
    }
    pool.left -= ID_BYTES;
    return pool.bytes + pool.left;
}

struct rs_str rs_id_new(struct rs_arena *a)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char *raw = deal();
    char *out = rs_arena_alloc(a, RS_ID_LEN + 1, 1);

    raw[6] = (unsigned char)((raw[6] & 0x0F) | 0x40); /* version 4: random */
    raw[8] = (unsigned char)((raw[8] & 0x3F) | 0x80); /* the variant of RFC 4122 */
    for (size_t i = 0; i < ID_BYTES; i++) {
        out[2 * i] = digits[raw[i] >> 4];
        out[2 * i + 1] = digits[raw[i] & 0x0F];
    }
    OPENSSL_cleanse(raw, ID_BYTES);
    return (struct rs_str){out, RS_ID_LEN};
}
