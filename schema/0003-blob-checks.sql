-- SPDX-License-Identifier: Apache-2.0
-- Whether stored bytes are still what was stored.
--
-- state: 0 good, 1 corrupt: the bytes are missing or have another hash than the row, and are not served; an upload of the
-- same bytes puts new ones in their place. checked_at is when they were last compared, which an upload does, too.
ALTER TABLE blob ADD COLUMN state SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE blob ADD COLUMN checked_at BIGINT NOT NULL DEFAULT 0;
UPDATE blob SET checked_at = creation_time;
CREATE INDEX blob_by_check ON blob (checked_at, id);
CREATE INDEX blob_corrupt ON blob (id) WHERE state <> 0;
