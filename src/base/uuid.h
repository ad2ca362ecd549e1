/* SPDX-License-Identifier: Apache-2.0 */
/* Ids as UUIDs are written: with dashes. May be included by every room but model. */
#ifndef RS_BASE_UUID_H
#define RS_BASE_UUID_H

#include "base/arena.h"

/* An id as rs_id_new gives it; the arena's. */
struct rs_str rs_uuid_new(struct rs_arena *a);

/* The UUID of version 8 (RFC 9562) that 16 bytes make, likewise: the same bytes, the same UUID. */
struct rs_str rs_uuid_of(struct rs_arena *a, const unsigned char bytes[16]);

#endif
