# SPDX-License-Identifier: Apache-2.0
"""A client that sends exactly the bytes it is told, reads what comes as it is, and looks at the server's process."""

import json
import os
import socket
import struct
import time
import uuid
from pathlib import Path
from typing import Callable, NamedTuple, Optional

from support.servers import Server

PATIENCE_S = 30.0  # how long anything may take before a test says that it does not happen
POLL_S = 0.01


class Reply(NamedTuple):
    """One reply. `headers` keeps order and repeats; names are in lower case."""

    status: int
    headers: list
    body: bytes

    def header(self, name: str) -> Optional[str]:
        """The value of the first header of that name, or None."""
        return next((value for key, value in self.headers if key == name.lower()), None)


class Wire:
    """One connection. `Wire(server)` connects; use it as a context manager."""

    def __init__(self, server: Server, patience_s: float = PATIENCE_S, receive_buffer: int = 0):
        self.socket = socket.socket()
        self.socket.settimeout(patience_s)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(("127.0.0.1", server.port))
        self.port = self.socket.getsockname()[1]
        self.got = bytearray()

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *unused) -> None:
        self.close()

    def close(self) -> None:
        """An orderly end: FIN, unless the server's bytes were not read."""
        self.socket.close()

    def reset(self) -> None:
        """The end of a client that crashes: RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def half_close(self) -> None:
        """FIN, while we go on reading."""
        self.socket.shutdown(socket.SHUT_WR)

    def send(self, data: bytes) -> bool:
        """Sends all of it. False when the server has closed before it was through, which is often what a test wants."""
        try:
            self.socket.sendall(data)
            return True
        except (BrokenPipeError, ConnectionResetError):
            return False

    def is_open(self) -> bool:
        """Whether the server has not ended the connection yet; keeps what it sent."""
        self.socket.setblocking(False)
        try:
            piece = self.socket.recv(65536)
            self.got += piece
            return piece != b""
        except BlockingIOError:
            return True
        except ConnectionResetError:
            return False
        finally:
            self.socket.settimeout(PATIENCE_S)

    def read_to_end(self) -> bytes:
        """All that comes until the server ends the connection. TimeoutError where it does not."""
        deadline = time.monotonic() + PATIENCE_S
        while self._receive():
            if time.monotonic() > deadline:
                raise TimeoutError(f"the connection did not end within {PATIENCE_S} s; got {self.got[-200:]!r}")
        data, self.got = bytes(self.got), bytearray()
        return data

    def read_reply(self, headless: bool = False) -> Reply:
        """The next reply, whose length is announced. ConnectionError where the connection ends before it is whole."""
        while b"\r\n\r\n" not in self.got:
            self._receive_more()
        head, _, self.got = self.got.partition(b"\r\n\r\n")
        reply = parse_head(bytes(head))
        length = 0 if headless or reply.status in (204, 304) else int(reply.header("Content-Length") or 0)
        while len(self.got) < length:
            self._receive_more()
        body, self.got = bytes(self.got[:length]), self.got[length:]
        return reply._replace(body=body)

    def _receive_more(self) -> None:
        if not self._receive():
            raise ConnectionError(f"the connection ended within a reply: {self.got[:200]!r}")

    def _receive(self) -> bool:
        try:
            piece = self.socket.recv(1 << 16)
        except ConnectionResetError:
            return False
        self.got += piece
        return piece != b""


def parse_head(head: bytes) -> Reply:
    lines = head.decode("latin-1").split("\r\n")
    headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])]
    return Reply(int(lines[0].split()[1]), headers, b"")


def request(line: str, *headers: str, body: bytes = b"", host: str = "localhost") -> bytes:
    """The bytes of one request; a length is added for a body unless a header says how it is framed."""
    lines = [f"{line} HTTP/1.1", *([f"Host: {host}"] if host else []), *headers]
    framed = any(header.lower().startswith(("content-length", "transfer-encoding")) for header in headers)
    if body and not framed:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def post(path: str, body: bytes, *headers: str) -> bytes:
    """A JSON call of MLflow's API, `path` being below /api/2.0/mlflow/."""
    return request(f"POST /api/2.0/mlflow/{path}", "Content-Type: application/json", *headers, body=body)


def ask(server: Server, data: bytes, headless: bool = False) -> Reply:
    """The first reply to these bytes, on a connection of its own."""
    with Wire(server) as wire:
        wire.send(data)
        return wire.read_reply(headless)


def unique(word: str) -> str:
    return f"{word}-{uuid.uuid4().hex[:12]}"


def await_true(condition: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> float:
    """Waits until the condition holds; returns the seconds that it took."""
    begin = time.monotonic()
    while not condition():
        assert time.monotonic() < begin + patience_s, f"not within {patience_s} s: {what}"
        time.sleep(POLL_S)
    return time.monotonic() - begin


def rss_mib(server: Server) -> float:
    """Resident memory of the process now."""
    pages = int(Path(f"/proc/{server.pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def descriptors(server: Server) -> list:
    """What every open descriptor of the process leads to."""
    found = []
    for entry in os.scandir(f"/proc/{server.pid}/fd"):
        try:
            found.append(os.readlink(entry.path))
        except OSError:  # closed meanwhile
            continue
    return found


def held(server: Server) -> set:
    """The client's ports of all connections that the server still has a descriptor of."""
    local = f":{server.port:04X}"
    rows = (row.split() for row in Path(f"/proc/{server.pid}/net/tcp").read_text(encoding="ascii").splitlines()[1:])
    return {int(row[2].rpartition(":")[2], 16) for row in rows if row[1].endswith(local) and row[9] != "0"}


def n_unfinished_uploads(server: Server) -> int:
    """Files that are open but have no name: uploads that nobody can see yet."""
    return sum("(deleted)" in link and str(server.data_dir) in link for link in descriptors(server))


def artifact_root(server: Server) -> str:
    """Where a new run's artifacts are: a path below /api/2.0/mlflow-artifacts/artifacts/."""
    experiment = json.loads(ask(server, post("experiments/create", b'{"name": "%s"}' % unique("e").encode())).body)
    run = json.loads(ask(server, post("runs/create", json.dumps(experiment).encode())).body)
    return run["run"]["info"]["artifact_uri"].removeprefix("mlflow-artifacts:/")


def artifact(verb: str, path: str, *headers: str, body: bytes = b"") -> bytes:
    """The bytes of a request for an artifact: PUT, GET, DELETE."""
    return request(f"{verb} /api/2.0/mlflow-artifacts/artifacts/{path}", *headers, body=body)
