# SPDX-License-Identifier: Apache-2.0
"""What a visit of a page is worth, without a browser: its wait for the API, and when a peer is given up."""

from types import SimpleNamespace

import pytest

from tests.bench import ui
from tests.bench.report import MoreThan
from tests.support.browser import NotSeen, Page

LOOK = ui.Look("a page", "/", "true")


def page_with(*spans: tuple[str, float, float | None]) -> Page:
    """A page that asked for these addresses, from when until when."""
    page = Page(None, "", "")
    for number, (url, begin, end) in enumerate(spans):
        page.event("Network.requestWillBeSent", {"requestId": number, "request": {"url": url}, "timestamp": begin})
        if end is not None:
            page.event("Network.loadingFinished", {"requestId": number, "timestamp": end})
    return page


@pytest.mark.parametrize("spans, waited", (
    ((), 0),
    ((("/ajax-api/a", 1, 3), ("/graphql", 2, 4), ("/ajax-api/b", 6, 7)), 4),
    ((("/ajax-api/long", 1, 9), ("/ajax-api/within", 2, 3)), 8),
    ((("/ajax-api/a", 8, None), ("/static/main.js", 0, 7)), 2),
    ((("/ajax-api/later", 11, 12), ("/ajax-api/a", 9, 12)), 1),
))
def test_a_page_waits_for_the_api_while_a_call_is_under_way_and_until_it_stands(spans: tuple, waited: float) -> None:
    assert page_with(*spans).waited_s(ui.is_api, 10) == waited


def visited(is_ours: bool, *spans: tuple) -> ui.Visit:
    """A visit of a page that never stands."""
    page = page_with(*spans)

    def wait(*unused: object) -> None:
        raise NotSeen("a page: not in time")

    page.wait = wait
    return ui.until_it_stands(SimpleNamespace(is_ours=is_ours), page, LOOK, lambda: None)


def test_a_peer_that_still_has_to_answer_is_given_up_with_a_bound() -> None:
    visit = visited(False, ("/ajax-api/slow", 0, None))
    assert isinstance(visit.took_s, MoreThan) and visit.took_s == ui.PATIENCE_S and not visit.stands


@pytest.mark.parametrize("is_ours, end", ((False, 1), (True, 1), (True, None)))
def test_a_page_that_is_answered_or_ours_and_does_not_stand_is_a_failure(is_ours: bool, end: float | None) -> None:
    with pytest.raises(NotSeen):
        visited(is_ours, ("/ajax-api/runs", 0, end))
