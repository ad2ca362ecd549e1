# SPDX-License-Identifier: Apache-2.0
"""Calls over one kept connection, without retries: what is lost stays lost."""

import http.client
import json
import socket
from dataclasses import dataclass
from typing import Optional, Union
from urllib.parse import quote

API = "/api/2.0/mlflow/"
FILES = "/api/2.0/mlflow-artifacts/artifacts"
PARTS = "/api/2.0/mlflow-artifacts/mpu/"
TIMEOUT_S = 60.0


class NotSent(Exception):
    """There was no connection: the server cannot have seen the call."""


class Lost(Exception):
    """The call was sent, wholly or in part, and no whole answer came."""


@dataclass
class Reply:
    status: int
    body: bytes
    etag: str = ""
    retry_after: str = ""

    def json(self) -> dict:
        return json.loads(self.body)


class Wire:
    """One connection, made when it is needed. Not for two threads at a time."""

    def __init__(self, port: int, timeout_s: float = TIMEOUT_S):
        self.port = port
        self.timeout_s = timeout_s
        self._connection: Optional[http.client.HTTPConnection] = None

    def call(self, method: str, path: str, body: Union[dict, bytes, None] = None) -> Reply:
        headers = {}
        if isinstance(body, dict):
            body, headers = json.dumps(body).encode(), {"Content-Type": "application/json"}
        connection = self._connected()
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Reply(response.status, response.read(), response.headers.get("ETag", ""),
                         response.headers.get("Retry-After", ""))
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Lost(f"{type(error).__name__}: {error}") from error

    def post(self, route: str, body: dict) -> Reply:
        return self.call("POST", API + route, body)

    def get(self, route: str, **query: object) -> Reply:
        text = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in query.items())
        return self.call("GET", f"{API}{route}?{text}" if text else API + route)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout_s)
            try:
                connection.connect()
            except OSError as error:
                raise NotSent(str(error)) from error
            # Head and body are two writes: without this the second one waits for the first's receipt.
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connection = connection
        return self._connection


def file_address(path: str) -> str:
    return f"{FILES}/{quote(path)}"
