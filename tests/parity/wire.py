# SPDX-License-Identifier: Apache-2.0
"""Sends calls to one server over a kept connection and reads its replies."""

import http.client
import json
import re
import time
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional

from tests.parity.calls import Call, Ids, payload, target

BOUNDARY = re.compile(r"boundary=(\w+)")
TIMEOUT_S = 60
MAX_PAGES = 400
COMPARED_HEADERS = ("Content-Type", "Allow", "Content-Disposition", "Content-Range", "Accept-Ranges",
                    "X-Content-Type-Options", "Location")


@dataclass
class Reply:
    status: int
    body: Any                       # parsed JSON, or text, or None when empty
    headers: Dict[str, str] = field(default_factory=dict)
    is_json: bool = False
    sent_at: float = 0.0
    pages: Optional[List[int]] = None   # sizes, when a search was followed

    @property
    def error_code(self) -> Optional[str]:
        return self.body.get("error_code") if isinstance(self.body, dict) else None

    @property
    def message(self) -> str:
        return str(self.body.get("message", "")) if isinstance(self.body, dict) else ""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class Peer:
    """One of the two servers under comparison."""

    def __init__(self, name: str, url: str):
        self.name = name
        self.url = url
        self.address = url.split("//", 1)[1]
        self.ids = Ids()
        self.connection: Optional[http.client.HTTPConnection] = None
        self.calls = 0

    def forget(self) -> None:
        """A new seed: nothing is known any more."""
        self.ids = Ids()

    def send(self, call: Call) -> Reply:
        return self.follow(call) if call.paging else self.once(call)

    def follow(self, call: Call) -> Reply:
        """Reads all pages of a search as if they were one reply; `pages` keeps their sizes."""
        reply = self.once(call)
        if not reply.ok or not isinstance(reply.body, dict):
            return reply
        items = call.paging.items
        whole, sizes, page = list(reply.body.get(items, [])), [len(reply.body.get(items, []))], reply
        while token := page.body.get("next_page_token"):
            page = self.once(call, token)
            if not page.ok or not isinstance(page.body, dict) or len(sizes) > MAX_PAGES:
                return page
            whole += page.body.get(items, [])
            sizes.append(len(page.body.get(items, [])))
        reply.body = {**reply.body, items: whole}
        reply.body.pop("next_page_token", None)
        reply.pages = sizes
        return reply

    def once(self, call: Call, token: Optional[str] = None) -> Reply:
        extra = {"page_token": token} if token else {}
        in_query = call.method == "GET"
        data, headers = payload(call, self.ids, None if in_query else extra)
        where = target(call, self.ids, tuple(extra.items()) if in_query else ())
        self.calls += 1
        return self.exchange(call.method, where, data, headers)

    def exchange(self, method: str, where: str, data: Optional[bytes], headers: Dict[str, str]) -> Reply:
        """One request. A kept connection that the server has closed meanwhile is opened once more."""
        for attempt in (1, 2):
            fresh = self.connection is None
            if fresh:
                self.connection = http.client.HTTPConnection(self.address, timeout=TIMEOUT_S)
            sent_at = time.time()
            try:
                self.connection.request(method, where, body=data, headers=headers)
                response = self.connection.getresponse()
                content = response.read()
            except (http.client.HTTPException, OSError):
                self.connection.close()
                self.connection = None
                if fresh or attempt == 2:
                    raise
                continue
            return parsed(response, content, sent_at)
        raise AssertionError("not reached")


def parsed(response: http.client.HTTPResponse, content: bytes, sent_at: float) -> Reply:
    headers = {key: response.headers[key] for key in COMPARED_HEADERS if response.headers.get(key) is not None}
    if boundary := BOUNDARY.search(headers.get("Content-Type", "")):
        content = content.replace(boundary.group(1).encode(), b"<boundary>")
        headers["Content-Type"] = headers["Content-Type"].replace(boundary.group(1), "<boundary>")
    text = content.decode("utf-8", "replace")
    looks_json = "json" in headers.get("Content-Type", "")
    if not content:
        return Reply(response.status, None, headers, False, sent_at)
    if looks_json:
        try:
            return Reply(response.status, json.loads(text), headers, True, sent_at)
        except ValueError:
            return Reply(response.status, f"broken JSON: {text}", headers, False, sent_at)
    return Reply(response.status, text, headers, False, sent_at)
