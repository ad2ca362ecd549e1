# SPDX-License-Identifier: Apache-2.0
"""Small things that several client tests use."""

import math
import struct
import uuid

import pytest
from mlflow.exceptions import MlflowException

MIB = 1024 * 1024


def better_than_upstream(why: str):
    """Marks a test of behaviour where we differ from the real server on purpose."""
    return pytest.mark.better_than_upstream(why)


def unique(prefix: str) -> str:
    """A name that no other test has."""
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


def same_double(a: float, b: float) -> bool:
    """Bitwise equality, except that every NaN equals every NaN: tells -0.0 from 0.0."""
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return struct.pack("<d", a) == struct.pack("<d", b)


def error_of(call, *args, **kwargs) -> MlflowException:
    """The MlflowException that the call raises."""
    with pytest.raises(MlflowException) as caught:
        call(*args, **kwargs)
    return caught.value


def all_pages(search, **kwargs) -> list:
    """The pages of a client search as a list of lists, fetched until there is no token."""
    pages, token = [], None
    while True:
        page = search(page_token=token, **kwargs)
        pages.append(list(page))
        token = page.token
        if not token:
            return pages
        assert len(pages) < 1000, "paging does not end"
