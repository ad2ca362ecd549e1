/* SPDX-License-Identifier: Apache-2.0 */
/* From method and path to a route. */
#include "http/router.h"

#include "support/trial.h"

static struct rs_router *router;

static const struct rs_route items[] = {
    {.method = RS_GET, .path = "/items", .name = "list"},
    {.method = RS_POST, .path = "/items", .name = "make"},
    {.method = RS_GET, .path = "/items/{id}", .name = "get"},
    {.method = RS_DELETE, .path = "/items/{id}", .name = "delete"},
    {.method = RS_GET, .path = "/items/new", .name = "new"},
    {.method = RS_GET, .path = "/items/{id}/parts/{part}", .name = "part"},
    {.method = RS_PUT, .path = "/files/{rest*}", .name = "put"},
    {.method = RS_HEAD, .path = "/probe", .name = "probe-head"},
    {.method = RS_GET, .path = "/probe", .name = "probe-get"},
};
enum { N_ITEMS = sizeof items / sizeof items[0] };

static void open_all(void)
{
    const struct rs_mount mounts[] = {{"/api/2.0", items, N_ITEMS, false},
                                      {"", items, N_ITEMS, true}};

    ck_ok(rs_router_new(&cx, mounts, 2, &router));
}

static void close_all(void)
{
    rs_router_free(router);
    close_context();
}

static struct rs_match find(enum rs_method method, const char *path)
{
    struct rs_match m;

    rs_router_find(router, method, rs_str_of(path), &m);
    return m;
}

/* That a path is served by the route of that name. */
static void ck_route(enum rs_method method, const char *path, const char *name)
{
    const struct rs_match m = find(method, path);

    ck_assert_msg(m.route != NULL, "%s finds nothing", path);
    ck_assert_str_eq(m.route->name, name);
}

static void ck_no_path(const char *path)
{
    const struct rs_match m = find(RS_GET, path);

    ck_assert_msg(m.route == NULL, "%s finds %s", path, m.route->name);
    ck_assert_uint_eq(m.allowed, 0);
    ck_assert_uint_eq(m.n_params, 0);
}

START_TEST(a_literal_path_is_found_by_its_method)
{
    ck_route(RS_GET, "/items", "list");
    ck_route(RS_POST, "/items", "make");
    ck_route(RS_GET, "/api/2.0/items", "list");
}
END_TEST

START_TEST(a_mount_says_whether_it_is_for_pages)
{
    ck_assert(find(RS_GET, "/items").is_for_pages);
    ck_assert(find(RS_HEAD, "/items/1").is_for_pages);
    ck_assert(!find(RS_GET, "/api/2.0/items").is_for_pages);
    ck_assert(!find(RS_GET, "/api/2.0/items/1").is_for_pages);
}
END_TEST

START_TEST(a_path_is_taken_as_it_is)
{
    static const char *const paths[] = {"",
                                        "/",
                                        "items",
                                        "/items/",
                                        "//items",
                                        "/Items",
                                        "/item",
                                        "/items2",
                                        "/api",
                                        "/api/2.0",
                                        "/api/2.0/",
                                        "/api/3.0/items",
                                        "/files",
                                        "/files/",
                                        "/items//",
                                        "/items//parts/1",
                                        "/items/1/parts/",
                                        "/items/1/parts/2/3"};

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        ck_no_path(paths[i]);
    }
}
END_TEST

START_TEST(a_parameter_is_one_segment)
{
    const struct rs_match m = find(RS_GET, "/items/a-1/parts/b c");

    ck_assert_str_eq(m.route->name, "part");
    ck_assert_uint_eq(m.n_params, 2);
    ck_assert_text(m.param[0].name, "id");
    ck_assert_text(m.param[0].value, "a-1");
    ck_assert_text(m.param[1].name, "part");
    ck_assert_text(m.param[1].value, "b c");
    /* Paths come decoded: a slash that was encoded is a slash. */
    ck_no_path("/items/a/b");
}
END_TEST

START_TEST(the_rest_is_all_that_is_left_with_its_slashes)
{
    const struct rs_match m = find(RS_PUT, "/api/2.0/files/a/../b//c/");

    ck_assert_str_eq(m.route->name, "put");
    ck_assert_uint_eq(m.n_params, 1);
    ck_assert_text(m.param[0].name, "rest");
    ck_assert_text(m.param[0].value, "a/../b//c/");
}
END_TEST

START_TEST(a_literal_path_wins_over_a_pattern)
{
    ck_route(RS_GET, "/items/new", "new");
    ck_route(RS_GET, "/items/newer", "get");
    ck_assert_uint_eq(find(RS_GET, "/items/new").n_params, 0);
}
END_TEST

START_TEST(head_is_served_by_get_unless_it_has_a_route)
{
    ck_route(RS_HEAD, "/items", "list");
    ck_route(RS_HEAD, "/items/1", "get");
    ck_route(RS_HEAD, "/probe", "probe-head");
    ck_route(RS_GET, "/probe", "probe-get");
    ck_assert_ptr_null(find(RS_HEAD, "/files/a").route);
}
END_TEST

START_TEST(another_method_finds_the_methods_that_are_allowed)
{
    const unsigned get = 1U << RS_GET | 1U << RS_HEAD;
    const struct rs_match m = find(RS_PATCH, "/items");

    ck_assert_ptr_null(m.route);
    ck_assert_uint_eq(m.allowed, get | 1U << RS_POST);
    ck_assert_uint_eq(find(RS_PUT, "/items/1").allowed, get | 1U << RS_DELETE);
    ck_assert_uint_eq(find(RS_GET, "/files/a").allowed, 1U << RS_PUT);
    ck_assert_uint_eq(find(RS_OPTIONS, "/probe").allowed, get);
    /* And so does one that is served. */
    ck_assert_uint_eq(find(RS_GET, "/items").allowed, get | 1U << RS_POST);
}
END_TEST

START_TEST(two_routes_may_not_claim_the_same_method_and_path)
{
    static const struct rs_route literal[] = {{.method = RS_GET, .path = "/a", .name = "a"},
                                              {.method = RS_GET, .path = "/a", .name = "b"}};
    static const struct rs_route pattern[] = {{.method = RS_GET, .path = "/a/{x}", .name = "a"},
                                              {.method = RS_GET, .path = "/a/{x}", .name = "b"}};
    struct rs_router *r = NULL;

    ck_fails(rs_router_new(&cx, &(struct rs_mount){"/p", literal, 2, false}, 1, &r), RS_INTERNAL,
             "two routes claim GET /p/a");
    ck_fails(rs_router_new(&cx, &(struct rs_mount){"", pattern, 2, false}, 1, &r), RS_INTERNAL,
             "two routes claim GET /a/{x}");
    ck_assert_ptr_null(r);
    rs_router_free(NULL);
}
END_TEST

START_TEST(thousands_of_paths_are_all_found)
{
    enum { N = 3000 };
    static struct rs_route many[N];
    struct rs_router *r = NULL;

    for (int i = 0; i < N; i++) {
        many[i] = (struct rs_route){
            .method = RS_GET, .path = rs_arena_fmt(&arena, "/path/%d", i).p, .name = "many"};
    }
    ck_ok(rs_router_new(&cx, &(struct rs_mount){"", many, N, false}, 1, &r));
    for (int i = 0; i < N; i++) {
        struct rs_match m;

        rs_router_find(r, RS_GET, rs_str_of(many[i].path), &m);
        ck_assert_ptr_eq(m.route, &many[i]);
    }
    rs_router_free(r);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_literal_path_is_found_by_its_method);
    tcase_add_test(t, a_mount_says_whether_it_is_for_pages);
    tcase_add_test(t, a_path_is_taken_as_it_is);
    tcase_add_test(t, a_parameter_is_one_segment);
    tcase_add_test(t, the_rest_is_all_that_is_left_with_its_slashes);
    tcase_add_test(t, a_literal_path_wins_over_a_pattern);
    tcase_add_test(t, head_is_served_by_get_unless_it_has_a_route);
    tcase_add_test(t, another_method_finds_the_methods_that_are_allowed);
    tcase_add_test(t, two_routes_may_not_claim_the_same_method_and_path);
    tcase_add_test(t, thousands_of_paths_are_all_found);
}

int main(void)
{
    return run_trials(
        &(struct trials){.name = "http/router", .open = open_all, .close = close_all, .add = add});
}
