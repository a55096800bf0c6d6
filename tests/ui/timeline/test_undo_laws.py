"""Random edits through the store: undo gives back the very same objects, and so does redo."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.check import check
from latentsync_studio.core.timeline.edits import (
    clips,
    copy,
    dissolves,
    links,
    marks,
    move,
    remove,
    roll,
    slice,  # noqa: A004 - the module of the razor
    tracks,
    trim,
)
from latentsync_studio.ui.store import ProjectStore
from latentsync_studio.ui.timeline.placing import Spot, place_media
from tests.ui.timeline.scenes import A1, A2, RATE, SPEECH, STILL, TALK, V1, V2, talk

NUMBERS = st.integers(-60, 60)
PLACES = st.integers(0, 400)
TRACKS = st.sampled_from([V1, V2, A1, A2])


def one(project, pick):
    every = [clip.id for track in project.sequences[0].tracks for clip in track.clips]
    return every[pick % len(every)] if every else "c0"


@st.composite
def edits(draw):
    """A name and what it does; clips are picked by number when it is done."""
    pick, by, at = draw(st.integers(0, 50)), draw(NUMBERS), draw(PLACES)
    track, on = draw(TRACKS), draw(st.booleans())
    media = draw(st.sampled_from([TALK, SPEECH, STILL]))
    many = {
        "trim head": lambda p: trim.trim_head(p, one(p, pick), by, linked=on),
        "trim tail": lambda p: trim.trim_tail(p, one(p, pick), by, linked=on),
        "ripple": lambda p: trim.ripple_tail(p, one(p, pick), by, linked=on),
        "roll": lambda p: roll.roll(p, one(p, pick), by, linked=on),
        "slip": lambda p: roll.slip(p, one(p, pick), by, linked=on),
        "slide": lambda p: roll.slide(p, one(p, pick), by, linked=on),
        "move": lambda p: move.move_over(p, [one(p, pick)], by, linked=on),
        "to track": lambda p: move.move_over(
            p, [one(p, pick)], by, onto={one(p, pick): track}, linked=False
        ),
        "razor": lambda p: slice.slice_at(p, [track], at),
        "delete": lambda p: remove.delete(p, [one(p, pick)], linked=on),
        "ripple delete": lambda p: remove.ripple_delete(p, [one(p, pick)], linked=on),
        "extract": lambda p: remove.extract(p, [track], FrameRange(at, at + 30)),
        "duplicate": lambda p: copy.duplicate(p, [one(p, pick)], linked=on),
        "place": lambda p: place_media(p, "s4", [media], Spot(at), inserting=on),
        "lock": lambda p: tracks.switch_track(p, track, locked=on),
        "add track": lambda p: tracks.add_track(p, "s4", "video" if on else "audio"),
        "remove track": lambda p: tracks.remove_track(p, track),
        "dissolves": lambda p: dissolves.toggle_dissolves(
            p, dissolves.nearest_cuts(p.sequences[0], at, [V1, A1]), 25
        ),
        "add sequence": lambda p: tracks.add_sequence(p, f"Cut {at}", RATE, (640, 360)),
        "rename sequence": lambda p: tracks.rename_sequence(p, p.sequences[-1].id, f"Cut {at}"),
        "remove sequence": lambda p: tracks.remove_sequence(
            p, p.sequences[-1].id if len(p.sequences) > 1 else "s0"
        ),
        "unlink": lambda p: links.unlink(p, [one(p, pick)]),
        "enable": lambda p: clips.enable(p, [one(p, pick)], enabled=on),
        "marker": lambda p: marks.add_marker(p, "s4", FrameRange(at, at + 1)),
        "area": lambda p: marks.set_work_area(p, "s4", FrameRange(at, at + 40)),
    }
    # stills and media of 5,000,000 frames would make the sequence very long: fine for the law
    name = draw(st.sampled_from(sorted(many)))
    return name, many[name], draw(st.integers(0, 3))


@settings(max_examples=60, deadline=None)
@given(st.lists(edits(), min_size=1, max_size=12))
def test_undo_and_redo_of_random_edits_give_the_identical_objects(qapp, steps):
    store = ProjectStore(talk())
    states = [store.project]
    for name, change, how in steps:
        if how == 0:  # a drag with two moves
            gesture = store.gesture(name)
            gesture.show(lambda project: project)
            gesture.show(change)
            gesture.commit()
        elif how == 1:  # a drag that is cancelled leaves nothing
            gesture = store.gesture(name)
            gesture.show(change)
            gesture.cancel()
            assert store.project is states[-1]
        else:
            store.edit(name, change)
        if store.project is not states[-1]:
            states.append(store.project)
        check(store.project)
    stack = store.undo_stack
    assert stack.count() == len(states) - 1
    for state in reversed(states[:-1]):
        stack.undo()
        assert store.project is state
    for state in states[1:]:
        stack.redo()
        assert store.project is state
