# SPDX-License-Identifier: Apache-2.0
"""Signals under load, and what outlives a restart."""

import hashlib
import os
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.fault.load import Load, checked, until
from tests.fault.wire import PARTS, FILES, Wire, file_address
from tests.support.servers import start_runestone

ENDS_WITHIN_S = 30.0
MIB = 1 << 20


@pytest.fixture
def server(tmp_path):
    with start_runestone(data_dir=tmp_path) as running:
        yield running


@pytest.mark.parametrize("name, exit_code", [("SIGTERM", 0), ("SIGINT", 0), ("SIGKILL", -9)])
def test_a_signal_under_load_loses_no_acknowledgement(server, tmp_path, name, exit_code):
    with Load(server.port, tmp_path / "histories").reach(150) as load:
        os.kill(server.pid, getattr(signal, name))
        assert server.proc.wait(ENDS_WITHIN_S) == exit_code
    server.start()
    assert checked(server.port, load.folder) == ""


def test_what_was_under_way_at_sigterm_is_answered(server, tmp_path):
    """Half an upload has been sent when the signal comes: the rest is taken, and the file is there after the restart."""
    body = os.urandom(2 * MIB)
    path = f"{FILES}/below/half.bin"
    with socket.create_connection(("127.0.0.1", server.port)) as upload:
        upload.sendall(f"PUT {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body[:MIB])
        until("the server has begun to store", lambda: open_files(server) > 0)
        os.kill(server.pid, signal.SIGTERM)
        until("nobody else is let in", lambda: is_refused(server.port))
        upload.sendall(body[MIB:])
        assert upload.recv(100).startswith(b"HTTP/1.1 200 ")
    assert server.proc.wait(ENDS_WITHIN_S) == 0
    server.start()
    assert hashlib.sha256(get(server.port, path)).digest() == hashlib.sha256(body).digest()


def test_a_second_signal_ends_the_server_at_once(server, tmp_path):
    with Load(server.port, tmp_path / "histories").reach(100) as load:
        pass
    with socket.create_connection(("127.0.0.1", server.port)) as upload:
        head = f"PUT {FILES}/a/never HTTP/1.1\r\nHost: localhost\r\nContent-Length: {2 * MIB}\r\n\r\n"
        upload.sendall(head.encode() + bytes(MIB))
        until("the server has begun to store", lambda: open_files(server) > 0)
        os.kill(server.pid, signal.SIGTERM)
        until("nobody else is let in", lambda: is_refused(server.port))
        begin = time.monotonic()
        os.kill(server.pid, signal.SIGTERM)
        assert server.proc.wait(ENDS_WITHIN_S) == -signal.SIGTERM
        assert time.monotonic() - begin < 2
    server.start()
    assert checked(server.port, load.folder) == ""
    wire = Wire(server.port)
    assert wire.call("GET", f"{FILES}/a/never").status == 404


@pytest.mark.parametrize("how", ["SIGTERM", "SIGKILL"])
def test_an_upload_in_parts_outlives_a_restart(server, how):
    parts = [os.urandom(MIB), os.urandom(MIB), os.urandom(1000)]
    wire = Wire(server.port)
    begun = wire.call("POST", f"{PARTS}create/f", {"path": "big", "num_parts": 3}).json()
    targets = ["/" + address["url"].split("/", 3)[3] for address in begun["credentials"]]
    tags = [wire.call("PUT", targets[0], parts[0]).etag]
    restart(server, how)
    wire = Wire(server.port)
    tags += [wire.call("PUT", target, part).etag for target, part in zip(targets[1:], parts[1:])]
    restart(server, how)
    wire = Wire(server.port)
    end = {"path": "big", "upload_id": begun["upload_id"],
           "parts": [{"part_number": i + 1, "etag": tag} for i, tag in enumerate(tags)]}
    wrong = {**end, "parts": [{"part_number": i + 1, "etag": tags[i - 1]} for i in range(3)]}
    assert wire.call("POST", f"{PARTS}complete/f", wrong).status in (400, 404)
    assert wire.call("GET", file_address("f/big")).status == 404
    for _ in range(2):  # the answer was lost, and the client asks again
        assert wire.call("POST", f"{PARTS}complete/f", end).status == 200
        restart(server, how)
        wire = Wire(server.port)
    assert wire.call("GET", file_address("f/big")).body == b"".join(parts)


def restart(server, how: str) -> None:
    if how == "SIGKILL":
        server.kill()
        server.start()
    else:
        server.restart()


def open_files(server) -> int:
    """Files without a name, which is where an upload goes first."""
    found = 0
    for fd in Path(f"/proc/{server.pid}/fd").iterdir():
        try:
            found += "/blobs/" in os.readlink(fd)
        except FileNotFoundError:
            pass  # closed meanwhile
    return found


def is_refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:
        pass  # the door was shut in the middle of the greeting
    return False


def get(port: int, path: str) -> bytes:
    wire = Wire(port)
    reply = wire.call("GET", path)
    wire.close()
    assert reply.status == 200
    return reply.body
