# SPDX-License-Identifier: Apache-2.0
"""The differences on purpose, a reason each.

A reason explains one difference of one exchange: it names the routes, and a condition on the call, on both replies and
on what differs. Whatever no reason explains fails `make parity`."""

import re
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Callable, List, Optional, Tuple

from tests.parity.actions.artifacts import RANGES_BROKEN
from tests.parity.calls import Call
from tests.parity.compare import ABSENT, FIXED_MESSAGES, Difference
from tests.parity.wire import Reply

SMALL_LIKE = re.compile(r"Invalid comparator (?:for \w+: |')(?:i?like|in|not in|is (?:not )?null)", re.I)
OWN_FAULTS = ("num_parts must be", "expiration must be", "could not read the request body")
LARGEST = 1.7976931348623157e308


@dataclass
class Exchange:
    call: Call
    theirs: Reply
    ours: Reply


@dataclass
class Reason:
    name: str
    why: str
    routes: Tuple[str, ...]
    accepts: Callable[[Exchange, Difference], bool]


def refused(x: Exchange) -> bool:
    """We say 400 INVALID_PARAMETER_VALUE."""
    return x.ours.status == 400 and x.ours.error_code == "INVALID_PARAMETER_VALUE"


def crashed(x: Exchange) -> bool:
    return x.theirs.status == 500


def verdict(d: Difference) -> bool:
    """What differs is how the call was judged, not what was stored."""
    return d.path in ("status", "error_code", "fixed message")


def known_fault(message: str) -> bool:
    return any(pattern.match(message) for pattern in FIXED_MESSAGES) or message.startswith(OWN_FAULTS)


def has(*traits: str) -> Callable[[Exchange], bool]:
    return lambda x: bool(x.call.traits.intersection(traits))


REASONS: List[Reason] = [
    Reason("wrong-value-refused",
           "The real server keeps what it parsed before a value of the wrong type, stores zeros for the rest and says 200, or"
           " crashes with 500 (mlflow-api rule 1.2.6). We answer 400 and store nothing.", ("*",),
           lambda x, d: has("refused-value", "wrong-type", "null")(x) and refused(x) and verdict(d)),
    Reason("another-fault-named",
           "A call with several faults is refused for one of them; which one is looked for first is our business.", ("*",),
           lambda x, d: d.path == "fixed message" and x.theirs.error_code == "INVALID_PARAMETER_VALUE" and refused(x) and known_fault(x.ours.message)),
    Reason("malformed-body-said",
           "A body that is no JSON counts as empty there, which then shows as a missing field; we say what is wrong with it.", ("*",),
           lambda x, d: has("malformed")(x) and refused(x) and verdict(d)),
    Reason("null-is-absent",
           "A null is an absent field (rule 1.2.5); the real server crashes on some of them.", ("*",),
           lambda x, d: d.path == "status" and has("null")(x) and crashed(x) and x.ours.ok),
    Reason("body-is-no-object",
           "A body that is valid JSON but no object crashes the real server, or counts as empty; we answer 400.", ("*",),
           lambda x, d: has("not-an-object")(x) and refused(x) and not x.theirs.error_code == "INVALID_PARAMETER_VALUE"),
    Reason("infinity-kept",
           "The real server cuts an infinity to the largest double; we give back what was logged.",
           ("runs/*", "metrics/*", "logged-models/*"),
           lambda x, d: (d.theirs, d.ours) in ((LARGEST, "Infinity"), (-LARGEST, "-Infinity"))),
    Reason("minus-zero-kept", "SQLite turns -0.0 into 0.0 in the real server; we keep the sign.", ("runs/*", "metrics/*"),
           lambda x, d: str(d.theirs) == "0.0" and str(d.ours) == "-0.0"),
    Reason("bulk-nan-is-json",
           "The real server writes NaN as a bare token, which is no JSON; we write the string.", ("metrics/get-history-bulk",),
           lambda x, d: d.theirs != d.theirs and d.ours == "NaN"),
    Reason("output-repeated",
           "A repeated run-to-model edge is a retry, so it succeeds (P9); the real server answers 400 with SQL.", ("runs/outputs",),
           lambda x, d: d.path == "status" and has("repeated-output")(x) and x.theirs.error_code == "BAD_REQUEST" and x.ours.ok),
    Reason("unknown-route-is-json",
           "An unknown route is ENDPOINT_NOT_FOUND as JSON here, a web page there; the client treats both alike.", ("*",),
           lambda x, d: x.theirs.status == 404 and not x.theirs.is_json and x.ours.error_code == "ENDPOINT_NOT_FOUND"),
    Reason("method-page-is-json",
           "A wrong method is 405 with Allow on both; the body is JSON here, a web page there.", ("*",),
           lambda x, d: x.theirs.status == 405 == x.ours.status and d.path in ("error_code", "error body", "header Content-Type")),
    Reason("search-is-no-model", "logged-models/search is the search for every method, so another one is 405; the real server takes"
           " \"search\" for the id of a model.", ("logged-models/search",),
           lambda x, d: d.path == "status" and has("method")(x) and x.ours.status == 405),
    Reason("get-takes-no-body", "A GET says what it wants in its query. The real server also reads a body; we refuse one.", ("*",),
           lambda x, d: d.path == "status" and x.call.method == "GET" and x.ours.status == 413 and has("method")(x)),
    Reason("duplicate-names-refused",
           "A JSON object with the same name twice is ambiguous (another parser may read the other value): 400 here, last wins there.",
           ("*",), lambda x, d: verdict(d) and has("duplicate-name")(x) and refused(x)),
    Reason("rename-of-deleted", "Renaming a deleted experiment is the user's mistake: 400 here, 500 there.", ("experiments/update",),
           lambda x, d: d.path == "status" and x.theirs.error_code == "INVALID_STATE" and x.ours.status == 400),
    Reason("rename-onto-a-taken-name", "A taken name is RESOURCE_ALREADY_EXISTS, as in create; the real server shows its SQL error.",
           ("experiments/update",),
           lambda x, d: d.path == "error_code" and "UNIQUE" in x.theirs.message and x.ours.error_code == "RESOURCE_ALREADY_EXISTS"),
    Reason("model-param-repeated",
           "The same param of a model once more is a retry, so it succeeds (P9); with another value it is the user's mistake. The"
           " real server answers both with its SQL error.", ("logged-models/params", "logged-models/create"),
           lambda x, d: verdict(d) and "UNIQUE" in x.theirs.message and (x.ours.ok or refused(x))),
    Reason("no-sql-in-errors", "A mistake that the real server only meets in its database is BAD_REQUEST with SQL there, a sentence here.",
           ("*",), lambda x, d: d.path == "error_code" and "sqlite3.IntegrityError" in x.theirs.message and refused(x)),
    Reason("operators-in-any-case", "Operators and keywords may be written in any case in every search; the real server forgot"
           " the one of experiments.", ("experiments/search",),
           lambda x, d: d.path == "status" and bool(SMALL_LIKE.search(x.theirs.message)) and x.ours.ok),
    Reason("numbers-as-keys", "A key may be a number, as it may be logged; the real server's SQL parser takes it for one.", ("*/search",),
           lambda x, d: d.path == "status" and "params.1 " in str(x.call.body) and x.ours.ok),
    Reason("empty-file-has-a-size", "A file of no bytes has the size 0; the real server leaves it out.", ("artifacts/*", "logged-models/*"),
           lambda x, d: d.path.endswith(".file_size") and (d.theirs, d.ours) == (ABSENT, 0)),
    Reason("deleted-model-is-gone", "A deleted model is 404 for every call, as it is for GET; the real server lets it be written.",
           ("logged-models/*", "runs/log-*"),
           lambda x, d: d.path == "status" and has("wild")(x) and x.theirs.ok and x.ours.message.startswith("Logged model with ID")),
    Reason("path-names-the-model", "The model in the path is the one that is changed; the real server takes the one in the body.",
           ("logged-models/*",), lambda x, d: d.path == "status" and has("address")(x) and x.theirs.ok and x.ours.status == 404),
    Reason("no-nan-in-filters", "A filter compares with numbers; NaN is none, in no search. The real server takes it for logged models.",
           ("logged-models/search",), lambda x, d: d.path == "status" and "NaN" in str(x.call.body) and x.theirs.ok and refused(x)),
    Reason("empty-path-is-no-route", "Below artifacts/ there is no file without a name: no such route here, 400 there.", ("artifacts/edge",),
           lambda x, d: d.path == "status" and (x.theirs.status, x.ours.status) == (400, 404) and x.call.path.endswith("/artifacts/")),
    Reason("range-of-an-empty-file", "No range of an empty file can be satisfied: 416, as the real server's own proxy says.", ("artifacts/get", "get-artifact", "logged-models/files"),
           lambda x, d: d.path == "status" and has("range")(x) and (x.theirs.status, x.ours.status) == (200, 416)),
    Reason("range-nonsense-ignored", "A Range header that cannot be read is ignored, as HTTP demands; the real server answers 400.",
           ("artifacts/get", "get-artifact"),
           lambda x, d: d.path == "status" and has("range")(x) and x.theirs.status in (400, 416) and not x.theirs.is_json
           and x.ours.status == 200 and x.call.headers["Range"] in RANGES_BROKEN),
    Reason("experiment-id-too-large", "An experiment id beyond 64 bits names nothing: 4xx here, 500 there.", ("*",),
           lambda x, d: d.path == "status" and crashed(x) and "too large" in x.theirs.message and x.ours.status in (400, 404)),
    Reason("repeated-order-by", "A field named twice in order_by is a mistake of the user: 400 here, 500 there.", ("runs/search",),
           lambda x, d: d.path == "status" and crashed(x) and "duplicate fields" in x.theirs.message and refused(x)),
    Reason("page-token-mistakes", "A page token that is no token of ours is 400; the real server crashes on some.",
           ("*/search", "metrics/get-history"),
           lambda x, d: d.path == "status" and crashed(x) and bool(token_of(x.call)) and refused(x)),
    Reason("filter-mistakes", "A broken filter is 400; the real server crashes on some.", ("*/search",),
           lambda x, d: verdict(d) and (crashed(x) or "IN expression list" in x.theirs.message) and "filter" in (x.call.body or {}) and refused(x)),
    Reason("no-experiment-means-0",
           "runs/create without an experiment: the documented default is experiment 0; the real server fails with SQL.", ("runs/create",),
           lambda x, d: d.path == "status" and "FOREIGN KEY" in x.theirs.message and x.ours.ok),
    Reason("empty-folder-gone",
           "A folder is there while files are in it; the real server's local disk keeps it when the last file is deleted.",
           ("artifacts/*", "get-artifact", "logged-models/*"),
           lambda x, d: emptied_folder(x, d)),
    Reason("path-clash", "A file where a folder is, or below a file, is the user's mistake: 4xx here, 500 there.",
           ("artifacts/put", "upload-artifact"),
           lambda x, d: d.path == "status" and has("path-clash")(x) and crashed(x) and 400 <= x.ours.status < 500),
    Reason("one-error-format", "Every error has our usual body; the real server answers some with a web page, text or {\"detail\": ..}.",
           ("artifacts/*", "get-artifact", "upload-artifact"),
           lambda x, d: d.path == "error_code" and x.theirs.error_code is None and x.ours.error_code is not None),
    Reason("several-ranges", "A request for several ranges gets the whole file, as HTTP allows; no client of ours asks for them.",
           ("artifacts/get", "get-artifact"),
           lambda x, d: d.path == "status" and "," in x.call.headers.get("Range", "") and x.theirs.status in (206, 416) and x.ours.status == 200),
    Reason("path-mistakes", "A path that no file can have is 400; the real server crashes, or stores it under another name.",
           ("artifacts/put",),
           lambda x, d: d.path == "status" and has("refused-value")(x) and 400 <= x.ours.status < 500),
    Reason("our-capabilities",
           "server-info and /version speak of this server: multipart uploads work with no S3; of the API levels, the last one of"
           " which all routes are here.", ("server-info", "version"),
           lambda x, d: d.path in ("body.multipart_uploads_enabled", "body.features_enabled") or x.call.route == "version"),
    Reason("multipart-supported", "Our local store takes multipart uploads; the real one says 501.", ("artifacts/mpu-*",),
           lambda x, d: d.path == "status" and x.theirs.status == 501),
]


def token_of(call: Call) -> Optional[str]:
    if isinstance(call.body, dict):
        return call.body.get("page_token")
    return dict(call.query).get("page_token")


def emptied_folder(x: Exchange, d: Difference) -> bool:
    """A folder whose last file was deleted: listed there and not here, or 400 "a directory" there and 404 here."""
    emptied = x.call.facts.get("emptied", set())
    if not emptied:
        return False
    if d.path == "status":
        return x.call.facts.get("listed") in emptied and x.theirs.status == 400 and x.ours.status == 404
    if d.path == "body.files":
        return d.ours is ABSENT and all(entry.get("is_dir") and ends_with_one_of(entry["path"], emptied) for entry in d.theirs.values())
    return d.ours is ABSENT and isinstance(d.theirs, dict) and bool(d.theirs.get("is_dir")) \
        and ends_with_one_of(d.theirs["path"], emptied)


def ends_with_one_of(path: str, folders: set) -> bool:
    return any(folder == path or folder.endswith("/" + path) for folder in folders)


def explain(exchange: Exchange, difference: Difference) -> Optional[Reason]:
    for reason in REASONS:
        if any(fnmatch(exchange.call.route, route) for route in reason.routes) and reason.accepts(exchange, difference):
            return reason
    return None
