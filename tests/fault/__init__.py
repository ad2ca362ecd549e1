# SPDX-License-Identifier: Apache-2.0
"""Faults: what is left after kill -9, damage, and clocks that jump. See README.md."""
