/* SPDX-License-Identifier: Apache-2.0 */
/* Random ids: their shape, and that they do not repeat within and between threads. */
#include "base/id.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/expect.h"

enum { N_THREADS = 4, N_EACH = 5000 };

START_TEST(an_id_is_a_version_4_uuid_without_dashes)
{
    struct rs_arena a = {0};

    for (int i = 0; i < 1000; i++) {
        const struct rs_str id = rs_id_new(&a);

        ck_assert_uint_eq(id.n, RS_ID_LEN);
        ck_assert_uint_eq(strspn(id.p, "0123456789abcdef"), RS_ID_LEN);
        ck_assert_int_eq(id.p[RS_ID_LEN], '\0');
        ck_assert_int_eq(id.p[12], '4');
        ck_assert_ptr_nonnull(strchr("89ab", id.p[16]));
    }
    rs_arena_fini(&a);
}
END_TEST

START_TEST(every_digit_of_an_id_varies)
{
    struct rs_arena a = {0};
    const struct rs_str first = rs_id_new(&a);
    bool varied[RS_ID_LEN] = {false};

    for (int i = 0; i < 200; i++) {
        const struct rs_str id = rs_id_new(&a);

        for (size_t at = 0; at < RS_ID_LEN; at++) {
            varied[at] = varied[at] || id.p[at] != first.p[at];
        }
    }
    for (size_t at = 0; at < RS_ID_LEN; at++) {
        ck_assert_msg(varied[at] == (at != 12), "digit %zu", at);
    }
    rs_arena_fini(&a);
}
END_TEST

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, RS_ID_LEN);
}

static void *make_ids(void *arg)
{
    char(*ids)[RS_ID_LEN] = arg;
    struct rs_arena a = {0};

    for (size_t i = 0; i < N_EACH; i++) {
        memcpy(ids[i], rs_id_new(&a).p, RS_ID_LEN);
    }
    rs_arena_fini(&a);
    return NULL;
}

START_TEST(ids_of_many_threads_never_repeat)
{
    static char ids[N_THREADS * N_EACH][RS_ID_LEN];
    pthread_t threads[N_THREADS];

    for (size_t i = 0; i < N_THREADS; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, make_ids, ids[i * N_EACH]), 0);
    }
    for (size_t i = 0; i < N_THREADS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    }
    qsort(ids, sizeof ids / sizeof ids[0], sizeof ids[0], compare);
    for (size_t i = 1; i < sizeof ids / sizeof ids[0]; i++) {
        ck_assert_int_ne(compare(ids[i - 1], ids[i]), 0);
    }
}
END_TEST

START_TEST(random_bytes_fill_all_of_the_room_and_no_more)
{
    enum { N = (1 << 20) + 33 }; /* more than one draw */
    static unsigned char bytes[N + 1];
    size_t counts[256] = {0};

    bytes[N] = 0xA5;
    rs_random(bytes, N);
    ck_assert_uint_eq(bytes[N], 0xA5);
    for (size_t i = 0; i < N; i++) {
        counts[bytes[i]]++;
    }
    /* 4096 on average, with a deviation of 64: ten deviations never happen. */
    for (size_t i = 0; i < 256; i++) {
        ck_assert_uint_gt(counts[i], 4096 - 640);
        ck_assert_uint_lt(counts[i], 4096 + 640);
    }
    unsigned char tail[33] = {0};
    ck_assert_mem_ne(bytes + N - 33, tail, 33);
    rs_random(bytes, 0);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, an_id_is_a_version_4_uuid_without_dashes);
    tcase_add_test(t, every_digit_of_an_id_varies);
    tcase_add_test(t, ids_of_many_threads_never_repeat);
    tcase_add_test(t, random_bytes_fill_all_of_the_room_and_no_more);
}

int main(void)
{
    return run_tests("base/id", add);
}
