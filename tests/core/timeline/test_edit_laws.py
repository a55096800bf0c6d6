"""What must hold for all edits, on random projects and random sequences of edits."""

from cuts import (
    A1,
    TRACKS,
    V1,
    V2,
    all_clips,
    attempt,
    clips_of,
    project,
    projects,
    rows,
    shown,
    tracks_of,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.check import check
from latentsync_studio.core.timeline.document import from_json, to_json
from latentsync_studio.core.timeline.edits import (
    clips,
    copy,
    dissolves,
    links,
    move,
    place,
    remove,
    roll,
    slice,  # noqa: A004 - the module of the razor
    tracks,
    trim,
)

frames = st.integers(0, 250)
shifts = st.integers(-80, 80)


@st.composite
def ranges(draw):
    start = draw(frames)
    return FrameRange(start, start + draw(st.integers(1, 90)))


def _single(data, before):
    return data.draw(st.sampled_from([each.id for each in all_clips(before)]))


def _several(data, before):
    ids = [each.id for each in all_clips(before)]
    return data.draw(st.lists(st.sampled_from(ids), min_size=1, max_size=3, unique=True))


def _some_tracks(data):
    return data.draw(st.lists(st.sampled_from(TRACKS), min_size=1, max_size=4, unique=True))


def _placed(data, before):
    """Copies of clips of the project, somewhere else."""
    board = copy.copy(before, _several(data, before))
    targets = copy.Targets(V1, A1)
    return board, data.draw(frames), targets


ON_CLIPS = {
    "trim head": lambda p, d, linked: trim.trim_head(
        p, _single(d, p), d.draw(shifts), linked=linked
    ),
    "trim tail": lambda p, d, linked: trim.trim_tail(
        p, _single(d, p), d.draw(shifts), linked=linked
    ),
    "ripple head": lambda p, d, linked: trim.ripple_head(
        p, _single(d, p), d.draw(shifts), linked=linked
    ),
    "ripple tail": lambda p, d, linked: trim.ripple_tail(
        p, _single(d, p), d.draw(shifts), linked=linked
    ),
    "roll": lambda p, d, linked: roll.roll(p, _single(d, p), d.draw(shifts), linked=linked),
    "slip": lambda p, d, linked: roll.slip(p, _single(d, p), d.draw(shifts), linked=linked),
    "slide": lambda p, d, linked: roll.slide(p, _single(d, p), d.draw(shifts), linked=linked),
    "slice": lambda p, d, linked: slice.slice_clip(p, _single(d, p), d.draw(frames), linked=linked),
    "move": lambda p, d, linked: move.move(p, _several(d, p), d.draw(shifts), linked=linked),
    "move over": lambda p, d, linked: move.move_over(
        p,
        ids := _several(d, p),
        d.draw(shifts),
        onto={ids[0]: d.draw(st.sampled_from(TRACKS))} if d.draw(st.booleans()) else None,
        linked=linked,
    ),
    "delete": lambda p, d, linked: remove.delete(p, _several(d, p), linked=linked),
    "ripple delete": lambda p, d, linked: remove.ripple_delete(p, _several(d, p), linked=linked),
    "duplicate": lambda p, d, linked: copy.duplicate(p, _several(d, p), linked=linked),
    "paste": lambda p, d, linked: copy.paste(p, *_placed(d, p), inserting=linked),
    "link": lambda p, d, linked: links.link(p, _several(d, p)),
    "unlink": lambda p, d, linked: links.unlink(p, _several(d, p)),
    "dissolve": lambda p, d, linked: dissolves.set_dissolve(p, _single(d, p), 4, d.draw(frames)),
    "dissolves": lambda p, d, linked: dissolves.toggle_dissolves(
        p,
        dissolves.nearest_cuts(p.sequences[0], d.draw(frames), TRACKS, _several(d, p) * linked),
        d.draw(st.integers(1, 60)),
    ),
    "hard cut": lambda p, d, linked: dissolves.remove_dissolve(p, _single(d, p)),
    "enable": lambda p, d, linked: clips.enable(p, _several(d, p), enabled=False, linked=linked),
}
ON_TRACKS = {
    "slice all": lambda p, d: slice.slice_at(p, _some_tracks(d), d.draw(frames)),
    "lift": lambda p, d: remove.lift(p, _some_tracks(d), d.draw(ranges())),
    "extract": lambda p, d: remove.extract(p, _some_tracks(d), d.draw(ranges())),
    "close gap": lambda p, d: remove.close_gap(p, d.draw(st.sampled_from(TRACKS)), d.draw(frames)),
    "lock": lambda p, d: tracks.switch_track(
        p, d.draw(st.sampled_from(TRACKS)), locked=d.draw(st.booleans())
    ),
}
NAMES = [*ON_CLIPS, *ON_TRACKS]


def _any_edit(before, data):
    name = data.draw(st.sampled_from(NAMES if all_clips(before) else [*ON_TRACKS]))
    if name in ON_TRACKS:
        return attempt(ON_TRACKS[name], before, data)
    return attempt(ON_CLIPS[name], before, data, data.draw(st.booleans()))


@given(before=projects(), data=st.data())
@settings(max_examples=80, deadline=None)
def test_any_sequence_of_edits_keeps_the_invariants_and_shares_what_it_left(before, data):
    check(before)
    history = [(before, to_json(before))]
    for _ in range(data.draw(st.integers(1, 6))):
        now = history[-1][0]
        after = _any_edit(now, data)
        check(after)
        assert after is now or after != now
        assert after.media is now.media
        assert after.settings is now.settings
        held = {id(each) for each in all_clips(now)}
        for each in all_clips(after):
            # an equal clip in the same place was not rebuilt
            assert id(each) in held or each not in all_clips(now)
        history.append((after, to_json(after)))
    for kept, saved in history:  # undo is the old object: nothing has touched it since
        assert to_json(kept) == saved
        assert from_json(saved) == kept


@given(before=projects().filter(all_clips), name=st.sampled_from(NAMES), data=st.data())
@settings(max_examples=50, deadline=None)
def test_locked_tracks_never_change(before, name, data):
    locked = data.draw(st.sampled_from(TRACKS))
    before = tracks.switch_track(before, locked, locked=True)
    if name in ON_TRACKS:
        after = attempt(ON_TRACKS[name], before, data)
    else:
        after = attempt(ON_CLIPS[name], before, data, data.draw(st.booleans()))
    place_of = [each.id for each in before.sequences[0].tracks].index(locked)
    was, now = before.sequences[0].tracks[place_of], after.sequences[0].tracks[place_of]
    # a link whose other clip is gone ends, also here
    assert [(c.id, c.start, c.source) for c in was.clips] == [
        (c.id, c.start, c.source) for c in now.clips
    ]


@given(before=projects(), at=frames)
@settings(max_examples=30, deadline=None)
def test_slicing_never_changes_what_is_shown(before, at):
    after = attempt(slice.slice_at, before, TRACKS, at)
    assert shown(after) == shown(before)
    assert len(all_clips(after)) - len(all_clips(before)) in range(5)
    assert attempt(slice.slice_at, after, TRACKS, at) is after


@given(before=projects().filter(all_clips), by=shifts, data=st.data())
@settings(max_examples=30, deadline=None)
def test_a_roll_keeps_the_whole_and_slip_the_place(before, by, data):
    chosen = _single(data, before)
    rolled = attempt(roll.roll, before, chosen, by)
    assert shown(rolled).keys() == shown(before).keys()
    slipped = roll.slip(before, chosen, by)
    assert [each.placed for each in all_clips(slipped)] == [
        each.placed for each in all_clips(before)
    ]


LIMITED = (
    trim.trim_head,
    trim.trim_tail,
    trim.ripple_head,
    trim.ripple_tail,
    roll.slip,
    roll.slide,
)


@given(
    before=projects().filter(all_clips),
    edit=st.sampled_from(LIMITED),
    by=shifts | st.sampled_from([-9999, 9999]),
    linked=st.booleans(),
    data=st.data(),
)
@settings(max_examples=100, deadline=None)
def test_edits_that_are_limited_are_never_refused(before, edit, by, linked, data):
    chosen = _single(data, before)
    check(edit(before, chosen, by, linked=linked))
    assert edit(before, chosen, 0, linked=linked) is before


@given(before=projects().filter(all_clips), by=shifts, data=st.data())
@settings(max_examples=30, deadline=None)
def test_a_slide_shows_the_same_media_of_the_clip_elsewhere(before, by, data):
    chosen = _single(data, before)
    after = roll.slide(before, chosen, by)
    was = next(each for each in all_clips(before) if each.id == chosen)
    now = next(each for each in all_clips(after) if each.id == chosen)
    assert now.source == was.source
    if by:
        assert (now.start - was.start) * by >= 0
    for track in ("V1", "V2", "A1", "A2"):
        if rows(after, track) and was not in clips_of(before, track)[-1:]:
            assert tracks_of(after)[track].stop >= tracks_of(before)[track].stop - abs(by)


@given(before=projects().filter(all_clips), by=shifts, data=st.data())
@settings(max_examples=30, deadline=None)
def test_trims_change_no_frame_that_stays(before, by, data):
    chosen = _single(data, before)
    for edit in (trim.trim_head, trim.trim_tail):
        after = edit(before, chosen, by)
        old, new = shown(before), shown(after)
        assert all(new[where] == old[where] for where in new.keys() & old.keys())
        assert (len(new) - len(old)) * (by if edit is trim.trim_tail else -by) >= 0


@given(lengths=st.lists(st.integers(1, 60), min_size=1, max_size=6), data=st.data())
@settings(max_examples=30, deadline=None)
def test_a_ripple_delete_then_the_insert_of_the_same_restores_what_is_shown(lengths, data):
    starts = [sum(lengths[:n]) for n in range(len(lengths))]
    laid = [(s, 3 * n, 3 * n + k) for n, (s, k) in enumerate(zip(starts, lengths, strict=True))]
    before = project(V1=laid, A1=laid)
    for video, audio in zip(clips_of(before), clips_of(before, "A1"), strict=True):
        before = links.link(before, [video.id, audio.id])
    chosen = data.draw(st.sampled_from(clips_of(before)))
    board = copy.copy(before, [chosen.id])
    after = remove.ripple_delete(before, [chosen.id])
    assert after.sequences[0].stop == sum(lengths) - len(chosen.source)
    again = copy.paste(after, board, chosen.start, copy.Targets(V1, A1), inserting=True)
    assert shown(again) == shown(before)
    linked = {each.link for each in clips_of(again)}
    assert linked == {each.link for each in clips_of(again, "A1")}
    assert None not in linked


@given(before=projects(), part=ranges())
@settings(max_examples=30, deadline=None)
def test_lift_clears_exactly_the_range_and_extract_closes_it(before, part):
    old, lifted = shown(before), shown(remove.lift(before, TRACKS, part))
    assert lifted == {where: what for where, what in old.items() if where[1] not in part}
    extracted = shown(remove.extract(before, TRACKS, part))
    assert extracted == {
        (track, at - len(part) if at >= part.stop else at): what
        for (track, at), what in lifted.items()
    }


@given(before=projects(), at=frames, length=st.integers(1, 60))
@settings(max_examples=30, deadline=None)
def test_overwrite_changes_only_its_place_and_insert_moves_all_behind_it(before, at, length):
    laid = place.media_placements(before, before.media[0].id, at, [V2, A1], FrameRange(0, length))
    old = shown(before)
    own = {(track, at + k): (before.media[0].id, k) for track in (V2, A1) for k in range(length)}
    assert shown(place.overwrite(before, laid)) == old | own
    moved = {(track, f + length if f >= at else f): what for (track, f), what in old.items()}
    assert shown(place.insert(before, laid)) == moved | own
