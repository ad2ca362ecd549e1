/* SPDX-License-Identifier: Apache-2.0 */
/* The page of ours. */
#include "ui/welcome.h"

#include "base/expect.h"

static const char *page_of(struct rs_buf *page, const char *url)
{
    rs_welcome_write(page, RS_STR("1.2.3"), rs_str_of(url));
    rs_buf_putc(page, '\0');
    ck_assert(!page->over);
    return page->p;
}

START_TEST(it_says_what_a_client_sets)
{
    struct rs_buf page = {.max = 1 << 20};
    const char *text = page_of(&page, "http://h:1/ml");

    ck_assert_ptr_nonnull(strstr(text, "version 1.2.3<"));
    ck_assert_ptr_nonnull(strstr(text, ">export MLFLOW_TRACKING_URI=http://h:1/ml<"));
    rs_buf_fini(&page);
}
END_TEST

START_TEST(nothing_in_it_leads_elsewhere)
{
    struct rs_buf page = {.max = 1 << 20};
    const char *text = page_of(&page, "");

    ck_assert_ptr_null(strstr(text, "<script"));
    ck_assert_ptr_null(strstr(text, "src="));
    ck_assert_ptr_null(strstr(text, "href=\"/"));
    ck_assert_ptr_null(strstr(text, "//"));
    rs_buf_fini(&page);
}
END_TEST

START_TEST(a_text_from_outside_stays_text)
{
    struct rs_buf page = {.max = 1 << 20};
    const char *text = page_of(&page, "<script>\"'&");

    ck_assert_ptr_null(strstr(text, "<script>"));
    ck_assert_ptr_nonnull(strstr(text, "=&lt;script&gt;&quot;&#39;&amp;<"));
    rs_buf_fini(&page);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, it_says_what_a_client_sets);
    tcase_add_test(t, nothing_in_it_leads_elsewhere);
    tcase_add_test(t, a_text_from_outside_stays_text);
}

int main(void)
{
    return run_tests("ui/welcome", add);
}
