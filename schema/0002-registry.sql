-- SPDX-License-Identifier: Apache-2.0
-- The registry (models, prompts, their versions, tags and aliases), and what has happened: the events.

-- A registered model, or a prompt, which shares its names. last_version is the greatest number that was given out: numbers
-- are never used again. is_prompt is 1 when the tag mlflow.prompt.is_prompt is 'true'.
CREATE TABLE registered_model (
    id {{id}},
    name TEXT NOT NULL UNIQUE,
    description TEXT,
    is_prompt SMALLINT NOT NULL,
    last_version BIGINT NOT NULL,
    creation_time BIGINT NOT NULL,
    last_update_time BIGINT NOT NULL
);
CREATE INDEX registered_model_by_name ON registered_model (is_prompt, name);
CREATE INDEX registered_model_by_update ON registered_model (is_prompt, last_update_time, name);

-- pair: how searches find a tag's value. The upper 32 bits are the highest 31 of FNV-1a over the name, a zero byte and the
-- value; the lower ones are the model's id.
CREATE TABLE registered_model_tag (
    model BIGINT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    pair BIGINT NOT NULL,
    PRIMARY KEY (model, name)
) {{clustered}};
CREATE INDEX registered_model_tag_by_pair ON registered_model_tag (pair, model);

-- A version, until it is deleted: then its row goes, and its number stays used. stage: 0 None, 1 Staging, 2 Production,
-- 3 Archived. storage_location is where the bytes lie when source is a name for them (models:/..., runs:/...). What
-- nobody said is ''; a description that was not given is NULL.
CREATE TABLE model_version (
    id {{id}},
    model BIGINT NOT NULL,
    version BIGINT NOT NULL,
    stage SMALLINT NOT NULL,
    is_prompt SMALLINT NOT NULL,
    description TEXT,
    source TEXT NOT NULL,
    storage_location TEXT NOT NULL,
    run_id TEXT NOT NULL,
    run_link TEXT NOT NULL,
    model_id TEXT NOT NULL,
    creation_time BIGINT NOT NULL,
    last_update_time BIGINT NOT NULL,
    UNIQUE (model, version)
);
CREATE INDEX model_version_by_stage ON model_version (model, stage, version);
CREATE INDEX model_version_by_run ON model_version (run_id, id);
CREATE INDEX model_version_by_source ON model_version (source, id);
CREATE INDEX model_version_by_update ON model_version (is_prompt, last_update_time DESC, id);

CREATE TABLE model_version_tag (
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    pair BIGINT NOT NULL,
    PRIMARY KEY (version, name)
) {{clustered}};
CREATE INDEX model_version_tag_by_pair ON model_version_tag (pair, version);

-- version is the number, not the row.
CREATE TABLE model_alias (
    model BIGINT NOT NULL,
    alias TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (model, alias)
) {{clustered}};
CREATE INDEX model_alias_by_version ON model_alias (model, version);

-- What has happened, in the order in which it was committed: written in the transaction of the change, never changed, never
-- deleted. kind: "model_alias.set" and the like. subject: the path of the noun, "models/iris/aliases/champion". model: the
-- registered model's row, which outlives its names. before and after: the facts that changed, each under its name, as a
-- form (a=1&b=2); a fact that is in one of them only was made or went. event_group: the seq of the first event of the
-- same request, whose events follow upon each other. hash: SHA-256 over the hash before and all of the row, so that no row
-- can be altered alone. at never goes backwards, even where the clock does: a time is found by halving, without an index.
CREATE TABLE event (
    seq {{id}},
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    model BIGINT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    event_group BIGINT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX event_by_model ON event (model, seq) WHERE model > 0;
CREATE INDEX event_by_subject ON event (subject, seq);
