-- SPDX-License-Identifier: Apache-2.0
-- Webhooks: whom to tell of which events, how far each has been told, and what came of it. What is to be told is not
-- copied: it is in the table event, beyond the cursor.

-- webhook_id is a UUID. secret: sealed (base/seal.h), '' when there is none. status: 1 active, 2 disabled. generation rises
-- with each change that a user makes. told: the seq of the last event that is done with. attempts: how often the next one
-- was tried in vain; next_try: not before (ms since the epoch).
CREATE TABLE webhook (
    id {{id}},
    webhook_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    description TEXT,
    url TEXT NOT NULL,
    secret TEXT NOT NULL,
    status SMALLINT NOT NULL,
    creation_time BIGINT NOT NULL,
    last_update_time BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    told BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    next_try BIGINT NOT NULL
);

-- What it wants to be told of: numbers of MLflow's enums, place: its place in the list.
CREATE TABLE webhook_event (
    webhook BIGINT NOT NULL,
    place BIGINT NOT NULL,
    entity SMALLINT NOT NULL,
    action SMALLINT NOT NULL,
    PRIMARY KEY (webhook, place)
) {{clustered}};

-- The latest attempts of each webhook. seq: the event. delivery_id: the same for all attempts of one event to one webhook.
-- status: that of the answer, 0 when there was none. error: why it was none. outcome: 1 delivered, 2 will be tried again,
-- 3 given up. at: when the attempt ended; took: how long, in ms.
CREATE TABLE webhook_delivery (
    id {{id}},
    webhook BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    delivery_id TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    at BIGINT NOT NULL,
    took BIGINT NOT NULL,
    status BIGINT NOT NULL,
    error TEXT NOT NULL,
    outcome SMALLINT NOT NULL,
    is_replay SMALLINT NOT NULL
);
CREATE INDEX webhook_delivery_by_webhook ON webhook_delivery (webhook, id);
CREATE INDEX webhook_delivery_by_delivery ON webhook_delivery (webhook, delivery_id, id);
