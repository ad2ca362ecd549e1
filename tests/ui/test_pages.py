# SPDX-License-Identifier: Apache-2.0
"""Each page of MLflow's UI on our server: the same text as on MLflow's own for the same data, and no complaint of the
browser's that it has not there."""

import difflib

import pytest

from ui.pages import LOOKS, LOOKS_2

BELOW = ("home", "charts", "run", "image", "files of a logged model", "version")


def names_of(look) -> str:
    return look.name


def stand(look, *sites) -> None:
    """Opens the page on all sites at once and waits until it stands on each."""
    for site in sites:
        site.open(look.path)
    for text in look.clicks:
        for site in sites:
            site.click(text)
    for site in sites:
        site.page.wait(f"{look.name} at {site.url} with {look.shows}", lambda: site.shows(look))


def difference(ours, theirs) -> str:
    lines = difflib.unified_diff(theirs.text().splitlines(), ours.text().splitlines(), "theirs", "ours", "", "", 2, "")
    return "\n".join(lines)


@pytest.mark.parametrize("look", LOOKS, ids=names_of)
def test_page_reads_as_on_mlflows_own_server(look, ours, theirs):
    stand(look, ours, theirs())
    same = ours.page.wait_or_not(lambda: ours.shows(look) and theirs().shows(look) and ours.text() == theirs().text())
    assert same, difference(ours, theirs())
    assert ours.complaints() <= theirs().complaints()
    assert ours.outside() <= theirs().outside()


@pytest.mark.parametrize("look", [look for look in LOOKS if look.name in BELOW], ids=names_of)
def test_page_stands_below_a_base_path(look, ours_below):
    stand(look, ours_below)
    assert not ours_below.complaints()
    assert not ours_below.outside()


@pytest.mark.parametrize("look", LOOKS_2, ids=names_of)
def test_page_of_the_2_22_5_wheel_stands(look, ours_2):
    stand(look, ours_2)
    assert not ours_2.complaints()
    assert not ours_2.outside()
