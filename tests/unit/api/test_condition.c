/* SPDX-License-Identifier: Apache-2.0 */
/* Entity tags of what points at versions; tests/api/cases/registry_conditions.case has the calls.
 */
#include "api/condition.h"

#include "support/trial.h"

enum { MANY = 65 };

START_TEST(a_tag_names_the_versions)
{
    static const int64_t versions[] = {2, 3, INT64_MAX};

    ck_assert_text(rs_versions_etag(&arena, versions, 1), "2");
    ck_assert_text(rs_versions_etag(&arena, versions, 2), "2.3");
    ck_assert_text(rs_versions_etag(&arena, versions, 3), "2.3.9223372036854775807");
}
END_TEST

START_TEST(what_has_no_version_has_no_tag)
{
    ck_assert_ptr_null(rs_versions_etag(&arena, NULL, 0).p);
}
END_TEST

START_TEST(the_tag_of_many_versions_is_short_and_still_tells_them_apart)
{
    int64_t versions[MANY];

    for (size_t i = 0; i < MANY; i++) {
        versions[i] = (int64_t)i + 1;
    }
    const struct rs_str few = rs_versions_etag(&arena, versions, MANY - 1);
    const struct rs_str many = rs_versions_etag(&arena, versions, MANY);
    versions[MANY - 1]++;
    const struct rs_str other = rs_versions_etag(&arena, versions, MANY);
    ck_assert(rs_str_starts(few, RS_STR("1.2.3.")));
    ck_assert_uint_eq(many.n, 64);
    ck_assert_uint_eq(other.n, 64);
    ck_assert(!rs_str_eq(many, other));
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_tag_names_the_versions);
    tcase_add_test(t, what_has_no_version_has_no_tag);
    tcase_add_test(t, the_tag_of_many_versions_is_short_and_still_tells_them_apart);
}

int main(void)
{
    return run_trials(
        &(struct trials){.name = "api/condition", .close = close_context, .add = add});
}
