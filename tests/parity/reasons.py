# SPDX-License-Identifier: Apache-2.0
"""The differences on purpose, a reason each.

A reason is a function whose name and docstring say why, and whose result says whether it explains one difference `d` of one
exchange `x`. Its routes are patterns over the names of operations. Whatever no reason explains fails `make parity`."""

import re
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Callable, List, Optional, Tuple

from tests.parity.actions.artifacts import RANGES_BROKEN
from tests.parity.actions.webhooks import EVENTS
from tests.parity.calls import Call
from tests.parity.compare import ABSENT, FIXED_MESSAGES, Difference
from tests.parity.wire import Reply

LARGEST = 1.7976931348623157e308
SMALL_OPERATOR = re.compile(r"Invalid comparator (?:for \w+: |')(?:i?like|in|not in|is (?:not )?null)")
OWN_FAULTS = ("num_parts must be", "expiration must be", "could not read the request body", "Invalid order_by clause")


@dataclass
class Exchange:
    call: Call
    theirs: Reply
    ours: Reply

    def has(self, *traits: str) -> bool:
        return bool(self.call.traits.intersection(traits))

    @property
    def refused(self) -> bool:
        """We say 400 INVALID_PARAMETER_VALUE."""
        return self.ours.status == 400 and self.ours.error_code == "INVALID_PARAMETER_VALUE"

    @property
    def crashed(self) -> bool:
        return self.theirs.status == 500

    @property
    def statuses(self) -> Tuple[int, int]:
        return self.theirs.status, self.ours.status


@dataclass
class Reason:
    name: str
    why: str
    routes: Tuple[str, ...]
    accepts: Callable[[Exchange, Difference], bool]


REASONS: List[Reason] = []


def reason(*routes: str) -> Callable:
    """Makes a function a reason for these routes."""
    def add(function: Callable[[Exchange, Difference], bool]) -> Callable:
        why = " ".join((function.__doc__ or "").split())
        REASONS.append(Reason(function.__name__.replace("_", "-"), why, routes, function))
        return function
    return add


@reason("*")
def decoded_once(x: Exchange, d: Difference) -> bool:
    """A path is percent-decoded once; the real server decodes until nothing changes, so that names can be reached
    that were never given."""
    given = [x.call.path, *(str(value) for _, value in x.call.query)]
    return any("%25" in text for text in given) and x.ours.status in (400, 404)


@reason("*artifact*", "*logged-models*")
def missing_file_path_is_invalid(x: Exchange, d: Difference) -> bool:
    """A missing artifact_file_path is INVALID_PARAMETER_VALUE, as every other missing value is, not BAD_REQUEST."""
    return x.statuses == (400, 400) and x.theirs.error_code == "BAD_REQUEST" and x.refused


def explain(exchange: Exchange, difference: Difference) -> Optional[Reason]:
    for candidate in REASONS:
        if any(fnmatch(exchange.call.route, route) for route in candidate.routes) and candidate.accepts(exchange, difference):
            return candidate
    return None


def verdict(d: Difference) -> bool:
    """What differs is how the call was judged, not what was stored."""
    return d.path in ("status", "error_code", "fixed message")


# What a request may look like.

@reason("*")
def wrong_value_refused(x: Exchange, d: Difference) -> bool:
    """A value of the wrong type: the real server keeps what it parsed before it, stores zeros for the rest and says 200, or
    crashes (decision 2). We answer 400 and store nothing."""
    return verdict(d) and x.has("refused-value", "wrong-type", "null") and x.refused


@reason("*")
def null_is_absent(x: Exchange, d: Difference) -> bool:
    """A null is an absent field (rule 1.2.5); the real server crashes on some of them."""
    return d.path == "status" and x.has("null") and x.crashed and x.ours.ok


@reason("*")
def body_is_no_object(x: Exchange, d: Difference) -> bool:
    """A body that is JSON but no object crashes the real server, or counts as empty; we answer 400."""
    return verdict(d) and x.has("not-an-object") and x.refused


@reason("*")
def malformed_body_said(x: Exchange, d: Difference) -> bool:
    """A body that is no JSON counts as empty there, and shows as a missing field; we say what is wrong with it."""
    return verdict(d) and x.has("malformed") and x.refused


@reason("*")
def duplicate_names_refused(x: Exchange, d: Difference) -> bool:
    """An object with the same name twice is ambiguous, as another parser may read the other value: 400; there the last wins."""
    return verdict(d) and x.has("duplicate-name") and x.refused


@reason("*")
def get_takes_no_body(x: Exchange, d: Difference) -> bool:
    """A GET says what it wants in its query. The real server also reads a body; we refuse one."""
    return d.path == "status" and x.call.method == "GET" and x.has("method") and x.ours.status == 413


@reason("*")
def another_fault_named(x: Exchange, d: Difference) -> bool:
    """A call with several faults is refused for one of them; which is looked for first is our business."""
    known = any(pattern.match(x.ours.message) for pattern in FIXED_MESSAGES) or x.ours.message.startswith(OWN_FAULTS)
    return d.path == "fixed message" and x.theirs.error_code == "INVALID_PARAMETER_VALUE" and x.refused and known


@reason("*")
def unknown_route_is_json(x: Exchange, d: Difference) -> bool:
    """An unknown route is ENDPOINT_NOT_FOUND as JSON, there a web page; the client treats both alike."""
    return x.theirs.status == 404 and not x.theirs.is_json and x.ours.error_code == "ENDPOINT_NOT_FOUND"


@reason("*")
def method_page_is_json(x: Exchange, d: Difference) -> bool:
    """A wrong method is 405 with Allow on both; the body is JSON here, a web page there."""
    return x.statuses == (405, 405) and d.path in ("error_code", "error body")


@reason("logged-models/search")
def search_is_no_model(x: Exchange, d: Difference) -> bool:
    """logged-models/search is the search for every method, so another one is 405; the real server takes "search" for a model."""
    return x.has("method") and x.ours.status == 405 and d.path in ("status", "header Allow")


@reason("artifacts/edge")
def empty_path_is_no_route(x: Exchange, d: Difference) -> bool:
    """Below artifacts/ there is no file without a name: no such route here, 400 there."""
    return d.path == "status" and x.statuses == (400, 404) and x.call.path.endswith("/artifacts/")


# What a user may get wrong.

@reason("*")
def experiment_id_too_large(x: Exchange, d: Difference) -> bool:
    """An experiment id beyond 64 bits names nothing: 4xx here, 500 there."""
    return d.path == "status" and x.crashed and "too large" in x.theirs.message and x.ours.status in (400, 404)


@reason("*")
def no_sql_in_errors(x: Exchange, d: Difference) -> bool:
    """A mistake that the real server only meets in its database is BAD_REQUEST with SQL there, a sentence here."""
    return d.path == "error_code" and "sqlite3.IntegrityError" in x.theirs.message and x.refused


@reason("experiments/update")
def rename_of_deleted(x: Exchange, d: Difference) -> bool:
    """Renaming a deleted experiment is the user's mistake: 400 here, 500 there."""
    return d.path == "status" and x.theirs.error_code == "INVALID_STATE" and x.ours.status == 400


@reason("experiments/update")
def rename_onto_a_taken_name(x: Exchange, d: Difference) -> bool:
    """A taken name is RESOURCE_ALREADY_EXISTS, as in create; the real server shows its SQL error."""
    return d.path == "error_code" and "UNIQUE" in x.theirs.message and x.ours.error_code == "RESOURCE_ALREADY_EXISTS"


@reason("runs/create")
def no_experiment_means_0(x: Exchange, d: Difference) -> bool:
    """runs/create without an experiment: the documented default is experiment 0; the real server fails with SQL."""
    return d.path == "status" and "FOREIGN KEY" in x.theirs.message and x.ours.ok


@reason("runs/outputs")
def output_repeated(x: Exchange, d: Difference) -> bool:
    """A repeated run-to-model edge is a retry, so it succeeds (P9); the real server answers 400 with SQL."""
    return d.path == "status" and x.has("repeated-output") and "UNIQUE" in x.theirs.message and x.ours.ok


@reason("logged-models/params", "logged-models/create")
def model_param_repeated(x: Exchange, d: Difference) -> bool:
    """The same param of a model once more is a retry, so it succeeds (P9); with another value it is the user's mistake. The real
    server answers both with its SQL error."""
    return verdict(d) and "UNIQUE" in x.theirs.message and (x.ours.ok or x.refused)


@reason("logged-models/*", "runs/log-*")
def deleted_model_is_gone(x: Exchange, d: Difference) -> bool:
    """A deleted model is 404 for every call, as it is for GET; the real server lets it be written."""
    return d.path == "status" and x.has("wild") and x.theirs.ok and x.ours.message.startswith("Logged model with ID")


@reason("logged-models/*")
def path_names_the_model(x: Exchange, d: Difference) -> bool:
    """The model in the path is the one that is changed; the real server takes the one in the body."""
    return d.path == "status" and x.has("address") and x.theirs.ok and x.ours.status == 404


@reason("model-versions/transition-stage")
def archive_elsewhere(x: Exchange, d: Difference) -> bool:
    """Archiving the others of a stage that is not active is the user's mistake: 400 here, 500 there."""
    return d.path == "status" and x.crashed and "is not an Active stage" in x.theirs.message and x.refused


@reason("model-versions/create")
def empty_stage_copied(x: Exchange, d: Difference) -> bool:
    """A source that names a stage with no version in it is not found: 404 here, 500 there."""
    return d.path == "status" and x.crashed and "No versions of model" in x.theirs.message and x.ours.status == 404


@reason("webhooks/*")
def unknown_event(x: Exchange, d: Difference) -> bool:
    """An event without an entity or an action that is known is the user's mistake: 400 here, 500 there."""
    events = x.call.body.get("events", ()) if isinstance(x.call.body, dict) else ()
    names = {str(name) for event in events if isinstance(event, dict) for name in event.values()}
    named = names.issubset({name for pair in EVENTS for name in pair} | {"BUDGET_POLICY", "EXCEEDED", "UPDATED"})
    return d.path == "status" and x.crashed and x.refused and not named


@reason("model-versions/get-artifact")
def no_version_named(x: Exchange, d: Difference) -> bool:
    """A call without the version is the user's mistake: 400 here, 500 there."""
    return d.path == "status" and x.crashed and "version" not in dict(x.call.query) and x.refused


# Searches.

@reason("runs/search", "registered-models/search", "model-versions/search")
def repeated_order_by(x: Exchange, d: Difference) -> bool:
    """A field named twice in order_by is a mistake of the user: 400 here, 500 there."""
    return d.path == "status" and x.crashed and "duplicate fields" in x.theirs.message and x.refused


@reason("*/search", "metrics/get-history", "webhooks/list")
def page_token_mistakes(x: Exchange, d: Difference) -> bool:
    """A page token that is none of ours is 400; the real server crashes on some."""
    sent = x.call.body.get("page_token") if isinstance(x.call.body, dict) else dict(x.call.query).get("page_token")
    return d.path == "status" and x.crashed and bool(sent) and x.refused


@reason("*/search")
def filter_mistakes(x: Exchange, d: Difference) -> bool:
    """A broken filter is 400 INVALID_PARAMETER_VALUE; the real server crashes on some, or shows a message of its library."""
    failed = x.crashed or "IN expression list" in x.theirs.message
    return verdict(d) and failed and "filter" in (x.call.body or dict(x.call.query)) and x.refused


@reason("experiments/search")
def operators_in_any_case(x: Exchange, d: Difference) -> bool:
    """Operators may be written in any case in every search; the real server forgot the one of experiments."""
    return d.path == "status" and bool(SMALL_OPERATOR.search(x.theirs.message)) and x.ours.ok


@reason("*/search")
def numbers_as_keys(x: Exchange, d: Difference) -> bool:
    """A key may be a number, as it may be logged; the real server's SQL parser takes it for one."""
    return d.path == "status" and "params.1 " in str(x.call.body) and x.theirs.status == 400 and x.ours.ok


@reason("runs/search")
def ordered_by_a_blank(x: Exchange, d: Difference) -> bool:
    """A key may be a blank, as it may be logged; the real server loses it in order_by and orders by no metric at all."""
    blank = any("` `" in text or '" "' in text for text in (x.call.body or {}).get("order_by", ()))
    return d.path.startswith("body.runs") and blank and x.theirs.pages == x.ours.pages


@reason("logged-models/search")
def empty_list_refused(x: Exchange, d: Difference) -> bool:
    """IN () is refused in every search; for logged models the real server finds nothing."""
    return d.path == "status" and "IN ()" in str(x.call.body) and x.theirs.ok and x.refused


@reason("logged-models/search")
def no_nan_in_filters(x: Exchange, d: Difference) -> bool:
    """A filter compares with numbers, and NaN is none, in no search. The real server takes it for logged models."""
    return d.path == "status" and "NaN" in str(x.call.body) and x.theirs.ok and x.refused


@reason("registered-models/search")
def empty_page_refused(x: Exchange, d: Difference) -> bool:
    """A page has at least one element; the real server gives back none for 0 and for -1."""
    return d.path == "status" and dict(x.call.query).get("max_results") in (0, -1) and x.theirs.ok and x.refused


# Values that come back.

@reason("runs/*", "metrics/*", "logged-models/*")
def infinity_kept(x: Exchange, d: Difference) -> bool:
    """The real server cuts an infinity to the largest double; we give back what was logged."""
    return (d.theirs, d.ours) in ((LARGEST, "Infinity"), (-LARGEST, "-Infinity"))


@reason("runs/*", "metrics/*", "logged-models/*")
def minus_zero_kept(x: Exchange, d: Difference) -> bool:
    """SQLite turns -0.0 into 0.0 in the real server; we keep the sign."""
    return (repr(d.theirs), repr(d.ours)) == ("0.0", "-0.0")


@reason("metrics/get-history-bulk")
def bulk_nan_is_json(x: Exchange, d: Difference) -> bool:
    """The real server writes NaN as a bare token, which is no JSON; we write the string."""
    return d.theirs != d.theirs and d.ours == "NaN"


@reason("graphql")
def graphql_failure_is_a_page(x: Exchange, d: Difference) -> bool:
    """What MLflow's /graphql cannot read it answers with a page and status 500; here it is an error in JSON, or the answer where
    it can be read all the same."""
    return d.path == "status" and x.crashed and x.ours.status in (200, 400)


@reason("graphql")
def graphql_is_posted(x: Exchange, d: Difference) -> bool:
    """MLflow's /graphql takes a GET with a body, too, which no browser sends; here it is POST alone, and another method 405."""
    return x.has("method") and x.ours.status == 405 and d.path in ("status", "header Allow")


@reason("graphql")
def graphql_names_are_single(x: Exchange, d: Difference) -> bool:
    """As duplicate_names_refused; an error of GraphQL has no code to tell it by."""
    return d.path == "status" and x.has("duplicate-name") and x.statuses == (200, 400)


@reason("graphql")
def graphql_is_not_parsed(x: Exchange, d: Difference) -> bool:
    """MLflow parses the query and looks what its variables hold; here the operation is known by its name (decision 0015): a broken
    request may be refused, or answered, for another reason."""
    return x.has("wrong-type") and x.statuses in ((200, 400), (200, 200))


@reason("server-info", "version")
def our_capabilities(x: Exchange, d: Difference) -> bool:
    """server-info and /version speak of this server: multipart uploads work with no S3; the version is that of the last level of
    the API of which all routes are here."""
    return x.call.route == "version" or d.path in ("body.multipart_uploads_enabled", "body.features_enabled")


# Artifacts.

@reason("artifacts/mpu-*")
def multipart_supported(x: Exchange, d: Difference) -> bool:
    """Our local store takes multipart uploads; the real one says 501."""
    return d.path == "status" and x.theirs.status == 501


@reason("artifacts/*", "*get-artifact", "upload-artifact")
def one_error_format(x: Exchange, d: Difference) -> bool:
    """Every error has our usual body; the real server answers some with a web page, text or {"detail": ..}."""
    return d.path == "error_code" and x.theirs.error_code is None and x.ours.error_code is not None


@reason("artifacts/put", "upload-artifact")
def path_clash(x: Exchange, d: Difference) -> bool:
    """A file where a folder is, or below a file, is the user's mistake: 4xx here, 500 there."""
    return d.path == "status" and x.has("path-clash") and x.crashed and 400 <= x.ours.status < 500


@reason("artifacts/put")
def path_mistakes(x: Exchange, d: Difference) -> bool:
    """A path that no file can have is 400; the real server crashes, or stores it under another name."""
    return d.path == "status" and x.has("refused-value") and 400 <= x.ours.status < 500


@reason("artifacts/*", "*get-artifact", "logged-models/*")
def empty_folder_gone(x: Exchange, d: Difference) -> bool:
    """A folder is there while files are in it; the real server's disk keeps it when the last file is deleted."""
    emptied = x.call.facts.get("emptied", set())
    if x.has("wild"):   # nobody knows what a dirty folder held
        return d.path == "status" and x.statuses == (400, 404) and "directory" in x.theirs.message
    if not emptied:
        return False
    if d.path == "status":
        return x.statuses == (400, 404) and x.call.facts.get("listed") in emptied
    entries = d.theirs.values() if d.path == "body.files" and isinstance(d.theirs, dict) else [d.theirs]
    return d.ours is ABSENT and all(isinstance(entry, dict) and bool(entry.get("is_dir")) and names_one(entry["path"], emptied)
                                    for entry in entries)


def names_one(path: str, folders: set) -> bool:
    return any(folder == path or folder.endswith("/" + path) for folder in folders)


@reason("artifacts/*", "logged-models/directories")
def empty_file_has_a_size(x: Exchange, d: Difference) -> bool:
    """A file of no bytes has the size 0; the real server leaves it out."""
    return d.path.endswith(".file_size") and (d.theirs, d.ours) == (ABSENT, 0)


@reason("artifacts/get", "*get-artifact")
def several_ranges(x: Exchange, d: Difference) -> bool:
    """A request for several ranges gets the whole file, as HTTP allows; no client of ours asks for them."""
    asked = "," in x.call.headers.get("Range", "")
    return d.path == "status" and asked and x.theirs.status in (206, 416) and x.ours.status == 200


@reason("artifacts/get", "*get-artifact", "logged-models/files")
def range_of_an_empty_file(x: Exchange, d: Difference) -> bool:
    """No range of an empty file can be satisfied: 416, as the real server's own proxy says."""
    return d.path == "status" and x.has("range") and x.statuses == (200, 416)


@reason("artifacts/get", "*get-artifact")
def range_nonsense_ignored(x: Exchange, d: Difference) -> bool:
    """A Range header that cannot be read is ignored, as HTTP demands; the real server answers 400."""
    nonsense = x.call.headers.get("Range") in RANGES_BROKEN
    return d.path == "status" and nonsense and x.theirs.status in (400, 416) and x.ours.status == 200
