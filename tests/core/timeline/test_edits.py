"""Each edit on one small picture."""

import pytest
from cuts import (
    A1,
    A2,
    LENGTH,
    SPEECH,
    STILL,
    TALK,
    V1,
    V2,
    all_clips,
    clip,
    clips_of,
    project,
    rows,
    tracks_of,
)
from msgspec.structs import replace

from latentsync_studio.core.errors import InvalidEditError, InvalidSettingError
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.check import check, sync_offset
from latentsync_studio.core.timeline.edits import (
    clips,
    copy,
    links,
    move,
    place,
    remove,
    roll,
    trim,
)
from latentsync_studio.core.timeline.edits import slice as razor
from latentsync_studio.core.timeline.edits.tracks import switch_track
from latentsync_studio.core.timeline.model import Override

THREE = [(0, 50, 100), (50, 150, 200), (110, 250, 300)]  # a, b touching; c behind a gap of 10


@pytest.fixture
def three():
    """a and b touch, c lies behind a gap of 10 frames; the same on A1, linked."""
    made = project(V1=THREE, A1=THREE)
    for video, audio in zip(clips_of(made), clips_of(made, "A1"), strict=True):
        made = links.link(made, [video.id, audio.id])
    return made


def ids(project, track="V1"):
    return [each.id for each in clips_of(project, track)]


def test_linked_sound_follows_every_trim(three):
    a, b, _ = ids(three)
    after = trim.trim_head(three, b, 5)
    assert rows(after) == rows(after, "A1") == [(0, 50, 100), (55, 155, 200), (110, 250, 300)]
    alone = trim.trim_tail(three, a, -5, linked=False)
    assert rows(alone) == [(0, 50, 95), *THREE[1:]]
    assert rows(alone, "A1") == THREE


def test_a_trim_stops_at_neighbours_at_the_end_of_media_and_at_one_frame(three):
    a, b, c = ids(three)
    assert trim.trim_tail(three, a, 9) is three
    assert rows(trim.trim_tail(three, b, 99))[1] == (50, 150, 210)
    assert rows(trim.trim_head(three, a, 99))[0] == (49, 99, 100)
    assert rows(trim.trim_tail(three, c, 999))[2] == (110, 250, LENGTH)


def test_a_ripple_trim_moves_all_behind_it(three):
    a, *_ = ids(three)
    assert rows(trim.ripple_tail(three, a, 7)) == [(0, 50, 107), (57, 150, 200), (117, 250, 300)]
    assert rows(trim.ripple_head(three, a, 7)) == [(0, 57, 100), (43, 150, 200), (103, 250, 300)]
    assert rows(trim.ripple_head(three, a, -99)) == [(0, 0, 100), (100, 150, 200), (160, 250, 300)]


def test_a_ripple_trim_is_limited_by_what_other_tracks_can_close():
    before = project(V1=[(0, 0, 50), (50, 0, 50)], A2=[(0, 0, 57), (60, 0, 20)])
    after = trim.ripple_tail(before, ids(before)[0], -20)
    assert rows(after) == [(0, 0, 47), (47, 0, 50)]
    assert rows(after, "A2") == [(0, 0, 57), (57, 0, 20)]
    alone = trim.ripple_tail(before, ids(before)[0], -20, tracks=[V1])
    assert rows(alone) == [(0, 0, 30), (30, 0, 50)]
    assert tracks_of(alone)["A2"] is tracks_of(before)["A2"]


def test_a_ripple_trim_keeps_what_overhangs_in_sync():
    before = project(V1=[(0, 0, 100), (100, 150, 200)], A1=[(0, 0, 120), (120, 170, 200)])
    for n in range(2):
        before = links.link(before, [ids(before)[n], ids(before, "A1")[n]])
    for grabbed in ("V1", "A1"):
        after = trim.ripple_tail(before, ids(before, grabbed)[0], -10)
        assert rows(after) == [(0, 0, 90), (90, 150, 200)]
        assert rows(after, "A1") == [(0, 0, 110), (110, 170, 200)]


def test_a_roll_moves_the_cut_of_picture_and_sound(three):
    a, b, _ = ids(three)
    after = roll.roll(three, a, 8)
    assert rows(after) == rows(after, "A1") == [(0, 50, 108), (58, 158, 200), THREE[2]]
    assert rows(roll.roll(three, a, -99))[:2] == [(0, 50, 51), (1, 101, 200)]
    with pytest.raises(InvalidEditError, match="No clip follows"):
        roll.roll(three, b, 1)


def test_a_slip_stops_at_the_ends_of_the_medium(three):
    a, *_ = ids(three)
    assert rows(roll.slip(three, a, 30))[0] == (0, 80, 130)
    assert rows(roll.slip(three, a, -99))[0] == (0, 0, 50)
    assert rows(roll.slip(three, a, 999))[0] == (0, LENGTH - 50, LENGTH)


def test_a_slide_takes_from_one_neighbour_and_from_the_gap(three):
    _, b, c = ids(three)
    assert rows(roll.slide(three, c, -4)) == [*THREE[:2], (106, 250, 300)]
    assert rows(roll.slide(three, c, -99)) == [*THREE[:2], (100, 250, 300)]
    assert rows(roll.slide(three, b, 4)) == [(0, 50, 104), (54, 150, 200), (110, 250, 300)]
    assert rows(roll.slide(three, b, 99)) == [(0, 50, 110), (60, 150, 200), (110, 250, 300)]
    assert rows(roll.slide(three, b, -99))[:2] == [(0, 50, 51), (1, 150, 200)]


def test_tails_of_a_linked_slice_are_linked_with_each_other(three):
    after = razor.slice_clip(three, ids(three)[0], 20)
    video, audio = clips_of(after), clips_of(after, "A1")
    assert rows(after)[:2] == [(0, 50, 70), (20, 70, 100)]
    assert [each.link for each in video] == [each.link for each in audio]
    assert len({each.link for each in video}) == 4
    assert video[0].id == ids(three)[0]


def test_a_slice_of_sound_alone_leaves_its_tail_alone(three):
    after = razor.slice_clip(three, ids(three, "A1")[0], 20, linked=False)
    heads = clips_of(after)[0], clips_of(after, "A1")[0]
    assert heads[0].link == heads[1].link
    assert clips_of(after, "A1")[1].link is None


def test_a_move_into_another_clip_is_refused_and_nothing_begins_before_0(three):
    _, b, c = ids(three)
    with pytest.raises(InvalidEditError, match=r"ends at frame 111, after .* has begun at 110"):
        move.move(three, [b], 11)
    assert rows(move.move(three, [c], -10))[2] == (100, 250, 300)
    lone = project(V1=[(30, 0, 20)])
    assert rows(move.move(lone, ids(lone), -99)) == [(0, 0, 20)]
    assert move.move(lone, ids(lone), 0) is lone


def test_a_move_over_others_cuts_them_off(three):
    a, b, _ = ids(three)
    after = move.move_over(three, [b], -20)
    assert rows(after) == rows(after, "A1") == [(0, 50, 80), (30, 150, 200), (110, 250, 300)]
    into = move.move_over(three, [a], 60, linked=False)
    assert rows(into) == [(50, 150, 160), (60, 50, 100), (110, 250, 300)]


def test_a_move_may_change_the_track_but_not_the_kind(three):
    a, *_ = ids(three)
    room = remove.delete(three, [ids(three)[1]])
    after = move.move(room, [a], 5, onto={a: V2})
    assert rows(after, "V2") == [(5, 50, 100)]
    assert rows(after, "A1")[0] == (5, 50, 100)
    with pytest.raises(InvalidEditError, match="is video; A2 holds audio"):
        move.move(three, [a], 0, onto={a: A2})


def test_delete_leaves_a_gap_and_ripple_delete_closes_it(three):
    a, *_ = ids(three)
    assert rows(remove.delete(three, [a])) == rows(remove.delete(three, [a]), "A1") == THREE[1:]
    after = remove.ripple_delete(three, [a])
    assert rows(after) == rows(after, "A1") == [(0, 150, 200), (60, 250, 300)]


def test_a_ripple_delete_keeps_what_overhangs_in_sync():
    before = project(V1=[(0, 0, 100), (100, 150, 200)], A1=[(0, 0, 120), (120, 170, 200)])
    for n in range(2):
        pair = [ids(before)[n], ids(before, "A1")[n]]
        before = links.link(before, pair)
    after = remove.ripple_delete(before, [ids(before)[0]])
    assert rows(after) == [(0, 150, 200)]
    assert rows(after, "A1") == [(20, 170, 200)]
    assert sync_offset(clips_of(after)[0], clips_of(after, "A1")[0]) == 0


def test_a_gap_that_another_track_holds_open_is_named():
    before = project(V1=[(0, 0, 50), (60, 0, 20)], A2=[(0, 0, 100), (100, 0, 100)])
    with pytest.raises(remove.HeldOpenError, match=r"frame 50 cannot close: on A2") as caught:
        remove.close_gap(before, V1, 55)
    assert "Lock" in caught.value.remedy
    assert caught.value.track == "A2"
    with pytest.raises(remove.HeldOpenError, match=r"on V1 a clip .* begins at the very start"):
        remove.ripple_delete(before, [ids(before, "A2")[0]])
    alone = remove.close_gap(before, V1, 55, tracks=[V1])
    assert rows(alone) == [(0, 0, 50), (50, 0, 20)]
    assert rows(alone, "A2") == rows(before, "A2")
    locked = switch_track(before, A2, locked=True)
    assert rows(remove.close_gap(locked, V1, 55)) == [(0, 0, 50), (50, 0, 20)]
    with pytest.raises(InvalidEditError, match="no gap between clips at frame 10"):
        remove.close_gap(before, V1, 10)


def test_lift_cuts_into_clips_and_extract_closes(three):
    part = FrameRange(40, 120)
    assert rows(remove.lift(three, [V1], part)) == [(0, 50, 90), (120, 260, 300)]
    assert rows(remove.extract(three, [V1], part)) == [(0, 50, 90), (40, 260, 300)]
    assert rows(remove.lift(three, [V1], FrameRange(10, 20))) == [
        (0, 50, 60),
        (20, 70, 100),
        *THREE[1:],
    ]


def test_placed_media_come_as_linked_picture_and_sound():
    before = project()
    laid = place.media_placements(before, TALK, 10, [V1, A1])
    after = place.overwrite(before, laid)
    assert rows(after) == rows(after, "A1") == [(10, 0, LENGTH)]
    assert clips_of(after)[0].link == clips_of(after, "A1")[0].link is not None
    check(after)
    with pytest.raises(InvalidEditError, match=r"speech.wav has no video"):
        place.media_placements(before, SPEECH, 0, [V1])
    still = place.overwrite(before, place.media_placements(before, STILL, 0, [V1]))
    assert rows(still) == [(0, 0, 125)]
    assert rows(trim.trim_tail(still, clips_of(still)[0].id, 9_000)) == [(0, 0, 9125)]


def test_an_insert_cuts_what_is_under_it_on_all_unlocked_tracks(three):
    laid = place.media_placements(three, TALK, 20, [V1], FrameRange(0, 10))
    after = place.insert(switch_track(three, A2, locked=True), laid)
    moved = [(0, 50, 70), (30, 70, 100), (60, 150, 200), (120, 250, 300)]
    assert rows(after) == sorted([*moved, (20, 0, 10)])
    assert rows(after, "A1") == moved


def test_a_copy_can_be_pasted_and_duplicated_with_its_links(three):
    a, b, _ = ids(three)
    board = copy.copy(three, [b])
    after = copy.paste(three, board, 200, copy.Targets(V2, A2))
    assert rows(after, "V2") == rows(after, "A2") == [(200, 150, 200)]
    assert clips_of(after, "V2")[0].link == clips_of(after, "A2")[0].link
    assert clips_of(after, "V2")[0].link not in {each.link for each in clips_of(after)}
    twice = copy.duplicate(three, [a])
    assert rows(twice)[:2] == [(0, 50, 100), (50, 50, 100)]
    with pytest.raises(InvalidEditError, match="no audio track is chosen"):
        copy.paste(three, board, 0, copy.Targets(V1, None))
    with pytest.raises(InvalidEditError, match="needs 2 video tracks"):
        copy.paste(three, two_rows(three), 0, copy.Targets(V2, None))


def two_rows(before):
    made = move.move(before, [ids(before)[0]], 0, onto={ids(before)[0]: V2}, linked=False)
    return copy.copy(made, [ids(made)[0], ids(made, "V2")[0]], linked=False)


def test_links_join_clips_of_different_tracks_only(three):
    a, b, _ = ids(three)
    with pytest.raises(InvalidEditError, match="2 clips that are linked"):
        links.link(three, [a, b])
    with pytest.raises(InvalidEditError, match="needs two clips"):
        links.link(three, [a])
    apart = links.unlink(three, [a])
    assert clips_of(apart)[0].link is None
    assert clips_of(apart, "A1")[0].link is None
    assert sync_offset(*(clips_of(move.move(apart, [a], 0), t)[0] for t in ("V1", "A1"))) == 0


def test_copies_go_to_other_tracks_of_their_kind_and_never_onto_themselves(three):
    a = ids(three)[0]
    sound = clips_of(three, "A1")[0]
    pair = [a, sound.id]
    after = copy.duplicate(three, pair, 20, onto={a: V2}, linked=False)
    assert rows(after) == THREE
    assert rows(after, "V2") == [(20, 50, 100)]
    assert clips_of(after, "V2")[0].link == clips_of(after, "A1")[1].link is not None
    straight = copy.duplicate(three, pair, 0, onto={a: V2}, linked=False)
    assert rows(straight, "V2") == [(0, 50, 100)]
    assert clips_of(straight, "A1")[0] is sound
    assert copy.duplicate(three, pair, 0) is three
    with pytest.raises(InvalidEditError, match="holds audio"):
        copy.duplicate(three, [a], 20, onto={a: A1}, linked=False)


def test_a_locked_track_refuses_edits_with_a_remedy(three):
    a, *_ = ids(three)
    locked = switch_track(three, A1, locked=True)
    with pytest.raises(InvalidEditError, match="A1 is locked") as caught:
        trim.trim_tail(locked, a, -1)
    assert caught.value.remedy == "Unlock the track, or edit without linked clips."
    assert rows(trim.trim_tail(locked, a, -1, linked=False))[0] == (0, 50, 99)


@pytest.mark.parametrize("linked", [True, False])
def test_unlinking_is_advised_only_where_it_helps(three, linked):
    a, b, _ = ids(three)
    apart = switch_track(links.unlink(three, [a]), V1, locked=True)
    for one in (a, b):
        with pytest.raises(InvalidEditError, match="V1 is locked") as caught:
            move.move(apart, [one], 1, linked=linked)
        assert caught.value.remedy == "Unlock the track."
    sound = clips_of(apart, "A1")[1].id
    with pytest.raises(InvalidEditError, match="V1 is locked") as caught:
        move.move(apart, [b, sound], 1, linked=linked)
    assert ("linked clips" in caught.value.remedy) is not linked
    with pytest.raises(InvalidEditError, match="V1 is locked") as caught:
        remove.lift(apart, [V1], FrameRange(0, 9))
    assert caught.value.remedy == "Unlock the track."


def test_clips_have_names_switches_and_settings_of_their_own(three):
    a, *_ = ids(three)
    assert clips_of(clips.rename(three, a, "Hello"))[0].name == "Hello"
    off = clips.enable(three, [a], enabled=False)
    assert [each.is_enabled for each in all_clips(off)].count(False) == 2
    assert clips.enable(off, [a], enabled=False) is off
    own = clips.override(three, [a], "lips", "0.5")
    assert clips_of(own)[0].overrides[0] == Override(key="compose.lips", value=0.5)
    assert clips.settings_of(own, clips_of(own)[0]).compose.lips == 0.5
    assert clips.settings_of(own, clips_of(own)[1]) is own.settings
    assert clips_of(clips.override(own, [a], "compose.lips", None))[0].overrides == ()
    with pytest.raises(InvalidSettingError, match="cannot be 5"):
        clips.override(three, [a], "compose.lips", 5)


def test_unknown_parts_are_named(three):
    with pytest.raises(InvalidEditError, match="no clip c9999"):
        trim.trim_tail(three, "c9999", 1)
    with pytest.raises(InvalidEditError, match="no clip c9999"):
        remove.delete(three, [ids(three)[0], "c9999"])
    with pytest.raises(InvalidEditError, match="no track t99"):
        remove.lift(three, ["t99"], FrameRange(0, 1))
    with pytest.raises(InvalidEditError, match="No clip is selected"):
        remove.delete(three, [])


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ([clip(100, 0, (0, 10)), clip(101, 9, (0, 10))], "ends at frame 10, after c101 has begun"),
        ([clip(100, -1, (0, 10))], "begin at frame -1"),
        ([clip(100, 0, (390, 401))], r"frames 390..401 of talk.mp4, which has 400"),
        ([clip(100, 0, (0, 10), media="m77")], "m77; there is none"),
        ([clip(100, 0, (0, 10)), clip(100, 10, (0, 10))], "c100 is used twice"),
        ([clip(5000, 0, (0, 10))], "not below the next one, 1000"),
        ([clip(100, 0, (0, 10), link="l9")], "link l9 must join"),
    ],
)
def test_a_document_that_cannot_exist_is_refused_with_numbers(broken, why):
    good = project()
    first, *others = good.sequences[0].tracks
    tracks = (replace(first, clips=tuple(broken)), *others)
    bad = replace(good, sequences=(replace(good.sequences[0], tracks=tracks),))
    with pytest.raises(InvalidEditError, match=why):
        check(bad)
