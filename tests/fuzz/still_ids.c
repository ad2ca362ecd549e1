/* SPDX-License-Identifier: Apache-2.0 */
/* base/id.h without chance: the same requests get the same ids, so that an input can name what
 * another one has made. The linker takes these instead of the library's. */
#include "still_ids.h"

#include <stdatomic.h>
#include <stdio.h>

#include "artifact/fs_store.h"
#include "base/id.h"

static atomic_ullong next_id = 1;

void still_ids_from(unsigned long long first)
{
    atomic_store(&next_id, first);
}

struct rs_str rs_id_new(struct rs_arena *a)
{
    return rs_arena_fmt(a, "a%031llx", atomic_fetch_add(&next_id, 1));
}

/* Files have numbers of their own, which are never given twice: what a refused upload has left goes
 * away behind the answer, perhaps while the next input has its turn. */
void __wrap_rs_fs_new_id(struct rs_cx *cx, char out[RS_ID_LEN + 1]);
void __wrap_rs_fs_new_id(struct rs_cx *cx, char out[RS_ID_LEN + 1])
{
    static atomic_ullong next_file = 1;

    (void)cx;
    snprintf(out, RS_ID_LEN + 1, "b%031llx", atomic_fetch_add(&next_file, 1));
}

void rs_random(void *out, size_t n)
{
    memset(out, 0x5A, n);
}
