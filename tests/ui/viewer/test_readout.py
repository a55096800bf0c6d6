"""The line under the picture says in words what is seen and heard."""

from __future__ import annotations

from fractions import Fraction

import pytest

from latentsync_studio.ui.viewer.rate_meter import ShownRate
from latentsync_studio.ui.viewer.readout import Reading, readout, speed_text

TIMES, MINUS = "\N{MULTIPLICATION SIGN}", "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("reading", "text"),
    [
        (Reading(is_exact=True), "exact"),
        (Reading(is_proxy=True), "proxy"),
        (Reading(is_pending=True), "exact frame follows"),
        (Reading(is_exact=True, note="Not synthesized yet."), "exact  ·  Not synthesized yet."),
        (
            Reading(speed=Fraction(1), wanted=25.0, rate=23.9, dropped=3, is_proxy=True),
            "23.9 of 25 fps, 3 dropped, proxy",
        ),
        (
            Reading(speed=Fraction(-2), wanted=30_000 / 1001, rate=29.97, no_sound="no device"),
            f"{MINUS}2{TIMES} 30.0 of 29.97 fps, 0 dropped, preview size  ·  no device",
        ),
        (
            Reading(speed=Fraction(2), wanted=25.0),
            f"2{TIMES} preview size  ·  no sound at this speed",
        ),
        (Reading(is_exact=True, engine="mouthbank"), "exact  ·  drawn by mouthbank"),
        (Reading(is_exact=True, is_muted=True), "exact  ·  muted"),
        (
            Reading(is_exact=True, largest=(23, 8)),
            f"exact  ·  largest difference 23 of 255, shown {TIMES}8",
        ),
        (Reading(), ""),
    ],
)
def test_the_line_names_what_is_known_in_a_fixed_order(reading, text):
    assert readout(reading) == text


def test_speeds_are_written_as_factors():
    speeds = [Fraction(0), Fraction(1), Fraction(8), Fraction(-1), Fraction(1, 4)]
    texts = [speed_text(speed) for speed in speeds]
    assert texts == ["", "", f"8{TIMES}", f"{MINUS}1{TIMES}", f"1/4{TIMES}"]


def test_the_rate_counts_the_last_second_and_waits_for_half_of_one():
    meter = ShownRate()
    assert meter.rate(0.0) is None
    for n in range(50):
        meter.count(10 + n / 25, dropped=n % 2)
    assert meter.rate(10 + 49 / 25) == pytest.approx(25)
    assert meter.dropped == 25
    meter.reset()
    assert meter.rate(20.0) is None
    assert meter.dropped == 0
