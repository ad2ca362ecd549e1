# SPDX-License-Identifier: Apache-2.0
"""The real mlflow server and ours, side by side: the same calls, the same answers. See README.md."""
