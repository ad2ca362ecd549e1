/* SPDX-License-Identifier: Apache-2.0 */
/* Every limit of what a client may send, by name. May be included by model, store, service and api.
 *
 * Lengths of text are Unicode code points, as MLflow counts them, unless a name ends in _BYTES.
 * Source, unless said otherwise: MLflow 3.17.2, mlflow/utils/validation.py and its protobuf
 * defaults. */
#ifndef RS_MODEL_LIMITS_H
#define RS_MODEL_LIMITS_H

/* Keys and values. */
enum {
    RS_KEY_MAX = 250,                    /* of metrics, params and tags of every kind */
    RS_PARAM_VALUE_MAX = 6000,           /* longer ones are cut, not refused */
    RS_TAG_VALUE_MAX = 8000,             /* of runs: likewise */
    RS_EXPERIMENT_TAG_VALUE_MAX = 20000, /* longer ones are refused */
    RS_EXPERIMENT_VIEWS_MAX = 50,        /* tags mlflow.customView.view* of one experiment */
    RS_EXPERIMENT_NAME_MAX = 500,
    RS_RUN_ID_MAX = 256,
    RS_ARTIFACT_LOCATION_MAX = 2048, /* MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH */
};

/* One log-batch request. The body's size has no rule of its own: MLflow's check of it never
 * applies. */
enum {
    RS_BATCH_METRICS_MAX = 1000,
    RS_BATCH_PARAMS_MAX = 100,
    RS_BATCH_TAGS_MAX = 100,
    RS_BATCH_ENTITIES_MAX = 1000, /* of the three together */
};

/* Datasets. */
enum {
    RS_DATASET_NAME_MAX = 500,
    RS_DATASET_DIGEST_MAX = 36,
    RS_DATASET_SOURCE_MAX = 65535,
    RS_DATASET_SCHEMA_MAX = 1048575,
    RS_DATASET_PROFILE_MAX = 16777215,
    RS_INPUT_TAG_KEY_MAX = 255,
    RS_INPUT_TAG_VALUE_MAX = 500,
    RS_SEARCH_DATASETS_EXPERIMENTS_MAX = 20, /* ids in one search-datasets; handlers.py */
    RS_DATASET_SUMMARIES_MAX = 1000,         /* rows it answers; sqlalchemy_store.py */
};

/* The model registry. The name of a model has no limit but the body's: MLflow's column is of 256
 * characters, which SQLite does not enforce, and nothing else looks at it. */
enum {
    RS_REGISTRY_TAG_VALUE_MAX = 100000,
    RS_ALIAS_MAX = 255,
};

/* Pages. */
enum {
    RS_RUNS_PAGE_DEFAULT = 1000,
    RS_RUNS_PAGE_MAX = 50000,
    RS_EXPERIMENTS_PAGE_MAX = 50000,
    RS_LOGGED_MODELS_PAGE_DEFAULT = 50,
    RS_LOGGED_MODELS_PAGE_MAX = 50000, /* ours: MLflow has none */
    RS_MODELS_PAGE_DEFAULT = 100,
    RS_MODELS_PAGE_MAX = 1000,
    RS_VERSIONS_PAGE_DEFAULT = 200000,
    RS_VERSIONS_PAGE_MAX = 200000,
    RS_WEBHOOKS_PAGE_DEFAULT = 100,
    RS_WEBHOOKS_PAGE_MAX = 1000,
    RS_HISTORY_BULK_MAX = 25000, /* points of get-history-bulk over all its runs; handlers.py */
    RS_INTERVAL_ROWS_MAX = 2500, /* points a run of get-history-bulk-interval; handlers.py */
    RS_BULK_RUNS_MAX = 100,      /* run ids of either */
};

/* Ours: MLflow leaves these to Python's recursion and memory. */
enum {
    RS_FILTER_MAX = 65536,       /* bytes of one filter */
    RS_FILTER_CLAUSES_MAX = 100, /* each may become one join; values of IN are bounded by the text
                                    alone */
    RS_ORDERS_MAX = 30,          /* keys of one order_by: a page token holds two values for each */
    RS_ARTIFACT_PATH_MAX_BYTES = 4096, /* PATH_MAX of Linux, so that a download can be stored */
    RS_ARTIFACT_NAME_MAX_BYTES = 255,  /* NAME_MAX, likewise; one segment */
};

#endif
