/* SPDX-License-Identifier: Apache-2.0 */
/* How UUIDs are written. */
#include "base/uuid.h"

#include "base/expect.h"

START_TEST(a_uuid_is_written_with_dashes)
{
    unsigned char bytes[16] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                               0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF};
    struct rs_arena a = {0};
    const struct rs_str fresh = rs_uuid_new(&a);

    ck_assert_text(rs_uuid_of(&a, bytes), "00112233-4455-8677-8899-aabbccddeeff");
    ck_assert_text(rs_uuid_of(&a, bytes), "00112233-4455-8677-8899-aabbccddeeff");
    ck_assert_uint_eq(fresh.n, 36);
    ck_assert_int_eq(fresh.p[14], '4');
    ck_assert_int_eq(fresh.p[8], '-');
    ck_assert(!rs_str_eq(fresh, rs_uuid_new(&a)));
    rs_arena_fini(&a);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_uuid_is_written_with_dashes);
}

int main(void)
{
    return run_tests("base/uuid", add);
}
