# SPDX-License-Identifier: Apache-2.0
"""The environment that mlflow reads when it is imported: import this before it."""

import os

# No telemetry, no minutes of retries, no progress bars in the report.
os.environ.update(
    MLFLOW_DISABLE_TELEMETRY="true",
    DO_NOT_TRACK="true",
    MLFLOW_HTTP_REQUEST_MAX_RETRIES="0",
    MLFLOW_HTTP_REQUEST_TIMEOUT="60",
    MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR="false",
    MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT="true",
    GIT_PYTHON_REFRESH="quiet",
    MPLBACKEND="Agg",
    NO_PROXY="127.0.0.1,localhost",
)
