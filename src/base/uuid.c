/* SPDX-License-Identifier: Apache-2.0 */
/* The text of UUIDs. */
#include "base/uuid.h"

#include "base/digest.h"
#include "base/id.h"

static struct rs_str with_dashes(struct rs_arena *a, const char *id)
{
    return rs_arena_fmt(a, "%.8s-%.4s-%.4s-%.4s-%.12s", id, id + 8, id + 12, id + 16, id + 20);
}

struct rs_str rs_uuid_new(struct rs_arena *a)
{
    return with_dashes(a, rs_id_new(a).p);
}

struct rs_str rs_uuid_of(struct rs_arena *a, const unsigned char bytes[16])
{
    unsigned char raw[16];

    memcpy(raw, bytes, sizeof raw);
    raw[6] = (unsigned char)((raw[6] & 0x0F) | 0x80);
    raw[8] = (unsigned char)((raw[8] & 0x3F) | 0x80);
    return with_dashes(a, rs_hex(a, raw, sizeof raw).p);
}
