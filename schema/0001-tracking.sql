-- SPDX-License-Identifier: Apache-2.0
-- Tracking: experiments, runs, what runs log, logged models, artifacts.
--
-- Common to every engine. {{id}} is an integer key that the engine gives out, {{clustered}} keeps rows in the primary
-- key's order, {{double}} holds any double but NaN, bit for bit. Times are milliseconds since the epoch, by our
-- clock or the client's. Public ids are text and unique; inside, rows know each other by integers.
-- stage: 0 active, 1 deleted. Text compares bytewise.

-- What does not change between starts: the secret of signed URLs, and the like.
CREATE TABLE setting (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) {{clustered}};

-- Names of metrics, params and tags, each once: rows of runs hold its number.
CREATE TABLE item_key (
    id {{id}},
    name TEXT NOT NULL UNIQUE
);

-- A name stays taken after deletion, as in MLflow. artifact_location is fixed at creation: the artifact URIs of runs
-- and logged models are made from it and not stored.
CREATE TABLE experiment (
    id {{id}},
    name TEXT NOT NULL UNIQUE,
    artifact_location TEXT NOT NULL,
    stage SMALLINT NOT NULL,
    creation_time BIGINT NOT NULL,
    last_update_time BIGINT NOT NULL
);
CREATE INDEX experiment_by_creation ON experiment (creation_time DESC, id);

CREATE TABLE experiment_tag (
    experiment BIGINT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (experiment, name)
) {{clustered}};

-- status: RunStatus of MLflow's protocol. An end that is not known is NULL. The name is also the value of the
-- tag mlflow.runName, which the service keeps equal.
CREATE TABLE run (
    id {{id}},
    run_id TEXT NOT NULL UNIQUE,
    experiment BIGINT NOT NULL,
    stage SMALLINT NOT NULL,
    status SMALLINT NOT NULL,
    name TEXT NOT NULL,
    user_id TEXT NOT NULL,
    start_time BIGINT NOT NULL,
    end_time BIGINT,
    deleted_at BIGINT
);
-- The order in which runs are listed when nothing else is asked.
CREATE INDEX run_by_start ON run (experiment, stage, start_time DESC, run_id);

-- Every point of every metric, clustered in the order of a history. The key is the whole row: a repeated point is the
-- same point. NaN cannot be a key (SQLite makes it NULL): it is stored as 0 with is_nan = 1.
CREATE TABLE metric (
    run BIGINT NOT NULL,
    item_key BIGINT NOT NULL,
    at BIGINT NOT NULL,
    step BIGINT NOT NULL,
    value {{double}} NOT NULL,
    is_nan SMALLINT NOT NULL,
    PRIMARY KEY (run, item_key, at, step, value, is_nan)
) {{clustered}};

-- A metric of a run: its latest point (the greatest by step, time, value), how many points it has, and whether their
-- order by time is also their order by step, so that a history can be read in either without sorting.
-- experiment repeats the run's, for the index that filters and orders searches.
CREATE TABLE latest_metric (
    run BIGINT NOT NULL,
    item_key BIGINT NOT NULL,
    experiment BIGINT NOT NULL,
    value {{double}} NOT NULL,
    is_nan SMALLINT NOT NULL,
    at BIGINT NOT NULL,
    step BIGINT NOT NULL,
    points BIGINT NOT NULL,
    in_order SMALLINT NOT NULL,
    PRIMARY KEY (run, item_key)
) {{clustered}};
CREATE INDEX latest_metric_by_value ON latest_metric (experiment, item_key, is_nan, value, run);

-- Values may be long: indexes hold their first 64 characters, and conditions name both.
CREATE TABLE param (
    run BIGINT NOT NULL,
    item_key BIGINT NOT NULL,
    experiment BIGINT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run, item_key)
) {{clustered}};
CREATE INDEX param_by_value ON param (experiment, item_key, substr(value, 1, 64), run);

CREATE TABLE tag (
    run BIGINT NOT NULL,
    item_key BIGINT NOT NULL,
    experiment BIGINT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run, item_key)
) {{clustered}};
CREATE INDEX tag_by_value ON tag (experiment, item_key, substr(value, 1, 64), run);

-- A dataset is known by name and digest within an experiment; the first description of it is kept.
CREATE TABLE dataset (
    id {{id}},
    experiment BIGINT NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    source_type TEXT NOT NULL,
    source TEXT NOT NULL,
    schema_text TEXT,
    profile TEXT,
    UNIQUE (experiment, name, digest)
);

-- Which datasets a run read; the number keeps the order in which they were logged.
CREATE TABLE dataset_input (
    id {{id}},
    run BIGINT NOT NULL,
    dataset BIGINT NOT NULL,
    UNIQUE (run, dataset)
);
CREATE INDEX dataset_input_by_dataset ON dataset_input (dataset, run);

CREATE TABLE dataset_input_tag (
    input BIGINT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (input, name)
) {{clustered}};

-- Which logged models a run read and made. The model need not exist (yet): it is named by its public id.
CREATE TABLE model_input (
    id {{id}},
    run BIGINT NOT NULL,
    model_id TEXT NOT NULL,
    UNIQUE (run, model_id)
);

CREATE TABLE model_output (
    id {{id}},
    run BIGINT NOT NULL,
    model_id TEXT NOT NULL,
    step BIGINT NOT NULL,
    UNIQUE (run, model_id)
);

-- status: LoggedModelStatus of MLflow's protocol.
CREATE TABLE logged_model (
    id {{id}},
    model_id TEXT NOT NULL UNIQUE,
    experiment BIGINT NOT NULL,
    stage SMALLINT NOT NULL,
    status SMALLINT NOT NULL,
    name TEXT NOT NULL,
    model_type TEXT NOT NULL,
    source_run_id TEXT NOT NULL,
    status_message TEXT,
    creation_time BIGINT NOT NULL,
    last_update_time BIGINT NOT NULL
);
CREATE INDEX logged_model_by_creation ON logged_model (experiment, stage, creation_time DESC, model_id);
CREATE INDEX logged_model_by_name ON logged_model (experiment, name);

CREATE TABLE logged_model_tag (
    model BIGINT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (model, name)
) {{clustered}};

CREATE TABLE logged_model_param (
    model BIGINT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (model, name)
) {{clustered}};

-- Points that were logged to a model, with the run and the dataset that they came from (NULL where none was named).
-- A run says one value for a model, time and step: the first one stays.
CREATE TABLE logged_model_metric (
    model BIGINT NOT NULL,
    name TEXT NOT NULL,
    at BIGINT NOT NULL,
    step BIGINT NOT NULL,
    value {{double}} NOT NULL,
    is_nan SMALLINT NOT NULL,
    run_id TEXT NOT NULL,
    dataset_name TEXT,
    dataset_digest TEXT,
    PRIMARY KEY (model, name, at, step, run_id)
) {{clustered}};
CREATE INDEX logged_model_metric_by_name ON logged_model_metric (name, model);

-- Bytes, named by the artifact store (blob_key), never by a client. sha256 is lower-case hexadecimal; equal bytes are
-- kept once. unused_since is set when the last artifact lets go of them and starts the collector's grace time.
CREATE TABLE blob (
    id {{id}},
    blob_key TEXT NOT NULL UNIQUE,
    sha256 TEXT NOT NULL UNIQUE,
    size BIGINT NOT NULL,
    creation_time BIGINT NOT NULL,
    unused_since BIGINT
);
CREATE INDEX blob_unused ON blob (unused_since);

-- Logical paths: a folder's entries are one range of the key. A folder is a row without a blob; '' is the root.
CREATE TABLE artifact (
    folder TEXT NOT NULL,
    name TEXT NOT NULL,
    blob BIGINT,
    last_update_time BIGINT NOT NULL,
    PRIMARY KEY (folder, name)
) {{clustered}};
CREATE INDEX artifact_by_blob ON artifact (blob);

-- Multipart uploads that have begun. Their parts are files under the upload's id, named by their digests. A completed
-- one stays a while, so that completing may be repeated.
CREATE TABLE multipart (
    upload_id TEXT NOT NULL PRIMARY KEY,
    path TEXT NOT NULL,
    creation_time BIGINT NOT NULL,
    completion_time BIGINT
) {{clustered}};
