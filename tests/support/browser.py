# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium, driven over its debugging protocol through a pair of pipes: no library and no port.

    with Browser() as browser, browser.page() as page:
        page.go("http://127.0.0.1:5000/")
        page.wait("the table stands", "document.querySelector('table') !== null")
        assert not page.complaints

Nothing outside 127.0.0.1 is ever reached: no other name can be resolved. Each page is a profile of its own (cookies,
local storage). Methods may be called from any thread, those of one page from one at a time.
"""

import base64
import fcntl
import itertools
import json
import math
import os
import shutil
import signal
import tempfile
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional

DEADLINE_S = 60.0
POLL_S = 0.03
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
PROFILE = "profile"

FLAGS = (
    "--headless=new", "--remote-debugging-pipe", "--no-first-run", "--no-default-browser-check", "--disable-gpu",
    "--disable-extensions", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-default-apps", "--disable-dev-shm-usage", "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows", "--metrics-recording-only",
    "--mute-audio", "--hide-scrollbars", "--force-color-profile=srgb", "--lang=en-US", "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    # Animations would only keep a page from standing still.
    "--force-prefers-reduced-motion",
    # Root has no sandbox, a container often none either; all that is ever opened are servers of the tests.
    "--no-sandbox",
)


class BrowserError(RuntimeError):
    """The browser did not start, died, or refused a command."""


class NotSeen(AssertionError):
    """A page did not come to show what was waited for."""


class Browser:
    def __init__(self, width: int = 1600, height: int = 1200):
        program = next(filter(None, map(shutil.which, PROGRAMS)), None)
        if program is None:
            raise BrowserError("there is no chromium: install the Debian package of that name")
        self.size = (width, height)
        self._dir = Path(tempfile.mkdtemp(prefix="runestone-browser-"))
        self._ids = itertools.count(1)
        self._waiting: dict[int, Future] = {}
        self._pages: dict[str, "Page"] = {}
        self._lock = threading.Lock()
        self._pid = self._spawn(program)
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *unused) -> None:
        self.close()

    def page(self) -> "Page":
        """A new page in a profile of its own."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        width, height = self.size
        target = self.call("Target.createTarget", url="about:blank", browserContextId=context, width=width,
                           height=height)["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session, context)
        self._pages[session] = page
        page.prepare()
        return page

    def call(self, method: str, session: str = "", **params) -> dict:
        """One command of the protocol; what it returns."""
        number, answer = next(self._ids), Future()
        message = {"id": number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        with self._lock:
            self._waiting[number] = answer
            self._to.write(json.dumps(message).encode() + b"\0")
            self._to.flush()
        return answer.result(DEADLINE_S)

    def close(self) -> None:
        try:
            os.killpg(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        self._to.close()
        shutil.rmtree(self._dir, ignore_errors=True)

    def _spawn(self, program: str) -> int:
        """Starts it as the leader of a group; it reads its commands from descriptor 3 and answers on 4."""
        low = [*os.pipe(), *os.pipe(), os.open(self._dir / "log", os.O_WRONLY | os.O_CREAT, 0o600)]
        # Away from the numbers that the browser's ends are given.
        its_in, our_out, our_in, its_out, log = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in low)
        for end in low:
            os.close(end)
        argv = [program, *FLAGS, f"--user-data-dir={self._dir / PROFILE}",
                f"--window-size={self.size[0]},{self.size[1]}"]
        actions = [(os.POSIX_SPAWN_DUP2, its_in, 3), (os.POSIX_SPAWN_DUP2, its_out, 4),
                   (os.POSIX_SPAWN_DUP2, log, 1), (os.POSIX_SPAWN_DUP2, log, 2)]
        env = {**os.environ, "HOME": str(self._dir), "TZ": "UTC"}
        pid = os.posix_spawn(program, argv, env, file_actions=actions, setsid=True)
        for end in (its_in, its_out, log):
            os.close(end)
        self._to, self._from = os.fdopen(our_out, "wb"), our_in
        return pid

    def _read(self) -> None:
        """Takes the browser's messages apart until it ends."""
        rest = b""
        while chunk := os.read(self._from, 1 << 20):
            *whole, rest = (rest + chunk).split(b"\0")
            for text in whole:
                self._take(json.loads(text))
        os.close(self._from)
        with self._lock:
            for answer in self._waiting.values():
                answer.set_exception(BrowserError("the browser is gone"))

    def _take(self, message: dict) -> None:
        if "id" not in message:
            page = self._pages.get(message.get("sessionId", ""))
            if page:
                page.event(message["method"], message["params"])
            return
        with self._lock:
            answer = self._waiting.pop(message["id"])
        if "error" in message:
            answer.set_exception(BrowserError(message["error"]["message"]))
            return
        answer.set_result(message["result"])


@dataclass
class Span:
    """When a request was under way, by the protocol's clock, which is that of time.monotonic()."""

    url: str
    begin: float
    end: float = math.inf


class Page:
    """A tab. `complaints` are its console errors, uncaught exceptions and failed requests, in order; `requests` what it
    asked for (the protocol's Network.Request), `wire` the bytes that came for that, as they were sent."""

    def __init__(self, browser: Browser, session: str, context: str):
        self._browser = browser
        self._session = session
        self._context = context
        self._under_way: dict[str, str] = {}
        self._spans: dict[str, Span] = {}
        self.complaints: list[str] = []
        self.requests: list[dict] = []
        self.wire = 0

    def __enter__(self) -> "Page":
        return self

    def __exit__(self, *unused) -> None:
        self.close()

    def call(self, method: str, **params) -> dict:
        return self._browser.call(method, self._session, **params)

    def prepare(self) -> None:
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def close(self) -> None:
        self._browser.call("Target.disposeBrowserContext", browserContextId=self._context)

    def go(self, url: str) -> None:
        """Opens the address anew. Returns before it stands."""
        self.call("Page.navigate", url="about:blank")
        self._under_way.clear()  # what the page before still asked for ends with it, and not all of it says so
        self.call("Page.navigate", url=url)

    def forget(self) -> None:
        """Empties what was collected so far."""
        self.complaints, self.requests, self.wire = [], [], 0
        self._spans = {}

    @property
    def asked(self) -> list[str]:
        """The addresses that it asked for."""
        return [request["url"] for request in self.requests]

    def is_idle(self) -> bool:
        """Whether nothing that it asked for is still to come."""
        return not self._under_way

    def waited_s(self, is_meant: Callable[[str], bool], until: float) -> float:
        """Seconds with at least one request for such an address under way, up to a moment of time.monotonic()."""
        waited, covered = 0.0, 0.0
        for span in sorted(list(self._spans.values()), key=lambda span: span.begin):
            begin, end = max(span.begin, covered), min(span.end, until)
            if is_meant(span.url) and begin < end:
                waited, covered = waited + end - begin, end
        return waited

    def run(self, script: str) -> object:
        """The value of a JavaScript expression; a promise is waited for."""
        reply = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in reply:
            raise BrowserError(f"{script[:200]}: {reply['exceptionDetails'].get('exception', reply)}")
        return reply["result"].get("value")

    def text(self) -> str:
        """What a user can read on it."""
        return self.run("document.body ? document.body.innerText.replaceAll('\\u00a0', ' ') : ''")

    def wait(self, what: str, seen: "str | Callable[[], object]", deadline_s: float = DEADLINE_S) -> object:
        """Waits until the script or function gives something true, and returns that."""
        end = time.monotonic() + deadline_s
        while True:
            value = self._try(seen)
            if value:
                return value
            if time.monotonic() > end:
                raise NotSeen(f"{what}: not within {deadline_s:.0f} s; still asked: {list(self._under_way.values())}; "
                              f"complaints: {self.complaints}; the page:\n{self.text()}")
            time.sleep(POLL_S)

    def wait_or_not(self, seen: "str | Callable[[], object]", deadline_s: float = DEADLINE_S) -> bool:
        """As wait, for a caller with a better message: whether it came."""
        try:
            return bool(self.wait("", seen, deadline_s))
        except NotSeen:
            return False

    def _try(self, seen: "str | Callable[[], object]") -> object:
        if callable(seen):
            return seen()
        try:
            return self.run(seen)
        except BrowserError:  # a document that is just being replaced
            return None

    def click(self, script: str, what: str = "") -> None:
        """Clicks, as a mouse does, on the element that the script gives, once it is there, uncovered and still."""
        place = self.wait(f"something to click: {what or script}", _PLACE % script)
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=place["x"], y=place["y"], button="left", clickCount=1)

    def type(self, script: str, text: str, what: str = "") -> None:
        """Replaces the value of the field that the script gives."""
        self.click(script, what)
        self.run(f"({script}).focus(), ({script}).select && ({script}).select()")
        self.call("Input.insertText", text=text)

    def press(self, key: str) -> None:
        """Presses Enter, Escape or the like."""
        code = {"Enter": 13, "Escape": 27, "Tab": 9}[key]
        text = {"text": "\r"} if key == "Enter" else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, code=key, windowsVirtualKeyCode=code, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=key, windowsVirtualKeyCode=code)

    def screenshot(self, scale: float = 1.0) -> bytes:
        """A PNG of what is seen."""
        clip = {"x": 0, "y": 0, "width": self._browser.size[0], "height": self._browser.size[1], "scale": scale}
        return base64.b64decode(self.call("Page.captureScreenshot", format="png", clip=clip)["data"])

    def event(self, method: str, params: dict) -> None:
        """Called for each event of the page, by the thread that reads."""
        take = _EVENTS.get(method)
        if take:
            take(self, params)

    def _request(self, params: dict) -> None:
        url = params["request"]["url"]
        # A worker's script is the worker's own to finish: the page is never told.
        if url.startswith(("data:", "blob:")) or url.endswith(".worker.js"):
            return
        self.requests.append(params["request"])
        self._under_way[params["requestId"]] = url
        self._spans[params["requestId"]] = Span(url, params["timestamp"])

    def _response(self, params: dict) -> None:
        reply = params["response"]
        if reply["status"] >= 400:
            self.complaints.append(f"{reply['status']} {reply['url']}")

    def _finished(self, params: dict) -> None:
        self.wire += int(params.get("encodedDataLength", 0))
        self._ended(params)

    def _failed(self, params: dict) -> None:
        url = self._ended(params)
        # The page itself takes back what it no longer needs.
        if url and not params.get("canceled"):
            self.complaints.append(f"{params['errorText']} {url}")

    def _ended(self, params: dict) -> Optional[str]:
        """The address of a request that is under way no longer, if it was."""
        if span := self._spans.get(params["requestId"]):
            span.end = params["timestamp"]
        return self._under_way.pop(params["requestId"], None)

    def _console(self, params: dict) -> None:
        if params["type"] == "error":
            words = [str(one.get("value", one.get("description", ""))) for one in params["args"]]
            self.complaints.append("console: " + " ".join(words)[:500])

    def _exception(self, params: dict) -> None:
        details = params["exceptionDetails"]
        self.complaints.append(f"exception: {details.get('exception', {}).get('description', details['text'])[:500]}")

    def _log(self, params: dict) -> None:
        entry = params["entry"]
        # What failed on the network is a line of its own already.
        if entry["level"] == "error" and entry["source"] != "network":
            self.complaints.append(f"log: {entry['text'][:500]}")


_EVENTS = {
    "Network.requestWillBeSent": Page._request,
    "Network.responseReceived": Page._response,
    "Network.loadingFinished": Page._finished,
    "Network.loadingFailed": Page._failed,
    "Runtime.consoleAPICalled": Page._console,
    "Runtime.exceptionThrown": Page._exception,
    "Log.entryAdded": Page._log,
}

# The middle of an element that can be clicked: it stood still for two frames, and it or a part of it is on top there.
_PLACE = """(async () => {
    const element = %s;
    if (!element || element.disabled || element.getAttribute('aria-disabled') === 'true') return null;
    element.scrollIntoViewIfNeeded();
    const middle = () => {
        const box = element.getBoundingClientRect();
        return box.width && box.height ? {x: box.x + box.width / 2, y: box.y + box.height / 2} : null;
    };
    const before = middle();
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const after = middle();
    if (!before || !after || before.x !== after.x || before.y !== after.y) return null;
    const top = document.elementFromPoint(after.x, after.y);
    return top && (element.contains(top) || top.contains(element)) ? after : null;
})()"""
