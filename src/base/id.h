/* SPDX-License-Identifier: Apache-2.0 */
/* Random ids. May be included by every room. */
#ifndef RS_BASE_ID_H
#define RS_BASE_ID_H

#include "base/arena.h"

enum { RS_ID_LEN = 32 }; /* lower-case hexadecimal digits of 128 bits */

/* 32 hexadecimal digits of a version 4 UUID (RFC 4122), without dashes, as MLflow names runs. The
 * arena's. Aborts when the system gives no randomness: ids that repeat would mix runs. */
struct rs_str rs_id_new(struct rs_arena *a);

/* Such an id as UUIDs are written, with dashes; the arena's. */
struct rs_str rs_uuid_new(struct rs_arena *a);

/* The UUID of version 8 (RFC 9562) that 16 bytes make, likewise: the same bytes, the same UUID. */
struct rs_str rs_uuid_of(struct rs_arena *a, const unsigned char bytes[16]);

/* n random bytes from the system's generator. Aborts likewise. */
void rs_random(void *out, size_t n);

#endif
