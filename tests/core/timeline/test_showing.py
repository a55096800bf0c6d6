"""What is seen and heard of a sequence."""

from hypothesis import given
from msgspec.structs import replace

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.edits.dissolves import set_dissolve
from latentsync_studio.core.timeline.edits.move import move
from latentsync_studio.core.timeline.edits.slice import slice_at
from latentsync_studio.core.timeline.edits.tracks import drive_lips, switch_track
from latentsync_studio.core.timeline.model import FaceChoice, SpeechLane
from latentsync_studio.core.timeline.showing import (
    active_tracks,
    drivers_of,
    layers_at,
    reach_of,
    sound_pieces,
)
from tests.core.timeline.cuts import A1, A2, TALK, V1, V2, clips_of, project, projects, tracks_of


def names(project, frame):
    return [layer.clip.id for layer in layers_at(project.sequences[0], frame)]


def drivers(project):
    (clip,) = clips_of(project)
    return drivers_of(project, project.sequences[0], tracks_of(project)["V1"], clip)


def test_the_top_enabled_clip_is_seen():
    cut = project(V1=[(0, 0, 50)], V2=[(10, 0, 20)])
    low, high = clips_of(cut, "V1")[0].id, clips_of(cut, "V2")[0].id
    assert [names(cut, f) for f in (9, 10, 29, 30, 50)] == [[low], [high], [high], [low], []]
    assert names(switch_track(cut, V2, muted=True), 10) == [low]
    assert names(switch_track(cut, V1, solo=True), 10) == [low]
    assert names(switch_track(cut, V2, hidden=True), 10) == [high]


def test_a_dissolve_shows_two_whose_shares_sum_to_one_and_rise_evenly():
    cut = project(V1=[(0, 0, 50), (50, 100, 150)])
    left, right = clips_of(cut)
    cut = set_dissolve(cut, left.id, 4, 6)
    shares = [layers_at(cut.sequences[0], frame) for frame in range(46, 56)]
    assert all([layer.clip.id for layer in pair] == [left.id, right.id] for pair in shares)
    assert [pair[1].share for pair in shares] == [(n + 0.5) / 10 for n in range(10)]
    assert all(sum(layer.share for layer in pair) == 1 for pair in shares)
    assert (names(cut, 45), names(cut, 56)) == ([left.id], [right.id])
    track = tracks_of(cut)["V1"]
    assert reach_of(track, left) == FrameRange(0, 56)
    assert reach_of(track, right) == FrameRange(46, 100)


@given(projects())
def test_shares_sum_to_one_everywhere(cut):
    for frame in range(0, cut.sequences[0].stop + 2, 3):
        layers = layers_at(cut.sequences[0], frame)
        assert not layers or abs(sum(layer.share for layer in layers) - 1) < 1e-9


def test_only_solo_tracks_of_the_kind_are_heard_and_never_muted_ones():
    cut = switch_track(project(), A2, solo=True)
    assert [t.name for t in active_tracks(cut.sequences[0], "audio")] == ["A2"]
    assert [t.name for t in active_tracks(cut.sequences[0], "video")] == ["V1", "V2"]
    both = switch_track(cut, A2, muted=True)
    assert not active_tracks(both.sequences[0], "audio")


def test_lanes_drive_what_they_play_under():
    cut = project(V1=[(20, 0, 30)], A1=[(0, 0, 25)], A2=[(60, 0, 9)])
    assert drivers(cut) == ()
    cut = drive_lips(drive_lips(cut, A1, SpeechLane()), A2, SpeechLane())
    (driver,) = drivers(cut)
    assert (driver.face, [lane.id for lane in driver.lanes]) == (0, [A1])
    assert drivers(switch_track(cut, A1, muted=True)) == ()
    assert drivers(switch_track(cut, V1, muted=True)) == ()
    assert drivers(switch_track(cut, A2, solo=True)) == drivers(cut)


def test_two_lanes_drive_two_faces_or_one_together():
    cut = project(V1=[(0, 0, 30)], A1=[(0, 0, 30)], A2=[(0, 0, 30)])
    second = SpeechLane(faces=(FaceChoice(media=TALK, face=1),))
    two = drive_lips(drive_lips(cut, A1, SpeechLane()), A2, second)
    assert [(d.face, len(d.lanes)) for d in drivers(two)] == [(0, 1), (1, 1)]
    one = drive_lips(drive_lips(cut, A1, SpeechLane()), A2, SpeechLane())
    assert [(d.face, len(d.lanes)) for d in drivers(one)] == [(0, 2)]


def heard(cut, origin, hz=16_000):
    """(axis sample, medium sample) of the ends of every piece, joined where it goes on."""
    track = tracks_of(cut)["A1"]
    joined = []
    for piece in sound_pieces(cut.sequences[0], track, hz, origin):
        if joined and joined[-1][1] == piece.start and joined[-1][2] == piece.shift:
            joined[-1] = (joined[-1][0], piece.stop, piece.shift)
        else:
            joined.append((piece.start, piece.stop, piece.shift))
    return joined


def test_on_its_axis_the_sound_does_not_move_with_the_clip_nor_at_a_cut():
    from latentsync_studio.core.timeline.rate import FrameRate

    cut = project(A1=[(7, 3, 103)])
    sequence = replace(cut.sequences[0], rate=FrameRate(24_000, 1001))
    cut = replace(cut, sequences=(sequence,))
    before = heard(cut, origin=5)
    (clip,) = clips_of(cut, "A1")
    for by in (1, 29, 1000):
        assert heard(move(cut, [clip.id], by), origin=5 + by) == before
    for at in range(8, 107):
        assert heard(slice_at(cut, [A1], at), origin=5) == before


def test_pieces_within_a_range_are_those_that_touch_it():
    cut = project(A1=[(n * 10, 0, 8) for n in range(40)])
    track, sequence = tracks_of(cut)["A1"], cut.sequences[0]
    whole = sound_pieces(sequence, track, 48_000)
    part = sound_pieces(sequence, track, 48_000, within=FrameRange(101, 119))
    assert set(part) <= set(whole)
    assert len(part) <= 5
    touching = [p for p in whole if p.stop > 101 * 1920 and p.start < 119 * 1920]
    assert set(touching) <= set(part)
