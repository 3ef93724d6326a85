import base64
import dataclasses
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from a2bm2gl_tf.data.description.description import describe
from a2bm2gl_tf.reports.description_report import (
    description_page,
    description_pictures,
    description_text,
)

_VOID = {"meta", "img"}


class _Page(HTMLParser):
    """Keeps tags, attributes and text, and checks that tags close in order."""

    def __init__(self):
        super().__init__()
        self.open, self.attributes, self.cells = [], [], []

    def handle_starttag(self, tag, attrs):
        self.attributes += [(tag, *pair) for pair in attrs]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "h1"):
            self.cells.append(data)


@pytest.fixture
def page(prepared):
    description = describe(prepared)
    return description_page(description, description_pictures(prepared, description))


def test_page_parses_and_escapes(page):
    parser = _Page()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    assert "Data set tiny & <small>" in parser.cells
    assert "50.00%" in parser.cells


def test_page_needs_nothing_else(page):
    parser = _Page()
    parser.feed(page)
    named = [value for _, name, value in parser.attributes if name in ("src", "href", "srcset")]
    assert len(named) == 4
    for value in named:
        prefix, _, data = value.partition(",")
        assert prefix == "data:image/png;base64"
        assert base64.b64decode(data, validate=True).startswith(b"\x89PNG\r\n")
    assert not {"script", "link", "iframe"} & {tag for tag, *_ in parser.attributes}
    assert not re.search(r"https?:|@import|url\(", page)
    assert all(value for tag, name, value in parser.attributes if (tag, name) == ("img", "alt"))


def test_text_says_what_was_counted(prepared):
    text = description_text(describe(prepared))
    # Runs of spaces only align columns.
    lines = [" ".join(line.split()) for line in text.splitlines()]
    for line in (
        "tiny & <small>",
        "Split: by hand",
        "Values: 1 to 5, 3 on average",
        "all 3 4 6 50.00%",
        "test, fold 0 3 1 3 75.00%",
        "text 2 3 75.0% 0 1 2",
        "items without a training interaction, fold 0 2 4 50.0%",
        "items without a title 1 4 25.0%",
        "pairs in more than one part, fold 0 0 6 0.0% ok",
        "test interactions of users without training, fold 0 1 3 33.3% look 1 user known by "
        "nothing but popularity",
        "test interactions older than the user's last training one, fold 0 1 3 33.3% look the "
        "future of 1 user is known",
    ):
        assert line in lines


def test_a_planted_leak_is_called_one(prepared):
    leaky = dataclasses.replace(
        prepared,
        users=np.append(prepared.users, np.int32(2)),
        items=np.append(prepared.items, np.int32(2)),
        parts=np.concatenate([prepared.parts[:1], [[0]]], axis=1).astype(np.uint8),
        values=None,
        times=None,
    )
    text = description_text(describe(leaky))
    assert re.search(r"pairs in more than one part +1 +7 +14.3% +LEAK", text)
    assert re.search(r"repeated pairs of user and item +1 +7 +14.3% +look", text)


def test_pictures_follow_what_there_is(prepared):
    assert set(description_pictures(prepared, describe(prepared))) == {
        "degrees",
        "lorenz",
        "modalities",
        "times",
    }
    bare = dataclasses.replace(prepared, times=None, modalities=())
    assert set(description_pictures(bare, describe(bare))) == {"degrees", "lorenz"}
