/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that become their gzip form. Files are the business of tests/unit/ui/test_cache.c. */
#include "http/gzip.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <zlib.h>

#include "base/expect.h"
#include "base/id.h"

enum { N_POINTS = 4000, MAX = 1 << 26 };

/* A reply as histories are, of so many points. */
static struct rs_buf points(int n)
{
    struct rs_buf b = {.max = MAX};

    for (int i = 0; i < n; i++) {
        rs_buf_fmt(&b, "{\"key\":\"loss\",\"value\":%.17g,\"step\":%d},", 1.0 / (i + 1), i);
    }
    return b;
}

/* That `packed` is one gzip member of these bytes, and nothing behind it. */
static void ck_unpacks(const struct rs_buf *packed, struct rs_str bytes)
{
    Bytef *out = malloc(bytes.n + 1);
    z_stream z = {.next_in = (Bytef *)packed->p,
                  .avail_in = (uInt)packed->n,
                  .next_out = out,
                  .avail_out = (uInt)bytes.n + 1};

    ck_assert_int_eq(inflateInit2(&z, MAX_WBITS + 16), Z_OK);
    ck_assert_int_eq(inflate(&z, Z_FINISH), Z_STREAM_END);
    ck_assert_uint_eq(z.avail_in, 0);
    ck_assert_uint_eq(z.total_out, bytes.n);
    ck_assert_int_eq(memcmp(out, bytes.p, bytes.n), 0);
    inflateEnd(&z);
    free(out);
}

START_TEST(what_is_shrunk_is_the_same_when_it_is_unpacked)
{
    struct rs_buf plain = points(N_POINTS);
    struct rs_buf packed = points(N_POINTS);

    ck_assert(rs_gzip_shrink(&packed));
    ck_assert_uint_lt(packed.n, plain.n / 2);
    ck_unpacks(&packed, rs_buf_view(&plain));
    rs_buf_fini(&plain);
    rs_buf_fini(&packed);
}
END_TEST

START_TEST(a_buffer_can_be_used_on)
{
    struct rs_buf b = points(N_POINTS);

    ck_assert(rs_gzip_shrink(&b));
    rs_buf_clear(&b);
    for (int i = 0; i < N_POINTS; i++) {
        RS_BUF_LIT(&b, "next reply ");
    }
    ck_assert(!b.over);
    ck_assert_uint_eq(b.n, N_POINTS * 11);
    rs_buf_fini(&b);
}
END_TEST

START_TEST(what_would_not_be_smaller_stays_as_it_is)
{
    static const size_t sizes[] = {0, 1, 20, 100, 100000};
    char bytes[100000];

    rs_random(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct rs_buf b = {.max = MAX};

        rs_buf_put(&b, bytes, sizes[i]);
        ck_assert(!rs_gzip_shrink(&b));
        ck_assert_uint_eq(b.n, sizes[i]);
        ck_assert(sizes[i] == 0 || memcmp(b.p, bytes, sizes[i]) == 0);
        rs_buf_fini(&b);
    }
}
END_TEST

/* The sanitizers take more address space than any limit leaves. */
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
START_TEST(without_memory_it_stays_as_it_is)
{
    struct rs_buf plain = points(N_POINTS * 100);
    struct rs_buf b = points(N_POINTS * 100);

    ck_assert_int_eq(setrlimit(RLIMIT_AS, &(struct rlimit){1, RLIM_INFINITY}), 0);
    ck_assert(!rs_gzip_shrink(&b));
    ck_assert(rs_str_eq(rs_buf_view(&b), rs_buf_view(&plain)));
    rs_buf_fini(&plain);
    rs_buf_fini(&b);
}
END_TEST
#endif

static void add(TCase *t)
{
    tcase_add_test(t, what_is_shrunk_is_the_same_when_it_is_unpacked);
    tcase_add_test(t, a_buffer_can_be_used_on);
    tcase_add_test(t, what_would_not_be_smaller_stays_as_it_is);
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
    tcase_add_test(t, without_memory_it_stays_as_it_is);
#endif
}

int main(void)
{
    return run_tests("http/gzip", add);
}
