"""Findings are told once, the worst first, with the longest places."""

from latentsync_studio.core.preflight import (
    MOST_SPANS,
    Finding,
    Forecast,
    Preflight,
    by_severity,
    longest_spans,
)


def finding(name, severity):
    return Finding(id=name, severity=severity, sentence=f"{name}.")


def test_the_worst_comes_first_and_the_same_is_told_once():
    told = [finding("a", "info"), finding("b", "warning"), finding("c", "blocking")]
    found = by_severity([*told, told[1], finding("d", "warning")])
    assert [each.id for each in found] == ["c", "b", "d", "a"]
    report = Preflight(findings=found)
    assert report.is_blocked
    assert [each.id for each in report.warnings] == ["c", "b", "d"]
    assert not Preflight(findings=tuple(told[:2])).is_blocked


def test_the_longest_spans_stay_in_order_of_time():
    spans = [(10 * k, 10 * k + 1 + k % 5) for k in range(20)]
    kept = longest_spans(spans)
    assert len(kept) == MOST_SPANS
    assert list(kept) == sorted(kept)
    assert {stop - start for start, stop in kept} == {4, 5}


def test_a_forecast_with_an_unknown_part_has_no_total():
    assert Forecast(analyse=1.0, draw=2.0, write=0.5).total == 3.5
    assert Forecast(draw=None).total is None
