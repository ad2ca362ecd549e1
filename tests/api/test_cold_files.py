# SPDX-License-Identifier: Apache-2.0
"""Files that are not in memory when they are asked for: a worker brings them, and the reply is the same."""

import os
import random
import urllib.request

import pytest

from peer import IS_UPSTREAM

pytestmark = pytest.mark.skipif(IS_UPSTREAM, reason="looks into the server's own folder")

SIZE = 9_500_000  # more than two of the windows that a worker brings at a time
PATH = "/api/2.0/mlflow-artifacts/artifacts/0/cold/file.bin"


def ask(server, method: str, body: bytes = b"", **headers: str):
    headers["Content-Type"] = "application/octet-stream"
    request = urllib.request.Request(server.url + PATH, body or None, headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as reply:
        return reply.status, reply.headers, reply.read()


def make_cold(server) -> None:
    """Takes every stored file out of the page cache. What is written was synced already."""
    for folder, _, names in os.walk(server.data_dir):
        for name in names if "artifacts" in folder else ():
            with open(os.path.join(folder, name), "rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


@pytest.fixture(scope="module")
def content(server) -> bytes:
    made = random.Random(7).randbytes(SIZE)
    assert ask(server, "PUT", made)[0] == 200
    return made


def test_a_cold_file_comes_whole(server, content):
    make_cold(server)
    status, headers, got = ask(server, "GET")
    assert (status, headers["Content-Length"]) == (200, str(SIZE))
    assert got == content


def test_a_part_of_a_cold_file_is_that_part(server, content):
    make_cold(server)
    status, headers, got = ask(server, "GET", Range="bytes=4000001-9000000")
    assert (status, headers["Content-Range"]) == (206, f"bytes 4000001-9000000/{SIZE}")
    assert got == content[4000001:9000001]


def test_the_head_of_a_cold_file_has_no_body(server, content):
    make_cold(server)
    status, headers, got = ask(server, "HEAD")
    assert (status, headers["Content-Length"], got) == (200, str(len(content)), b"")


def test_a_client_that_leaves_a_cold_download_takes_nothing_along(server, content):
    for _ in range(5):
        make_cold(server)
        with urllib.request.urlopen(server.url + PATH, timeout=60) as reply:
            assert reply.read(1000) == content[:1000]
    assert ask(server, "GET")[2] == content
