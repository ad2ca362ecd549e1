# SPDX-License-Identifier: Apache-2.0
"""Reads through the API all that a server holds of some experiments, as addresses and values (history.py)."""

import hashlib
from typing import Iterator, List, Optional, Tuple

from tests.fault.verdict import Finding, Seen
from tests.fault.wire import FILES, Reply, Wire, file_address

PAGE_RUNS = 1000
PAGE_POINTS = 25000
# Tags that the server sets by itself.
SYSTEM_TAGS = ("mlflow.runName",)


class ReadError(RuntimeError):
    """The server did not answer a read with 200."""


class Observer:
    def __init__(self, wire: Wire):
        self.wire = wire
        self.seen = Seen()
        self.findings: List[Finding] = []

    def experiment(self, name: str) -> None:
        """Adds an experiment with all that is in it; nothing if there is none of this name."""
        reply = self.wire.get("experiments/get-by-name", experiment_name=name)
        if reply.status == 404:
            return
        experiment = self._good(reply, name)["experiment"]
        self.seen.add(f"experiment|{name}", experiment["lifecycle_stage"])
        for run in self._runs(experiment["experiment_id"]):
            self._run(run, experiment["experiment_id"])

    def _runs(self, experiment_id: str) -> Iterator[dict]:
        token: Optional[str] = ""
        while token is not None:
            query = {"experiment_ids": [experiment_id], "max_results": PAGE_RUNS, "run_view_type": "ALL"}
            page = self._good(self.wire.post("runs/search", {**query, **({"page_token": token} if token else {})}),
                              "runs/search")
            yield from page.get("runs", [])
            token = page.get("next_page_token") or None

    def _run(self, run: dict, experiment_id: str) -> None:
        info, data, name = run["info"], run["data"], run["info"]["run_name"]
        self.seen.add(f"run|{name}", info["lifecycle_stage"])
        self.seen.add(f"status|{name}", info["status"])
        if "end_time" in info:
            self.seen.add(f"end|{name}", int(info["end_time"]))
        for param in data.get("params", []):
            self.seen.add(f"param|{name}|{param['key']}", param["value"])
        for tag in data.get("tags", []):
            if tag["key"] not in SYSTEM_TAGS:
                self.seen.add(f"tag|{name}|{tag['key']}", tag["value"])
        for metric in data.get("metrics", []):
            self._metric(info["run_id"], name, metric)
        self._folder(f"{experiment_id}/{info['run_id']}/artifacts", "", name)

    def _metric(self, run_id: str, name: str, latest: dict) -> None:
        points = list(self._history(run_id, latest["key"]))
        for at, step, value in points:
            self.seen.add(f"point|{name}|{latest['key']}|{at}|{step}|{value!r}", 1)
        greatest = max(((step, at, value) for at, step, value in points), default=None)
        if greatest != (int(latest["step"]), int(latest["timestamp"]), float(latest["value"])):
            self.findings.append(Finding("latest", f"{name} {latest['key']}: the latest point is {latest}, "
                                                   f"the greatest of the history {greatest}"))

    def _history(self, run_id: str, key: str) -> Iterator[Tuple[int, int, float]]:
        token: Optional[str] = ""
        while token is not None:
            query = {"run_id": run_id, "metric_key": key, "max_results": PAGE_POINTS}
            page = self._good(self.wire.get("metrics/get-history", **query, **({"page_token": token} if token else {})),
                              f"history of {key}")
            for point in page.get("metrics", []):
                yield int(point["timestamp"]), int(point["step"]), float(point["value"])
            token = page.get("next_page_token") or None

    def _folder(self, root: str, below: str, name: str) -> None:
        listed = self.wire.call("GET", f"{FILES}?path={root}{'/' + below if below else ''}")
        for entry in self._good(listed, f"artifacts of {name}").get("files", []):
            path = f"{below}/{entry['path']}" if below else entry["path"]
            if entry["is_dir"]:
                self._folder(root, path, name)
            else:
                self._file(root, path, name, int(entry["file_size"]))

    def _file(self, root: str, path: str, name: str, size: int) -> None:
        reply = self.wire.call("GET", file_address(f"{root}/{path}"))
        digest = hashlib.sha256(reply.body).hexdigest()
        if reply.status != 200:
            self.findings.append(Finding("bytes", f"{name} {path} is listed, and answers {reply.status}"))
            return
        self.seen.add(f"file|{name}|{path}", digest)
        if reply.etag != f'"{digest}"' or size != len(reply.body):
            self.findings.append(Finding("bytes", f"{name} {path}: {len(reply.body)} bytes of SHA-256 {digest}, "
                                                  f"listed as {size} bytes, ETag {reply.etag}"))

    @staticmethod
    def _good(reply: Reply, what: str) -> dict:
        if reply.status != 200:
            raise ReadError(f"{what}: {reply.status} {reply.body[:300]!r}")
        return reply.json()
