# SPDX-License-Identifier: Apache-2.0
"""The files of `--ui`, over plain sockets, out of a small build folder that the tests make: what is served, how it is
packed and kept, and what is not served however it is asked for."""

import gzip
import os
import random
import re
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from abuse.wire import Wire, ask, await_true, request
from support.servers import clean_environment, runestone_binary, start_runestone

FOR_LONG = "public, max-age=2419200, immutable"
WORDS = [f"word{i}" for i in range(5000)]
GZIP = "Accept-Encoding: gzip, deflate, br"


def text_of(size: int) -> bytes:
    """Text that packs as scripts do, the same each time."""
    source = random.Random(size)
    return " ".join(source.choice(WORDS) for _ in range(size // 8)).encode()


MAIN_JS = text_of(200_000)
FILES = {
    "index.html": b"<!doctype html><script src=static-files/static/js/main.js></script>",
    "manifest.json": b'{"name": "x"}',
    "favicon.ico": b"\0\0\1\0icon",
    "static/js/main.js": MAIN_JS,
    "static/css/main.css": b"p { color: red }\n" * 200,
    "static/media/logo.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>" + b" " * 2000,
    "static/media/font.woff2": b"wOF2" + bytes(5000),
    "static/media/x.png": b"\x89PNG" + bytes(5000),
    "static/media/f.wasm": b"\0asm" + bytes(5000),
    "static/js/main.js.LICENSE.txt": b"Licence\n" * 500,
    "static/name with blank.txt": b"blank",
    "static/empty.js": b"",
}
TYPES = {
    "index.html": "text/html; charset=utf-8", "manifest.json": "application/json",
    "favicon.ico": "image/vnd.microsoft.icon", "static/js/main.js": "text/javascript; charset=utf-8",
    "static/css/main.css": "text/css; charset=utf-8", "static/media/logo.svg": "image/svg+xml",
    "static/media/font.woff2": "font/woff2", "static/media/x.png": "image/png",
    "static/media/f.wasm": "application/wasm", "static/js/main.js.LICENSE.txt": "text/plain; charset=utf-8",
    "static/name with blank.txt": "text/plain; charset=utf-8", "static/empty.js": "text/javascript; charset=utf-8",
}


def make_build(folder: Path) -> Path:
    for name, data in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (folder.parent / "secret.txt").write_bytes(b"the secret")
    (folder / "out.txt").symlink_to(folder.parent / "secret.txt")
    (folder / "up").symlink_to(folder.parent)
    (folder / ".env").write_bytes(b"the secret")
    return folder


@pytest.fixture(scope="module")
def build(tmp_path_factory) -> Path:
    return make_build(tmp_path_factory.mktemp("wheel") / "build")


@pytest.fixture(scope="module")
def shown(build):
    with start_runestone(extra_args=["--ui", build]) as server:
        yield server


def get(server, path: str, *headers: str):
    return ask(server, request(f"GET {path}", *headers))


def file(server, name: str, *headers: str):
    return get(server, "/static-files/" + name.replace(" ", "%20"), *headers)


def said(server, event: str) -> int:
    """Lines of the log with this event."""
    return server.log.read_text(encoding="utf-8").count(f" event={event} ")


def packed_files(server) -> set:
    return {path.name for path in (server.data_dir / "data" / "cache" / "ui").iterdir()}


# --- what is served ------------------------------------------------------------------------------

def test_the_page_is_asked_for_again_each_time(shown):
    reply = get(shown, "/")
    assert reply.status == 200 and reply.body == FILES["index.html"]
    assert reply.header("Content-Type") == "text/html; charset=utf-8"
    assert reply.header("Cache-Control") == "no-cache"
    assert reply.header("X-Frame-Options") == "SAMEORIGIN" and reply.header("X-Content-Type-Options") == "nosniff"
    assert reply.header("Content-Disposition") is None and reply.header("Content-Security-Policy") is None
    again = get(shown, "/?x=1", f"If-None-Match: {reply.header('ETag')}")
    assert again.status == 304 and again.body == b"" and again.header("Cache-Control") == "no-cache"


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_file_is_what_it_is(shown, name):
    reply = file(shown, name)
    assert reply.status == 200 and reply.body == FILES[name]
    assert reply.header("Content-Type") == TYPES[name]
    assert reply.header("Cache-Control") == ("no-cache" if name == "index.html" else FOR_LONG)
    assert reply.header("Content-Disposition") is None and reply.header("Content-Encoding") is None
    assert reply.header("X-Content-Type-Options") == "nosniff"


def test_the_icon_stands_where_browsers_look(shown):
    assert get(shown, "/favicon.ico").body == FILES["favicon.ico"]


@pytest.mark.parametrize("coding", [[], [GZIP]])
def test_head_says_what_get_would(shown, coding):
    for path in ("/", "/static-files/static/js/main.js", "/static-files/static/media/x.png"):
        got = get(shown, path, *coding)
        head = ask(shown, request(f"HEAD {path}", *coding), headless=True)
        names = ("Content-Length", "Content-Type", "ETag", "Cache-Control", "Content-Encoding", "Vary")
        assert head.status == 200 and [head.header(n) for n in names] == [got.header(n) for n in names]


@pytest.mark.parametrize("path", [
    "/static-files/../secret.txt", "/static-files/%2e%2e/secret.txt", "/static-files/..%2fsecret.txt",
    "/static-files/%2e%2e%2fsecret.txt", "/static-files/static/../../secret.txt",
    "/static-files/static/%2e%2e/%2e%2e/secret.txt", "/static-files/..%5csecret.txt", "/static-files/....//secret.txt",
    "/static-files/%252e%252e%252fsecret.txt", "/static-files/%252e%252e/secret.txt",
    "/static-files//etc/passwd", "/static-files/%2fetc%2fpasswd", "/static-files/etc/passwd", "/static-files/.env",
    "/static-files/out.txt", "/static-files/up/secret.txt", "/static-files/up/build/index.html", "/static-files/up",
    "/static-files/static", "/static-files/static/", "/static-files/static/./js/main.js",
    "/static-files/static/js/../js/main.js", "/static-files/static/js/main.js/", "/static-files/INDEX.HTML",
    "/static-files/static//js/main.js", "/static-files/", "/static-files", "/index.html", "/static/js/main.js",
    "/static-files/static/js/main.js%20", "/static-files/static/js/main.js%0a", "/..", "/../secret.txt",
    "/static-files/" + "../" * 40 + "etc/passwd", "/static-files/" + "a" * 3000,
    "/static-files/%c0%ae%c0%ae/secret.txt", "/static-files/%00index.html", "/static-files/index.html%00.txt",
    "/static-files/%e0%80%ae%e0%80%ae/secret.txt", "/static-files/%uff0e%uff0e/secret.txt", "/static-files/%",
])
def test_no_spelling_leads_out_of_the_list(shown, path):
    for verb in ("GET", "HEAD"):
        reply = ask(shown, request(f"{verb} {path}", GZIP), headless=verb == "HEAD")
        assert reply.status in (400, 404), path
        assert b"secret" not in reply.body.replace(b"secret.txt", b"") and b"root:" not in reply.body


def test_other_methods_are_refused(shown):
    for line in ("POST /", "PUT /static-files/static/js/main.js", "DELETE /static-files/index.html"):
        reply = ask(shown, request(line))
        assert reply.status == 405 and "GET" in reply.header("Allow")


def test_a_part_is_a_part(shown):
    etag = file(shown, "static/js/main.js").header("ETag")
    part = file(shown, "static/js/main.js", "Range: bytes=100-199", f"If-Range: {etag}")
    assert part.status == 206 and part.body == MAIN_JS[100:200]
    assert part.header("Content-Range") == f"bytes 100-199/{len(MAIN_JS)}"
    assert file(shown, "static/js/main.js", "Range: bytes=-7").body == MAIN_JS[-7:]
    beyond = file(shown, "static/js/main.js", f"Range: bytes={len(MAIN_JS)}-")
    assert beyond.status == 416 and beyond.header("Content-Range") == f"bytes */{len(MAIN_JS)}"
    packed = file(shown, "static/js/main.js", GZIP).body
    part = file(shown, "static/js/main.js", GZIP, "Range: bytes=10-19")
    assert part.status == 206 and part.header("Content-Encoding") == "gzip" and part.body == packed[10:20]
    other = file(shown, "static/js/main.js", GZIP, "Range: bytes=10-19", f"If-Range: {etag}")
    assert other.status == 200 and other.body == packed  # its part is one of the plain bytes


# --- compressed ----------------------------------------------------------------------------------

@pytest.mark.parametrize("name", sorted(FILES))
def test_packed_is_the_same_unpacked(shown, name):
    plain, packed = file(shown, name), file(shown, name, GZIP)
    is_text = name.endswith((".js", ".css", ".svg", ".wasm", ".txt", ".json", ".html", ".ico"))
    if not is_text or len(FILES[name]) < 1024:
        assert packed.body == plain.body and packed.header("Content-Encoding") is None
        assert packed.header("Vary") is None and packed.header("ETag") == plain.header("ETag")
        return
    assert packed.header("Content-Encoding") == "gzip" and gzip.decompress(packed.body) == FILES[name]
    assert len(packed.body) < len(plain.body)
    assert packed.header("Vary") == plain.header("Vary") == "Accept-Encoding"
    assert packed.header("ETag") != plain.header("ETag")
    assert packed.header("Content-Type") == plain.header("Content-Type") == TYPES[name]
    for form, coding in ((plain, []), (packed, [GZIP])):
        kept = file(shown, name, *coding, f"If-None-Match: {form.header('ETag')}")
        assert kept.status == 304 and kept.header("ETag") == form.header("ETag")
        assert kept.header("Vary") == "Accept-Encoding" and kept.header("Cache-Control") == FOR_LONG
        other = packed if form is plain else plain
        assert file(shown, name, *coding, f"If-None-Match: {other.header('ETag')}").status == 200


@pytest.mark.parametrize("header, is_packed", [
    ("gzip", True), ("GZIP;q=0.1", True), ("*", True), ("br, *;q=0.5", True), ("gzip;q=0", False),
    ("gzip;q=0.000, *", False), ("identity", False), ("br", False), ("*;q=0", False), ("gzip;q=x", False), ("", False)])
def test_a_client_is_sent_what_it_takes(shown, header, is_packed):
    reply = file(shown, "static/js/main.js", f"Accept-Encoding: {header}")
    assert reply.header("Content-Encoding") == ("gzip" if is_packed else None)


def test_who_comes_while_a_file_is_packed_has_it_plain_at_once(tmp_path):
    build = make_build(tmp_path / "build")
    data = text_of(6_000_000)
    (build / "big.js").write_bytes(data)
    with start_runestone(extra_args=["--ui", build]) as server:
        with Wire(server) as first, Wire(server) as second:
            for wire in (first, second):
                wire.send(request("GET /static-files/big.js", GZIP))
            with ThreadPoolExecutor(2) as pool:
                replies = list(pool.map(lambda wire: wire.read_reply(), (first, second)))
        forms = {reply.header("Content-Encoding"): reply.body for reply in replies}
        assert set(forms) == {None, "gzip"}
        assert forms[None] == data and gzip.decompress(forms["gzip"]) == data
        assert file(server, "big.js", GZIP).header("Content-Encoding") == "gzip"


def test_many_at_once_get_whole_files(shown):
    names = [name for name in FILES if name != "static/empty.js"] * 20

    def fetch(name: str) -> bool:
        reply = file(shown, name, *([GZIP] if hash(name) % 2 else []))
        body = gzip.decompress(reply.body) if reply.header("Content-Encoding") else reply.body
        return reply.status == 200 and body == FILES[name]

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(fetch, names))


# --- the cache -----------------------------------------------------------------------------------

@pytest.fixture
def own(tmp_path):
    """A build folder and a server of a test's own."""
    with start_runestone(data_dir=tmp_path / "served", extra_args=["--ui", make_build(tmp_path / "build")]) as server:
        yield server


def cache_of(server) -> Path:
    return server.data_dir / "data" / "cache" / "ui"


def test_what_was_packed_is_used_after_a_restart(own):
    first = file(own, "static/js/main.js", GZIP)
    (kept,) = cache_of(own).iterdir()
    before = kept.stat()
    assert stat.S_IMODE(before.st_mode) == 0o600 and stat.S_IMODE(cache_of(own).stat().st_mode) == 0o700
    own.restart()
    again = file(own, "static/js/main.js", GZIP)
    assert again.body == first.body and again.header("ETag") == first.header("ETag")
    after = kept.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_what_the_folder_does_not_need_any_more_goes_at_the_start(own):
    file(own, "static/js/main.js", GZIP)
    file(own, "static/css/main.css", GZIP)
    kept = packed_files(own)
    assert len(kept) == 2
    (cache_of(own) / "unfinished").write_bytes(b"x")
    (cache_of(own) / "00112233445566778899aabbccddeeff.gz").write_bytes(b"x")
    Path(own.argv[own.argv.index("--ui") + 1], "static/css/main.css").write_bytes(b"p { color: blue }\n" * 200)
    own.restart()
    await_true(lambda: len(packed_files(own)) == 1, "the cache is swept")
    assert packed_files(own) < kept
    reply = file(own, "static/css/main.css", GZIP)
    assert gzip.decompress(reply.body) == b"p { color: blue }\n" * 200


@pytest.mark.parametrize("damage", ["cut", "bent", "emptied", "other", "folder"])
def test_a_damaged_form_is_seen_and_made_anew(own, damage):
    first = file(own, "static/js/main.js", GZIP)
    (kept,) = cache_of(own).iterdir()
    own.stop()
    whole = kept.read_bytes()
    kept.unlink()
    if damage == "folder":
        kept.mkdir()
    else:
        kept.write_bytes({"cut": whole[:-9], "bent": whole[:500] + b"\xff" + whole[501:], "emptied": b"",
                          "other": gzip.compress(b"other bytes")}[damage])
    own.start()
    reply = file(own, "static/js/main.js", GZIP)
    body = gzip.decompress(reply.body) if reply.header("Content-Encoding") else reply.body
    assert reply.status == 200 and body == MAIN_JS
    assert said(own, "ui_cache_damaged") == 1
    if damage == "folder":  # it is in the way
        assert reply.header("Content-Encoding") is None and said(own, "ui_cache_unusable") == 1
    else:
        assert reply.body == first.body and kept.read_bytes() == whole


def test_a_form_that_vanishes_is_made_again(own):
    first = file(own, "static/js/main.js", GZIP)
    for path in cache_of(own).iterdir():
        path.unlink()
    assert file(own, "static/js/main.js", GZIP).body == MAIN_JS
    assert file(own, "static/js/main.js", GZIP).body == first.body


def test_without_a_cache_all_is_plain_and_one_line_says_so(tmp_path):
    (tmp_path / "served" / "data").mkdir(parents=True)
    (tmp_path / "served" / "data" / "cache").write_bytes(b"in the way")
    with start_runestone(data_dir=tmp_path / "served", extra_args=["--ui", make_build(tmp_path / "build")]) as server:
        for name in ("static/js/main.js", "static/css/main.css", "static/js/main.js"):
            reply = file(server, name, GZIP)
            assert reply.body == FILES[name] and reply.header("Content-Encoding") is None
        assert said(server, "ui_cache_unusable") == 1
        assert server.restart().healthy()
        assert said(server, "ui_cache_unusable") == 2


def test_a_cache_that_cannot_be_written_is_done_without(own):
    cache_of(own).joinpath("unfinished").mkdir()  # where root may write everywhere, something in the way
    for name in ("static/js/main.js", "static/css/main.css"):
        reply = file(own, name, GZIP)
        assert reply.body == FILES[name] and reply.header("Content-Encoding") is None
    assert said(own, "ui_cache_unusable") == 1


def test_backup_restore_and_check_do_not_mind_the_cache(own, tmp_path):
    file(own, "static/js/main.js", GZIP)
    data = own.data_dir / "data"

    def run(*words) -> subprocess.CompletedProcess:
        return subprocess.run([runestone_binary(), *words], capture_output=True, text=True, timeout=60, check=False)

    for words in (("backup", "--data", data, tmp_path / "copy"), ("check", "--data", data),
                  ("restore", tmp_path / "copy", "--data", tmp_path / "new"), ("check", "--data", tmp_path / "new")):
        done = run(*words)
        assert done.returncode == 0, done.stdout + done.stderr
    assert not (tmp_path / "new" / "cache").exists()
    own.stop()
    assert run("check", "--data", data).returncode == 0


def test_files_that_are_replaced_under_the_server_are_not_mixed(own):
    build = Path(own.argv[own.argv.index("--ui") + 1])
    (build / "new").write_bytes(b"<!doctype html>2")
    os.replace(build / "new", build / "index.html")
    (build / "static/late.js").write_bytes(b"1;")
    for _ in range(2):
        assert get(own, "/").status == 503
    assert said(own, "ui_changed") == 1
    assert file(own, "static/late.js").status == 404
    own.restart()
    assert get(own, "/").body == b"<!doctype html>2" and file(own, "static/late.js").body == b"1;"


# --- where it stands -----------------------------------------------------------------------------

def test_below_a_base_path(build):
    with start_runestone(extra_args=["--ui", build], base_path="/ml/x") as server:
        for path, status in (("/ml/x/", 200), ("/ml/x/static-files/static/js/main.js", 200), ("/", 404),
                             ("/static-files/static/js/main.js", 404), ("/ml/", 404), ("/ml/xstatic-files/", 404)):
            assert get(server, path).status == status, path
        moved = get(server, "/ml/x?a=b%0d%0a")
        assert moved.status == 308 and moved.header("Location") == "/ml/x/?a=b%0d%0a"
        assert ask(server, request("POST /ml/x")).status == 404


@pytest.mark.parametrize("path", ["/", "/static-files/static/js/main.js", "/favicon.ico", "/static-files/none"])
def test_a_page_of_another_name_or_origin_gets_nothing(shown, path):
    assert ask(shown, request(f"GET {path}", host="evil.example")).status == 403
    reply = get(shown, path, "Origin: https://evil.example")
    assert reply.header("Access-Control-Allow-Origin") is None


def test_a_start_reads_names_and_compresses_nothing(own):
    own.restart()
    assert re.search(r" event=ui folder=\S+ files=12 bytes=\d+\n", own.log.read_text(encoding="utf-8"))
    assert not packed_files(own)


# --- finding it ----------------------------------------------------------------------------------

def fake_python(folder: Path, lines: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "python"
    program.write_text(f"#!/bin/sh\n{lines}\n", encoding="utf-8")
    program.chmod(0o755)
    return program


def test_auto_asks_the_python_of_the_environment(tmp_path):
    package = tmp_path / "with blank" / "mlflow"
    make_build(package / "server" / "js" / "build")
    python = fake_python(tmp_path / "bin", f'echo run >>"{tmp_path}/runs"; echo "{package}"')
    with start_runestone(extra_args=["--ui", "auto"], env={"PYTHON": str(python)}) as server:
        assert get(server, "/").body == FILES["index.html"]
        assert (tmp_path / "runs").read_text(encoding="utf-8") == "run\n"


def refused(tmp_path: Path, ui, env=None) -> str:
    """What a start that must fail says; one line, and nothing is left behind."""
    data = tmp_path / "refused"
    words = [runestone_binary(), "server", "--port", "0", "--data", data, "--ui", ui]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False, env=clean_environment(env))
    assert done.returncode == 1 and done.stdout == "" and done.stderr.count("\n") == 1, done.stderr
    assert not data.exists()
    return done.stderr


def test_a_folder_that_is_none_is_refused_at_the_start(tmp_path):
    (tmp_path / "empty").mkdir()
    assert f'there is no file "{tmp_path}/empty/index.html"' in refused(tmp_path, tmp_path / "empty")
    assert "No such file or directory" in refused(tmp_path, tmp_path / "nowhere")
    (tmp_path / "file").write_bytes(b"")
    assert "Not a directory" in refused(tmp_path, tmp_path / "file")


def test_auto_says_what_it_tried(tmp_path):
    def with_python(lines: str) -> str:
        return refused(tmp_path, "auto", {"PYTHON": str(fake_python(tmp_path / "bin", lines))})

    assert "has no package mlflow; install it there, or name the folder" in with_python("exit 0")
    assert "failed (exit code 3)" in with_python("echo oops >&2; exit 3")
    assert f'"{tmp_path}/mlflow/server/js/build"' in with_python(f'echo "{tmp_path}/mlflow"')
    assert 'could not run "no-such-python"' in refused(tmp_path, "auto", {"PYTHON": "no-such-python"})


def test_the_page_of_ours_names_the_address_that_the_client_used():
    with start_runestone(base_path="/ml") as server:
        for host in ("localhost:1", "127.0.0.1", "[::1]:5000"):
            page = ask(server, request("GET /ml/", host=host)).body.decode()
            assert f"export MLFLOW_TRACKING_URI=http://{host}/ml<" in page
        reply = ask(server, request("GET /ml/", host="10.0.0.1<script>"))
        assert reply.status == 403 and b"<script>" not in reply.body
        assert ask(server, request("HEAD /ml/"), headless=True).status == 200
        assert get(server, "/ml/static-files/index.html").status == 404
        assert get(server, "/ml/favicon.ico").status == 204
        assert not (server.data_dir / "data" / "cache").exists()
