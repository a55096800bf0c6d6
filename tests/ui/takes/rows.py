"""Takes and lists of them as the services would give them, made by hand."""

from __future__ import annotations

from latentsync_studio.core.comparing.measured import measure_table
from latentsync_studio.core.quality.limits import Limits
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.model import ClipId, SequenceId, TakeId
from latentsync_studio.services.takes.listing import TakeList, TakeRow
from latentsync_studio.services.takes.naming import TakeRef

SPAN = FrameRange(8, 16)


def ref(take="", span=SPAN):
    return TakeRef(SequenceId("s1"), ClipId("c1"), TakeId(take), span)


def row(take="", **changes):
    """A take that is drawn; `changes` are other fields."""
    fields = {
        "ref": ref(take),
        "name": take or "Own settings",
        "engine": "mouthbank",
        "seed": 3,
        "preset": "",
        "is_chosen": False,
        "state": "ready",
        "drawn": 8,
        "wanted": 8,
        "note": "",
        "differs": (),
    }
    return TakeRow(**{**fields, **changes})


def listed(*rows, qualities=None):
    names = [each.name for each in rows]
    found = qualities or [None] * len(rows)
    table = measure_table(names, found, Limits())
    return TakeList(frames=SPAN, placed=SPAN, rows=rows, measures=table)
