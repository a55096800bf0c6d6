"""The report as a file that needs nothing else and takes any name for text."""

from html.parser import HTMLParser

import numpy as np
import pytest
from PySide6.QtGui import QColor

from latentsync_studio.core.comparing.outcome import outcome_of
from latentsync_studio.core.comparing.votes import Vote
from latentsync_studio.services.comparing.html import _STYLE, report_html
from latentsync_studio.services.comparing.movies import Compared
from latentsync_studio.services.comparing.requests import CompareReport, MouthRow
from latentsync_studio.services.contact_sheet import png_bytes

EVIL = '<script>alert("1")</script>&'


class Reader(HTMLParser):
    """Collects tags, their attributes and the text."""

    def __init__(self):
        super().__init__()
        self.tags, self.values, self.text = [], [], ""

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.values += attributes

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def report():
    votes = [
        Vote(item=str(n), left=EVIL, right=other, choice=("left", "tie")[n % 2])
        for n in range(8)
        for other in ("b", "c")
    ]
    png = png_bytes(np.full((8, 16, 3), 90, np.uint8))
    mouths = (MouthRow(name=EVIL, clip=EVIL, frames=(1, 5), png=png),)
    found = CompareReport(votes=outcome_of(votes), notes=(EVIL,))
    return report_html(Compared(found, mouths))


def read(text):
    reader = Reader()
    reader.feed(text)
    return reader


def test_names_are_text_whatever_they_are(report):
    found = read(report)
    assert "script" not in found.tags
    assert EVIL in found.text
    assert "Bradley-Terry" in found.text


def test_nothing_comes_from_elsewhere(report):
    found = read(report)
    assert {"link", "iframe", "object", "form", "a"}.isdisjoint(found.tags)
    assert "://" not in report
    assert not [name for name, _ in found.values if name.startswith("on") or name == "href"]
    sources = [value for name, value in found.values if name == "src"]
    assert all(value.startswith("data:image/png;base64,") for value in sources)


def test_its_colors_can_be_read():
    for block in _STYLE.split(":root")[1:3]:
        colors = {
            name.strip(): QColor(value.split(";")[0].strip())
            for name, _, value in (part.partition(":") for part in block.split("--")[1:])
        }
        page = colors["page"]
        for name in ("ink", "good", "bad", "mark"):
            assert contrast(colors[name], page) >= 4.5
            assert contrast(colors["ink"], colors["soft"]) >= 4.5


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color):
    parts = [color.redF(), color.greenF(), color.blueF()]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
