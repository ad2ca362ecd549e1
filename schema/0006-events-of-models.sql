-- SPDX-License-Identifier: Apache-2.0
-- Who watches the registry and was away reads its events and steps over those of runs, of which there may be millions.
--
-- Only events of registered models are in it, so that what happens to runs does not pay for it.
CREATE INDEX event_of_models ON event (seq) WHERE model > 0;
