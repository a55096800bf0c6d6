"""Tracks, sequences, markers, media and dissolves: what clips lie in and hang on."""

import pytest
from cuts import (
    A1,
    A2,
    MEDIA,
    RATE,
    SPEECH,
    TALK,
    V1,
    V2,
    clips_of,
    project,
    rows,
    tracks_of,
)
from msgspec.structs import replace

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.settings.pages import RenderSettings
from latentsync_studio.core.timeline.check import check
from latentsync_studio.core.timeline.edits import links, marks, media, move, remove, roll, tracks
from latentsync_studio.core.timeline.edits import slice as razor
from latentsync_studio.core.timeline.edits.dissolves import (
    nearest_cuts,
    remove_dissolve,
    set_dissolve,
    toggle_dissolves,
)
from latentsync_studio.core.timeline.model import FaceChoice, Project, SpeechLane
from latentsync_studio.core.timeline.rate import FrameRate

CUT = [(0, 50, 100), (50, 150, 200)]


def names(project):
    return [track.name for track in project.sequences[0].tracks]


def dissolve_of(project):
    return [
        (each.left, each.right, each.before, each.after)
        for each in tracks_of(project)["V1"].dissolves
    ]


def test_a_new_project_gets_a_sequence_with_tracks():
    made = tracks.add_sequence(Project(), "Talk", FrameRate(25), (1080, 1920), n_tracks=2)
    made = tracks.add_sequence(made, "Other", FrameRate(30), (640, 360))
    check(made)
    assert names(made) == ["V1", "V2", "A1", "A2"]
    assert [track.id for track in made.sequences[1].tracks] == ["t7", "t8"]
    with pytest.raises(InvalidEditError, match="0x360"):
        tracks.add_sequence(made, "None", FrameRate(30), (0, 360))


def test_tracks_are_added_moved_and_removed_among_their_kind():
    before = project(V1=CUT, A1=CUT)
    before = links.link(before, [clips_of(before)[0].id, clips_of(before, "A1")[0].id])
    sequence = before.sequences[0].id
    assert names(tracks.add_track(before, sequence, "video")) == ["V1", "V2", "V3", "A1", "A2"]
    low = tracks.add_track(before, sequence, "audio", index=0, name="Voice")
    assert names(low) == ["V1", "V2", "Voice", "A1", "A2"]
    assert names(tracks.move_track(low, A2, 0)) == ["V1", "V2", "A2", "Voice", "A1"]
    assert names(tracks.move_track(before, V1, 9)) == ["V2", "V1", "A1", "A2"]
    assert tracks.move_track(before, V1, 0) is before
    gone = tracks.remove_track(before, V1)
    assert names(gone) == ["V2", "A1", "A2"]
    assert clips_of(gone, "A1")[0].link is None
    check(gone)


def test_switches_and_names_of_tracks():
    before = project()
    after = tracks.switch_track(before, V1, muted=True, hidden=True)
    assert tracks_of(after)["V1"].is_muted
    assert not tracks_of(after)["V1"].is_solo
    assert tracks.switch_track(after, V1, muted=True) is after
    locked = tracks.switch_track(before, V1, locked=True)
    assert not tracks_of(tracks.switch_track(locked, V1, locked=False))["V1"].is_locked
    assert names(tracks.rename_track(before, A1, "Speech"))[2] == "Speech"
    with pytest.raises(InvalidEditError, match="locked"):
        tracks.remove_track(locked, V1)


def test_sound_drives_the_main_speaker_or_a_chosen_face():
    marked = tracks.drive_lips(project(), A1, SpeechLane(offset_ms=40))
    assert tracks_of(marked)["A1"].speech.face_of(TALK) == 0
    chosen = tracks.choose_face(marked, A1, TALK, 2)
    chosen = tracks.choose_face(chosen, A1, TALK, 1)
    assert tracks_of(chosen)["A1"].speech == SpeechLane(
        faces=(FaceChoice(media=TALK, face=1),), offset_ms=40
    )
    check(chosen)
    assert tracks_of(tracks.drive_lips(chosen, A1, None))["A1"].speech is None
    with pytest.raises(InvalidEditError, match="only sound drives lips"):
        tracks.drive_lips(project(), V1, SpeechLane())
    with pytest.raises(InvalidEditError, match="drives no lips"):
        tracks.choose_face(project(), A1, TALK, 1)
    with pytest.raises(InvalidEditError, match="no face -1"):
        tracks.choose_face(marked, A1, TALK, -1)


def test_markers_stay_in_order_and_the_work_area_is_set():
    before = project()
    sequence = before.sequences[0].id
    after = marks.add_marker(before, sequence, FrameRange(50, 51), "late")
    after = marks.add_marker(after, sequence, FrameRange(10, 30), "early", "red")
    check(after)
    early, late = after.sequences[0].markers
    assert (early.name, late.name) == ("early", "late")
    moved = marks.set_marker(after, sequence, replace(early, frames=FrameRange(90, 91)))
    assert [each.name for each in moved.sequences[0].markers] == ["late", "early"]
    assert marks.set_marker(after, sequence, early) is after
    assert marks.remove_marker(after, sequence, late.id).sequences[0].markers == (early,)
    with pytest.raises(InvalidEditError, match="no marker k9"):
        marks.remove_marker(after, sequence, "k9")
    with pytest.raises(InvalidEditError, match="begin at frame -1"):
        marks.add_marker(before, sequence, FrameRange(-1, 3))
    work = marks.set_work_area(before, sequence, FrameRange(5, 9))
    assert work.sequences[0].work_area == FrameRange(5, 9)
    assert marks.set_work_area(work, sequence, FrameRange(5, 9)) is work


def test_media_are_added_relinked_and_removed_when_unused():
    before = project(V1=CUT)
    more = media.add_media(before, replace(MEDIA[0], name="again.mp4"))
    assert more.media[-1].id == "m1000"
    check(more)
    assert media.remove_media(more, [more.media[-1].id]).media == before.media
    with pytest.raises(InvalidEditError, match=r"talk.mp4 is used"):
        media.remove_media(before, [TALK])
    driven = tracks.choose_face(tracks.drive_lips(before, A1, SpeechLane()), A1, SPEECH, 0)
    assert media.used_media(driven) == {TALK, SPEECH}
    found = media.set_media(before, replace(MEDIA[0], path="/new/talk.mp4"))
    assert found.media[0].path == "/new/talk.mp4"
    assert media.set_media(found, found.media[0]) is found
    short = replace(MEDIA[0], video=replace(MEDIA[0].video, n_frames=180))
    with pytest.raises(InvalidEditError, match=r"150..200 of talk.mp4, which has 180"):
        media.set_media(before, short)


def test_settings_of_the_project_are_one_edit():
    before = project()
    assert media.set_settings(before, RenderSettings()) is before
    assert media.set_settings(before, RenderSettings(seed=3)).settings.seed == 3


def test_a_dissolve_is_limited_by_handles_and_follows_its_clips():
    before = project(V1=CUT)
    left, right = (each.id for each in clips_of(before))
    after = set_dissolve(before, left, 12, 12)
    check(after)
    assert dissolve_of(after) == [(left, right, 12, 12)]
    assert dissolve_of(set_dissolve(after, left, 99, 5)) == [(left, right, 50, 5)]
    assert dissolve_of(roll.roll(after, left, -45)) == [(left, right, 5, 12)]
    assert dissolve_of(move.move(after, [left, right], 9)) == [(left, right, 12, 12)]
    other = move.move(after, [left, right], 9, onto={left: V2, right: V2})
    assert [each.before for each in tracks_of(other)["V2"].dissolves] == [12]
    check(other)
    assert dissolve_of(move.move(after, [right], 1)) == []
    assert dissolve_of(remove.delete(after, [left])) == []
    assert dissolve_of(remove_dissolve(after, left)) == []
    assert remove_dissolve(before, left) is before


def test_a_slice_outside_of_a_dissolve_keeps_it_and_inside_is_refused():
    before = project(V1=CUT)
    left, right = (each.id for each in clips_of(before))
    before = set_dissolve(before, left, 12, 12)
    after = razor.slice_at(before, [V1], 20)
    assert dissolve_of(after) == [(clips_of(after)[1].id, right, 12, 12)]
    with pytest.raises(InvalidEditError, match=r"within a dissolve, 38..62"):
        razor.slice_at(before, [V1], 40)
    assert razor.slice_at(before, [V1], 50) is before


def test_two_dissolves_share_a_short_clip():
    before = project(V1=[(0, 50, 100), (50, 150, 160), (60, 250, 300)])
    first, middle, _ = (each.id for each in clips_of(before))
    after = set_dissolve(set_dissolve(before, middle, 6, 6), first, 7, 7)
    check(after)
    assert [(each[2], each[3]) for each in dissolve_of(after)] == [(7, 7), (3, 6)]


def test_sound_never_lies_before_pictures():
    good = project()
    turned = replace(good.sequences[0], tracks=good.sequences[0].tracks[::-1])
    with pytest.raises(InvalidEditError, match="behind an audio track"):
        check(replace(good, sequences=(turned,)))


def test_no_dissolve_without_cut_or_unused_media():
    gap = project(V1=[(0, 0, 50), (60, 0, 50)])
    with pytest.raises(InvalidEditError, match="No clip follows"):
        set_dissolve(gap, clips_of(gap)[0].id, 5, 5)
    tight = project(V1=[(0, 350, 400), (50, 0, 50)])
    with pytest.raises(InvalidEditError, match="there is none"):
        set_dissolve(tight, clips_of(tight)[0].id, 5, 5)
    assert rows(tight) == [(0, 350, 400), (50, 0, 50)]


def test_the_nearest_cut_is_that_of_all_chosen_tracks_or_clips():
    touching = [(0, 50, 100), (50, 150, 200), (100, 250, 300)]
    sequence = project(V1=touching, V2=[(0, 0, 90), (90, 0, 9)], A1=touching).sequences[0]
    video, sound = sequence.tracks[0].clips, sequence.tracks[2].clips
    assert nearest_cuts(sequence, 60, [V1, A1]) == (video[0].id, sound[0].id)
    assert nearest_cuts(sequence, 75, [V1]) == (video[0].id,)
    assert nearest_cuts(sequence, 0, [V1, V2], [video[2].id]) == (video[1].id,)
    assert nearest_cuts(sequence, 0, [A2]) == ()
    apart = move.move(
        project(V1=touching), [project(V1=touching).sequences[0].tracks[0].clips[2].id], 1
    )
    assert nearest_cuts(apart.sequences[0], 99, [V1]) == (video[0].id,)


def test_dissolves_are_laid_as_far_as_there_is_media_and_taken_away_together():
    before = project(V1=[(0, 50, 100), (50, 150, 200)], A1=[(0, 350, 400), (50, 0, 50)])
    video, sound = clips_of(before)[0].id, clips_of(before, "A1")[0].id
    after = toggle_dissolves(before, [video, sound], 25)
    assert [(each.before, each.after) for each in tracks_of(after)["V1"].dissolves] == [(12, 13)]
    assert tracks_of(after)["A1"].dissolves == ()
    again = toggle_dissolves(after, [video], 25)
    assert tracks_of(again)["V1"].dissolves == ()
    with pytest.raises(InvalidEditError, match="needs media beyond the cut"):
        toggle_dissolves(before, [sound], 25)
    with pytest.raises(InvalidEditError, match="no cut between two clips"):
        toggle_dissolves(before, [], 25)
    locked = tracks.switch_track(before, V1, locked=True)
    with pytest.raises(InvalidEditError, match="locked"):
        toggle_dissolves(locked, [video], 25)


def test_a_sequence_is_renamed_and_removed():
    before = tracks.add_sequence(project(V1=[(0, 0, 9)]), "Other", RATE, (640, 360))
    first, second = (each.id for each in before.sequences)
    named = tracks.rename_sequence(before, second, "Trailer")
    assert [each.name for each in named.sequences] == ["Cut", "Trailer"]
    assert named.sequences[0] is before.sequences[0]
    assert tracks.rename_sequence(named, second, "Trailer") is named
    with pytest.raises(InvalidEditError, match="needs a name"):
        tracks.rename_sequence(before, second, " ")
    after = tracks.remove_sequence(before, first)
    check(after)
    assert after.sequences == before.sequences[1:]
    assert after.media is before.media
    assert tracks.remove_sequence(after, second).sequences == ()
    with pytest.raises(InvalidEditError, match=f"no sequence {first}"):
        tracks.remove_sequence(after, first)
