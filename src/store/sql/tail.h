/* SPDX-License-Identifier: Apache-2.0 */
/* The newest event, remembered by the writer: the next one is chained to it. May be included by
 * store/sql. */
#ifndef RS_STORE_SQL_TAIL_H
#define RS_STORE_SQL_TAIL_H

#include "base/digest.h"

struct rs_event_tail {
    bool is_known; /* else it is read when it is needed */
    int64_t seq;
    int64_t of_models; /* no event behind this one is of a registered model */
    int64_t at;
    char hash[2 * RS_SHA256_LEN + 1]; /* "" before the first event */
};

#endif
