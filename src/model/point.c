/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of points, and which points a sample holds. */
#include "model/point.h"

const struct rs_fields rs_point_fields = RS_FIELDS(
    struct rs_point, RS_FIELD(struct rs_point, key, 0), RS_FIELD(struct rs_point, value, 0),
    RS_FIELD(struct rs_point, timestamp, 0), RS_FIELD(struct rs_point, step, 0),
    RS_FIELD(struct rs_point, run_id, 0));

int64_t rs_sample_place(int64_t n, int64_t size, int64_t i)
{
    const int64_t even = n / size;
    const int64_t larger = n % size; /* buckets that hold one more */

    if (i == size - 1) {
        return n - 1;
    }
    return i * even + (i < larger ? i : larger);
}
