/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that nobody reads without the key: AES-256-GCM. May be included by every room but model. */
#ifndef RS_BASE_SEAL_H
#define RS_BASE_SEAL_H

#include "base/arena.h"

enum { RS_SEAL_KEY_LEN = 32 };

struct rs_seal_key {
    unsigned char bytes[RS_SEAL_KEY_LEN];
};

/* The text, sealed, in base64; the arena's. `place` says where it is kept: it opens there only.
 * Each call gives another text. */
struct rs_str rs_seal(struct rs_arena *a, const struct rs_seal_key *key, struct rs_str place,
                      struct rs_str text);

/* The text that was sealed for that place; false when it was altered, or with another key. *out is
 * the arena's. */
bool rs_seal_open(struct rs_arena *a, const struct rs_seal_key *key, struct rs_str place,
                  struct rs_str sealed, struct rs_str *out);

#endif
