# SPDX-License-Identifier: Apache-2.0
"""What a generator can do. Each module has a list ACTIONS of (function, weight); a function takes the World and makes
one Call. Odd values that both servers must treat alike may stand in any call; a value whose effect is known to differ
only in a call on dirty objects (`world.wild`)."""

from tests.parity.actions import (artifacts, experiments, files, histories, lineage, models, pages, registry, registry_searches,
                                  runs, searches, versions, webhooks)

MODULES = (experiments, runs, pages, histories, lineage, models, searches, artifacts, files, registry, versions, registry_searches,
           webhooks)
ACTIONS = [entry for module in MODULES for entry in module.ACTIONS]
