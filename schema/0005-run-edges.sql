-- SPDX-License-Identifier: Apache-2.0
-- Whether a run has read or made anything that is known by name. Most have not, and reading one need not look.
--
-- has_edges: 1 when there may be rows of dataset_input, model_input or model_output for the run.
ALTER TABLE run ADD COLUMN has_edges SMALLINT NOT NULL DEFAULT 0;
UPDATE run SET has_edges = 1 WHERE id IN (SELECT run FROM dataset_input UNION SELECT run FROM model_input
    UNION SELECT run FROM model_output);
