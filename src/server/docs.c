/* SPDX-License-Identifier: Apache-2.0 */
/* docs/api.md, from the route tables. */
#include "server/docs.h"

#include "api/call.h"
#include "api/mlflow/routes.h"
#include "api/native/routes.h"
#include "ui/ui.h"

static const char *const kinds[] = {
    [RS_KIND_STR] = "string",    [RS_KIND_I64] = "int64",     [RS_KIND_F64] = "double",
    [RS_KIND_BOOL] = "bool",     [RS_KIND_OPT_I64] = "int64", [RS_KIND_OPT_F64] = "double",
    [RS_KIND_OPT_BOOL] = "bool", [RS_KIND_OPT_ENUM] = "enum", [RS_KIND_STRS] = "string[]",
    [RS_KIND_LIST] = "object[]", [RS_KIND_SUB] = "object",    [RS_KIND_LITERAL] = "literal",
};

static const char *const lanes[RS_N_LANES] = {"inline", "read", "write", "outbound"};

static void put_fields(struct rs_buf *out, const struct rs_fields *fields)
{
    if (fields == NULL) {
        RS_BUF_LIT(out, "bytes");
        return;
    }
    if (fields->n == 0) {
        RS_BUF_LIT(out, "-");
    }
    for (size_t i = 0; i < fields->n; i++) {
        const struct rs_field *f = &fields->field[i];

        rs_buf_fmt(out, "%s" RS_FMT "%s:%s", i > 0 ? ", " : "", RS_ARG(f->name),
                   (f->flags & RS_REQUIRED) != 0 ? "!" : "",
                   (f->flags & RS_VERBATIM) != 0 ? "json" : kinds[f->kind]);
    }
}

static void put_call(struct rs_buf *out, const struct rs_endpoint *e)
{
    put_fields(out, e->request);
    RS_BUF_LIT(out, " | ");
    put_fields(out, e->reply);
}

static void put_mounts(struct rs_buf *out, const struct rs_mount *mounts, size_t n)
{
    for (size_t m = 0; m < n; m++) {
        rs_buf_fmt(out,
                   "\n## %s\n\n| method | path | RPC | lane | body | request | reply |\n"
                   "| --- | --- | --- | --- | --- | --- | --- |\n",
                   mounts[m].prefix[0] != '\0' ? mounts[m].prefix : "/");
        for (size_t i = 0; i < mounts[m].n; i++) {
            const struct rs_route *r = &mounts[m].routes[i];
            const struct rs_endpoint *e = r->row;

            rs_buf_fmt(out, "| %s | `%s` | %s | %s | %zu | ", rs_method_name(r->method), r->path,
                       r->name, e != NULL && e->handle != NULL ? lanes[e->lane] : "own",
                       r->body_max);
            if (e != NULL) {
                put_call(out, e);
            } else {
                RS_BUF_LIT(out, "- | bytes");
            }
            RS_BUF_LIT(out, " |\n");
        }
    }
}

void rs_docs_api(struct rs_buf *out)
{
    size_t n = 0;

    RS_BUF_LIT(
        out,
        "# Routes\n\nMade by `runestone docs api` from the route tables; `make docs` writes it "
        "anew. `!` is required; body is\nthe limit in bytes.\n");
    const struct rs_mount *native = rs_native_mounts(&n);
    put_mounts(out, native, n);
    const struct rs_mount *mlflow = rs_mlflow_mounts(&n);
    put_mounts(out, mlflow, n);
    const struct rs_route *pages = rs_ui_routes(&n);
    put_mounts(out, &(const struct rs_mount){"", pages, n, false}, 1);
}
