"""Cuts of other programs as projects: media found where they may be, edited, given back."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest
from edited_projects import CUT, PHOTO, edited, speech, talk
from msgspec.structs import replace

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.document import from_json, to_json
from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.core.timeline.timecode import from_timecode
from latentsync_studio.interchange.cut import Clip, Cut, Marker, Medium, Track, Transition
from latentsync_studio.interchange.fcp7.write import write
from latentsync_studio.interchange.output import Options
from latentsync_studio.services.interchange.importing import ImportRequest, import_timeline
from latentsync_studio.services.interchange.reading import read_timeline
from latentsync_studio.services.interchange.requests import TimelineRequest
from latentsync_studio.services.interchange.write import write_timeline
from tests.interchange.id_movies import write_id_movie

FORMS = ("fcp7xml", "fcpxml", "otio")


@pytest.fixture(scope="module")
def media(tmp_path_factory):
    """A folder with talk.mov (200 frames at 25 from 01:00:00:00) and photo.png."""
    folder = tmp_path_factory.mktemp("media é #1")
    write_id_movie(folder / "talk.mov", 0, 200, 25, timecode="01:00:00:00", reel="A001")
    with av.open(str(folder / "photo.png"), "w") as out:
        stream = out.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "rgb24"
        out.mux(stream.encode(av.VideoFrame(32, 32, "rgb24")))
        out.mux(stream.encode(None))
    return folder


def silent(path):
    return replace(talk(path=str(path)), name=Path(path).name, audio=None)


def project_with(folder):
    """The edited project over real media, without their sound."""
    photo = replace(PHOTO, path=str(folder / "photo.png"))
    return edited((silent(folder / "talk.mov"), photo, speech()), sound=False)


def written(made, folder, kind, **more):
    request = TimelineRequest(sequence=CUT, output=folder / "cut", format=kind, **more)
    return Path(write_timeline(made, request).paths[0])


def imported(timeline, services, *roots, **more):
    request = ImportRequest(timeline=timeline, media_roots=roots, **more)
    return import_timeline(request, services, CallbackProgress())


def rows(project, track=0):
    names = {item.id: item.name for item in project.media}
    return [
        (names[c.media], c.start, (c.source.start, c.source.stop), c.is_enabled)
        for c in project.sequences[-1].tracks[track].clips
    ]


@pytest.mark.parametrize("kind", FORMS)
def test_a_cut_goes_out_comes_back_and_goes_out_again_as_it_was(kind, media, tmp_path, services):
    timeline = written(project_with(media), tmp_path, kind)
    project, report = imported(timeline, services, media)
    assert report.missing == ("speech.wav",)
    assert sorted(Path(path).name for path in report.found) == ["photo.png", "talk.mov"]
    before = project_with(media).sequences[0]
    after = project.sequences[0]
    assert rows(project) == [
        ("talk.mov", 5, (10, 40), True),
        ("talk.mov", 35, (100, 130), True),
        ("talk.mov", 70, (50, 60), False),
    ]
    assert rows(project, 1) == [("photo.png", 8, (0, 6), True)]
    assert rows(project, 2)[0][1:3] == (0, (3, 90))
    assert [(d.before, d.after) for d in after.tracks[0].dissolves] == [(4, 6)]
    assert (after.rate, after.first_label) == (before.rate, before.first_label)
    marks = [(m.frames.start, m.name) for m in after.markers]
    assert marks == [(7, "here"), (40, "part")]
    assert all(item.digest for item in project.media if item.name != "speech.wav")
    assert from_json(to_json(project)) == project
    again = written(replace(project, sequences=(replace(after, id=CUT),)), tmp_path / media, kind)
    first, second = read_timeline(timeline).cuts[0], read_timeline(again).cuts[0]
    assert [t.clips for t in first.tracks] == [t.clips for t in second.tracks]
    assert [t.transitions for t in first.tracks] == [t.transitions for t in second.tracks]
    assert {m.path for m in first.media} == {m.path for m in second.media}
    again.unlink()


def test_a_list_finds_its_media_by_time_code(media, tmp_path, services):
    timeline = written(project_with(media), tmp_path, "edl")
    text = timeline.read_text("ascii")
    timeline.write_text(
        "\n".join(line for line in text.splitlines() if "SOURCE FILE" not in line), "ascii"
    )
    project, report = imported(timeline, services, media)
    assert report.missing == ()
    assert rows(project)[0][1:3] == (5, (10, 41))  # a dissolve lies in the middle of its frames
    assert rows(project)[1][1:3] == (36, (101, 130))
    with av.open(str(media / "talk.mov")) as movie:
        label = movie.streams.video[0].metadata.get("timecode") or movie.metadata["timecode"]
    assert from_timecode(label, FrameRate(25)) + 10 == 90_010
    assert "01:00:00:10" in text


def test_a_list_without_a_rate_takes_that_of_its_media(media, tmp_path, services):
    timeline = tmp_path / "plain.edl"
    timeline.write_text(
        "TITLE: x\n001  A001  V  C  01:00:00:00 01:00:01:00 01:00:00:00 01:00:01:00\n"
        "* FROM CLIP NAME: talk.mov\n",
        "ascii",
    )
    project, report = imported(timeline, services, media)
    assert project.sequences[0].rate == FrameRate(25)
    assert project.sequences[0].width == 160
    assert report.losses == ()
    assert rows(project) == [("talk.mov", 0, (0, 25), True)]
    chosen, _ = imported(timeline, services, media, rate=FrameRate(50))
    assert chosen.sequences[0].rate == FrameRate(50)


def test_media_outside_of_the_folders_are_not_opened_but_named_when_given_back(
    media, tmp_path, services
):
    timeline = written(project_with(media), tmp_path, "fcp7xml")
    project, report = imported(timeline, services)
    assert report.found == ()
    assert any("lie outside" in note and str(media) in note for note in report.notes)
    item = next(item for item in project.media if item.name == "talk.mov")
    assert Path(item.path).is_relative_to(tmp_path)
    assert not Path(item.path).exists()
    assert item.origin == str(media / "talk.mov")
    assert item.video.timecode == "01:00:00:00"
    sequence = replace(project.sequences[0], id=CUT)
    (tmp_path / "again").mkdir()
    again = written(replace(project, sequences=(sequence,)), tmp_path / "again", "fcp7xml")
    assert read_timeline(again).cuts[0].media[0].path == str(media / "talk.mov")


@pytest.mark.parametrize(
    "place", ["../secret.mov", "../../secret.mov", "link.mov", "deep/../../secret.mov", "{}"]
)
def test_no_path_leaves_the_chosen_folders(place, media, tmp_path, services):
    secret = tmp_path / "secret.mov"
    secret.write_bytes((media / "talk.mov").read_bytes())
    inside = tmp_path / "edit" / "inner"
    inside.mkdir(parents=True)
    (inside / "link.mov").symlink_to(secret)
    named = replace(silent(place.format(secret)), name="odd.mov")
    made = edited((named, PHOTO, speech()), sound=False)
    timeline = written(made, inside, "otio")
    _, report = imported(timeline, services)
    assert report.found == ()


def test_media_are_found_by_the_end_of_their_path_and_by_name(media, tmp_path, services):
    made = project_with(media)
    moved = replace(made.media[0], path="D:\\shoot\\day 2\\talk.mov")
    timeline = written(replace(made, media=(moved, *made.media[1:])), tmp_path, "fcp7xml")
    for day in ("day 1", "day 2"):
        folder = tmp_path / "archive" / day
        folder.mkdir(parents=True)
        (folder / "talk.mov").write_bytes((media / "talk.mov").read_bytes())
    project, _ = imported(timeline, services)
    item = next(item for item in project.media if item.name == "talk.mov")
    assert item.path == str(tmp_path / "archive" / "day 2" / "talk.mov")
    assert item.origin == ""


def test_a_medium_that_became_shorter_shortens_its_clips(media, tmp_path, services):
    timeline = written(project_with(media), tmp_path, "fcp7xml")
    short = tmp_path / "new"
    short.mkdir()
    write_id_movie(short / "talk.mov", 0, 110, 25)
    project, report = imported(timeline, services, short)
    assert rows(project)[1] == ("talk.mov", 35, (100, 110), True)
    assert any("ends before" in loss for loss in report.losses)


def test_a_file_that_is_no_medium_is_told_and_its_clips_stay(media, tmp_path, services):
    timeline = written(project_with(media), tmp_path, "fcp7xml")
    (tmp_path / "talk.mov").write_bytes(b"no movie at all")
    project, report = imported(timeline, services)
    assert "talk.mov" in report.missing
    assert any("cannot be used" in note for note in report.notes)
    assert len(rows(project)) == 3


def test_sequences_can_be_added_to_a_project_that_has_the_media(media, tmp_path, services):
    timeline = written(project_with(media), tmp_path, "fcp7xml")
    first, _ = imported(timeline, services, media)
    request = ImportRequest(timeline=timeline, media_roots=(media,))
    second, _ = import_timeline(request, services, CallbackProgress(), first)
    assert len(second.sequences) == 2
    assert second.media[: len(first.media)] == first.media
    assert sum(item.name == "talk.mov" for item in second.media) == 1


def test_stereo_and_links_come_back(tmp_path, services):
    timeline = written(edited(), tmp_path, "fcp7xml")
    project, report = imported(timeline, services)
    assert len(report.missing) == 3
    tracks = project.sequences[0].tracks
    assert [track.kind for track in tracks] == ["video", "video", "audio", "audio"]
    assert tracks[0].clips[0].link == tracks[2].clips[0].link is not None
    assert project.media[0].audio.channels == 2


def test_what_the_editor_cannot_hold_is_told(tmp_path, services):
    rate = FrameRate(25)
    fast = Clip(
        id="c1",
        medium="m1",
        start=5,
        length=20,
        source=Fraction(40),
        speed=Fraction(2),
        markers=(Marker(start=3, name="x"),),
    )
    fade = Transition(at=5, before=0, after=4)
    made = Cut(
        name="Cut",
        rate=rate,
        width=640,
        height=360,
        media=(Medium(id="m1", name="a.mov", path="/m/a.mov", rate=rate, frames=200),),
        tracks=(Track(kind="video", name="V1", clips=(fast,), transitions=(fade,)),),
    )
    timeline = tmp_path / "x.xml"
    timeline.write_bytes(write(made, Options(name="x.xml", flavour="premiere")).files[0].data)
    project, report = imported(timeline, services)
    told = " ".join(report.losses)
    assert "normal speed" in told
    assert "Fades" in told
    assert "Markers of clips" in told
    assert project.sequences[0].markers[0].frames == FrameRange(8, 9)


def test_content_counts_and_not_the_ending(tmp_path, services):
    timeline = written(edited(), tmp_path, "fcpxml")
    odd = tmp_path / "cut.txt"
    odd.write_bytes(timeline.read_bytes())
    assert read_timeline(odd).cuts[0].name == "Cut"
    bundle = tmp_path / "cut.fcpxmld"
    bundle.mkdir()
    (bundle / "Info.fcpxml").write_bytes(timeline.read_bytes())
    assert read_timeline(bundle).cuts[0].name == "Cut"
    odd.write_bytes(b"\x89PNG...")
    with pytest.raises(InputError, match="no timeline file"):
        read_timeline(odd)
    with pytest.raises(InputError, match="cannot be read"):
        read_timeline(tmp_path / "gone.xml")


def test_a_folder_that_is_not_there_is_told(tmp_path, services):
    with pytest.raises(InputError, match="no folder"):
        imported(written(edited(), tmp_path, "otio"), services, tmp_path / "gone")
