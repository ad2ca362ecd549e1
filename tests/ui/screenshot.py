# SPDX-License-Identifier: Apache-2.0
"""`python -m ui.screenshot FILE`, in tests/: a picture of the charts of the tests' runs, as our server shows them."""

import sys
from pathlib import Path

from support.browser import Browser
from support.servers import start_runestone
from ui.conftest import BUILD_3, log_all
from ui.pages import LOOKS
from ui.site import Site

CHARTS = next(look for look in LOOKS if look.name == "charts")
DRAWN = "document.querySelectorAll('.js-plotly-plot .main-svg').length >= 6"
WIDTH, HEIGHT = 1440, 900
# Without a mouse each chart shows the tools that else come with it.
NO_TOOLS = """document.head.append(Object.assign(document.createElement('style'),
    {textContent: '.modebar { display: none }'}))"""


def main(path: Path) -> None:
    with start_runestone(extra_args=["--ui", BUILD_3]) as server, Browser(WIDTH, HEIGHT) as browser:
        site = Site(server.url, log_all(server.url), browser.page())
        page = site.page
        page.call("Emulation.setDeviceMetricsOverride", width=WIDTH, height=HEIGHT, deviceScaleFactor=1, mobile=False)
        site.open(CHARTS.path)
        page.wait("the charts", lambda: site.shows(CHARTS) and page.run(DRAWN))
        page.run(NO_TOOLS)
        path.write_bytes(page.screenshot())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
