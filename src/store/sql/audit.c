/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that the rows keep, each as a statement that finds who breaks it: a row is one text
 * that says where. What is copied for searches is compared with its origin, what is counted is
 * counted again, and what is named must be there (no foreign keys: the store's own statements keep
 * them). A statement reads each table once, in its own order. */
#include "store/audit.h"

#include "store/event.h"
#include "store/sql/sql.h"

#define RS_OF_RUN(alias)                                                                           \
    "'run ' || coalesce((SELECT run_id FROM run WHERE id = " alias ".run), 'number ' || " alias    \
    ".run)"
#define RS_OF_ITEM(alias)                                                                          \
    RS_OF_RUN(alias)                                                                               \
    " || ', ' || coalesce((SELECT name FROM item_key WHERE id = " alias                            \
    ".item_key), 'key number ' || " alias ".item_key)"

static const char
    RESTORE[] = "restore the latest backup, or report it: the server never writes this";
static const char LOG_AGAIN[] = "log one more point of this metric to set its latest value anew; "
                                "the history itself is whole";

static const struct rs_sql LATEST_COUNT = {
    "latest_count",
    "SELECT " RS_OF_ITEM(
        "l") " FROM latest_metric l WHERE l.points <>"
             " (SELECT count(*) FROM metric m WHERE m.run = l.run AND m.item_key = l.item_key)",
    false};
static const struct rs_sql LATEST_VALUE = {
    "latest_value",
    "SELECT " RS_OF_ITEM(
        "l") " FROM latest_metric l WHERE EXISTS"
             " (SELECT 1 FROM metric m WHERE m.run = l.run AND m.item_key = l.item_key"
             " AND (m.step, m.at, m.value) > (l.step, l.at, l.value))"
             " OR NOT EXISTS (SELECT 1 FROM metric m WHERE m.run = l.run AND m.item_key = l.item_key"
             " AND m.at = l.at AND m.step = l.step AND m.value = l.value AND m.is_nan = l.is_nan)",
    false};
static const struct rs_sql LATEST_MISSING = {
    "latest_missing",
    "SELECT " RS_OF_ITEM("g") " FROM (SELECT run, item_key FROM metric GROUP BY run, item_key) g"
                              " WHERE NOT EXISTS (SELECT 1 FROM latest_metric l"
                              " WHERE l.run = g.run AND l.item_key = g.item_key)",
    false};
static const struct rs_sql LATEST_ORDER = {
    "latest_order",
    "SELECT " RS_OF_ITEM(
        "l") " FROM latest_metric l WHERE l.in_order = 1 AND EXISTS"
             " (SELECT 1 FROM (SELECT m.step AS step, lag(m.step) OVER"
             " (ORDER BY m.at, m.step, m.value, m.is_nan) AS before FROM metric m"
             " WHERE m.run = l.run AND m.item_key = l.item_key) w WHERE w.step < w.before)",
    false};
static const struct rs_sql METRIC_COPY = {
    "metric_experiment",
    "SELECT " RS_OF_ITEM("l") " FROM latest_metric l JOIN run r ON r.id = l.run"
                              " WHERE l.experiment <> r.experiment",
    false};
static const struct rs_sql PARAM_COPY = {
    "param_experiment",
    "SELECT " RS_OF_ITEM("p") " FROM param p JOIN run r ON r.id = p.run"
                              " WHERE p.experiment <> r.experiment",
    false};
static const struct rs_sql TAG_COPY = {
    "tag_experiment",
    "SELECT " RS_OF_ITEM("t") " FROM tag t JOIN run r ON r.id = t.run"
                              " WHERE t.experiment <> r.experiment",
    false};
static const struct rs_sql RUN_NAME = {
    "run_name",
    "SELECT 'run ' || r.run_id || ', ' || r.name || ' and ' || t.value FROM tag t"
    " JOIN run r ON r.id = t.run WHERE t.item_key ="
    " (SELECT id FROM item_key WHERE name = 'mlflow.runName') AND t.value <> r.name",
    false};
static const struct rs_sql RUN_EXPERIMENT = {
    "run_reference",
    "SELECT 'run ' || r.run_id || ', experiment ' || r.experiment FROM run r"
    " WHERE NOT EXISTS (SELECT 1 FROM experiment e WHERE e.id = r.experiment)",
    false};

#define RS_ITEM_REFERENCE(rule, table)                                                             \
    {                                                                                              \
        rule,                                                                                      \
            "SELECT " RS_OF_ITEM(                                                                  \
                "x") " FROM " table " x"                                                           \
                     " WHERE NOT EXISTS (SELECT 1 FROM run r WHERE r.id = x.run)"                  \
                     " OR NOT EXISTS (SELECT 1 FROM item_key k WHERE k.id = x.item_key)",          \
            false                                                                                  \
    }

static const struct rs_sql METRIC_REFERENCE = RS_ITEM_REFERENCE("metric_reference",
                                                                "latest_metric");
static const struct rs_sql PARAM_REFERENCE = RS_ITEM_REFERENCE("param_reference", "param");
static const struct rs_sql TAG_REFERENCE = RS_ITEM_REFERENCE("tag_reference", "tag");

/* Rows of `child` whose column names no id of `parent`. */
#define RS_REFERENCE(rule, child, column, parent)                                                  \
    {                                                                                              \
        rule,                                                                                      \
            "SELECT DISTINCT '" parent " number ' || x." column " FROM " child " x"                \
            " WHERE x." column " IS NOT NULL"                                                      \
            " AND NOT EXISTS (SELECT 1 FROM " parent " p WHERE p.id = x." column ")",              \
            false                                                                                  \
    }

static const struct rs_sql EXPERIMENT_TAG = RS_REFERENCE(
    "experiment_tag_reference", "experiment_tag", "experiment", "experiment");
static const struct rs_sql DATASET = RS_REFERENCE("dataset_reference", "dataset", "experiment",
                                                  "experiment");
static const struct rs_sql INPUT_RUN = RS_REFERENCE("dataset_input_reference", "dataset_input",
                                                    "run", "run");
static const struct rs_sql INPUT_DATASET = RS_REFERENCE("dataset_input_dataset", "dataset_input",
                                                        "dataset", "dataset");
static const struct rs_sql INPUT_TAG = RS_REFERENCE("dataset_input_tag_reference",
                                                    "dataset_input_tag", "input", "dataset_input");
static const struct rs_sql MODEL_INPUT = RS_REFERENCE("model_input_reference", "model_input", "run",
                                                      "run");
static const struct rs_sql MODEL_OUTPUT = RS_REFERENCE("model_output_reference", "model_output",
                                                       "run", "run");
static const struct rs_sql RUN_EDGES = {
    "run_edges",
    "SELECT 'run ' || r.run_id FROM (SELECT run FROM dataset_input UNION SELECT run FROM model_input"
    " UNION SELECT run FROM model_output) e JOIN run r ON r.id = e.run WHERE r.has_edges = 0",
    false};
static const struct rs_sql MODEL = RS_REFERENCE("logged_model_reference", "logged_model",
                                                "experiment", "experiment");
static const struct rs_sql MODEL_TAG = RS_REFERENCE("logged_model_tag_reference",
                                                    "logged_model_tag", "model", "logged_model");
static const struct rs_sql MODEL_PARAM = RS_REFERENCE(
    "logged_model_param_reference", "logged_model_param", "model", "logged_model");
static const struct rs_sql MODEL_METRIC = RS_REFERENCE(
    "logged_model_metric_reference", "logged_model_metric", "model", "logged_model");
static const struct rs_sql REGISTERED_TAG = RS_REFERENCE(
    "registered_model_tag_reference", "registered_model_tag", "model", "registered_model");
static const struct rs_sql VERSION = RS_REFERENCE("model_version_reference", "model_version",
                                                  "model", "registered_model");
static const struct rs_sql VERSION_TAG = RS_REFERENCE(
    "model_version_tag_reference", "model_version_tag", "version", "model_version");
static const struct rs_sql ALIAS = {
    "model_alias_reference",
    "SELECT 'alias ' || a.alias || ' of version ' || a.version FROM model_alias a"
    " WHERE NOT EXISTS (SELECT 1 FROM model_version v WHERE v.model = a.model"
    " AND v.version = a.version)",
    false};
static const struct rs_sql LAST_VERSION = {
    "last_version",
    "SELECT 'model ' || m.name || ', version ' || v.version FROM model_version v"
    " JOIN registered_model m ON m.id = v.model WHERE v.version > m.last_version",
    false};
static const struct rs_sql ARTIFACT_BLOB = {
    "artifact_reference",
    "SELECT 'artifact ' || CASE WHEN a.folder = '' THEN '' ELSE a.folder || '/' END || a.name"
    " FROM artifact a WHERE a.blob IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM blob b WHERE b.id = a.blob)",
    false};
static const struct rs_sql ARTIFACT_FOLDER = {
    "artifact_folder",
    "SELECT 'folder ' || folder FROM artifact WHERE folder <> '' EXCEPT SELECT 'folder '"
    " || CASE WHEN folder = '' THEN '' ELSE folder || '/' END || name FROM artifact"
    " WHERE blob IS NULL",
    false};
static const struct rs_sql BLOB_IN_USE = {
    "blob_in_use",
    "SELECT 'blob ' || b.blob_key FROM blob b WHERE b.unused_since IS NOT NULL"
    " AND EXISTS (SELECT 1 FROM artifact a WHERE a.blob = b.id)",
    false};
static const struct rs_sql BLOB_UNUSED = {
    "blob_unused",
    "SELECT 'blob ' || b.blob_key FROM blob b WHERE b.unused_since IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM artifact a WHERE a.blob = b.id)",
    false};

static const struct {
    const struct rs_sql *sql;
    const char *what;
    const char *advice;
} rules[] = {
    {&LATEST_COUNT, "a metric's number of points is not that of its history", RESTORE},
    {&LATEST_VALUE, "a metric's latest point is not the greatest of its history", LOG_AGAIN},
    {&LATEST_MISSING, "a metric has a history, but no latest point", RESTORE},
    {&LATEST_ORDER, "a metric is said to be in the order of its steps, but is not", RESTORE},
    {&METRIC_COPY, "a metric is filed under an experiment that is not its run's", RESTORE},
    {&PARAM_COPY, "a param is filed under an experiment that is not its run's", RESTORE},
    {&TAG_COPY, "a tag is filed under an experiment that is not its run's", RESTORE},
    {&RUN_NAME, "a run's name and its tag mlflow.runName differ", "rename the run"},
    {&RUN_EXPERIMENT, "a run's experiment does not exist", RESTORE},
    {&METRIC_REFERENCE, "a metric's run or name does not exist", RESTORE},
    {&PARAM_REFERENCE, "a param's run or name does not exist", RESTORE},
    {&TAG_REFERENCE, "a tag's run or name does not exist", RESTORE},
    {&EXPERIMENT_TAG, "a tag's experiment does not exist", RESTORE},
    {&DATASET, "a dataset's experiment does not exist", RESTORE},
    {&INPUT_RUN, "the run of a dataset input does not exist", RESTORE},
    {&INPUT_DATASET, "the dataset of an input does not exist", RESTORE},
    {&INPUT_TAG, "the input of a tag does not exist", RESTORE},
    {&MODEL_INPUT, "the run of a model input does not exist", RESTORE},
    {&MODEL_OUTPUT, "the run of a model output does not exist", RESTORE},
    {&RUN_EDGES, "a run is said to have no inputs and outputs, but has some", RESTORE},
    {&MODEL, "a logged model's experiment does not exist", RESTORE},
    {&MODEL_TAG, "the logged model of a tag does not exist", RESTORE},
    {&MODEL_PARAM, "the logged model of a param does not exist", RESTORE},
    {&MODEL_METRIC, "the logged model of a metric does not exist", RESTORE},
    {&REGISTERED_TAG, "the registered model of a tag does not exist", RESTORE},
    {&VERSION, "the registered model of a version does not exist", RESTORE},
    {&VERSION_TAG, "the version of a tag does not exist", RESTORE},
    {&ALIAS, "an alias names a version that does not exist", "set or delete the alias"},
    {&LAST_VERSION, "a version's number is beyond those that were given out", RESTORE},
    {&ARTIFACT_BLOB, "an artifact's bytes have no row", "upload the artifact again"},
    {&ARTIFACT_FOLDER, "artifacts are in a folder that does not exist",
     "upload a file into the folder again"},
    {&BLOB_IN_USE, "bytes that an artifact names are about to be removed", RESTORE},
    {&BLOB_UNUSED, "bytes that no artifact names will never be removed",
     "nothing is lost; report it"},
};

/* Tells the rows of a statement, one finding each, but no more than RS_AUDIT_MOST. A row that is
 * "ok" is none. */
static enum rs_code tell_rows(struct rs_cx *cx, struct rs_store *s, const struct rs_sql *sql,
                              struct rs_audit *audit, struct rs_audit_finding *f)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;
    int64_t n = 0;

    if (audit->began != NULL) {
        audit->began(audit->arg, sql->name);
    }
    RS_TRY(rs_db_query(cx, s->db, sql, RS_NO_ARGS, &rows));
    for (;;) {
        RS_TRY(rs_rows_next(cx, rows, &has_row));
        const struct rs_val v = has_row ? rs_row_val(rows, 0) : rs_null();
        if (!has_row || (v.kind == RS_VAL_STR && rs_str_is(v.s, "ok"))) {
            return RS_OK;
        }
        audit->findings++;
        f->rule = sql->name;
        f->where = ++n > RS_AUDIT_MOST    ? RS_STR("and more of the same")
                   : v.kind == RS_VAL_STR ? v.s
                                          : RS_STR("?");
        audit->found(audit->arg, f);
        if (n > RS_AUDIT_MOST) {
            return RS_OK;
        }
    }
}

enum rs_code rs_store_audit_file(struct rs_cx *cx, struct rs_store *s, struct rs_audit *audit)
{
    struct rs_audit_finding f = {.what = "the database file is damaged",
                                 .advice = "restore the latest backup into another folder"};

    return tell_rows(cx, s, s->db->ops->integrity, audit, &f);
}

/* The chain of hashes tells the first event that was altered. */
static enum rs_code audit_events(struct rs_cx *cx, struct rs_store *s, struct rs_audit *audit)
{
    struct rs_audit_finding f = {
        .rule = "event_chain", .what = "the log of events was altered", .advice = RESTORE};
    struct rs_event_break broken = {0};

    if (audit->began != NULL) {
        audit->began(audit->arg, f.rule);
    }
    RS_TRY(rs_store_events_verify(cx, s, &broken));
    if (broken.seq == 0) {
        return RS_OK;
    }
    f.where = rs_arena_fmt(cx->arena, "event %lld: " RS_FMT, (long long)broken.seq,
                           RS_ARG(broken.why));
    audit->findings++;
    audit->found(audit->arg, &f);
    return RS_OK;
}

enum rs_code rs_store_audit_rows(struct rs_cx *cx, struct rs_store *s, struct rs_audit *audit)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        struct rs_audit_finding f = {.what = rules[i].what, .advice = rules[i].advice};

        RS_TRY(tell_rows(cx, s, rules[i].sql, audit, &f));
    }
    return audit_events(cx, s, audit);
}
