/* SPDX-License-Identifier: Apache-2.0 */
/* Random ids. May be included by every room. */
#ifndef RS_BASE_ID_H
#define RS_BASE_ID_H

#include "base/arena.h"

enum { RS_ID_LEN = 32 }; /* lower-case hexadecimal digits of 128 bits */

/* 32 hexadecimal digits of a version 4 UUID (RFC 4122), without dashes, as MLflow names runs. The
 * arena's. Aborts when the system gives no randomness: ids that repeat would mix runs. */
struct rs_str rs_id_new(struct rs_arena *a);

/* n random bytes from the system's generator. Aborts likewise. */
void rs_random(void *out, size_t n);

#endif
