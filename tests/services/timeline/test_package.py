"""Packages for other editors: whole or not there, with everything a host needs."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Event

import av
import cv2
import pytest
from msgspec.structs import replace

from latentsync_studio.core.errors import Cancelled
from latentsync_studio.core.job_frames import PLAN
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.settings.pages import EncodeSettings
from latentsync_studio.services.delivery.package import (
    PackageRequest,
    export_package,
    package_losses,
    package_problems,
)
from latentsync_studio.services.delivery.requests import ClipMovieRequest
from latentsync_studio.services.delivery.sheet import clip_title
from latentsync_studio.services.queue import JobQueue, run_job
from latentsync_studio.services.validate import ValidationError
from latentsync_studio.services.wiring import open_services
from tests.services.timeline.projects import SEQUENCE, clip, project

FORMATS = ("fcp7xml/premiere", "fcpxml", "edl", "otio/resolve", "mlt", "csv")


@pytest.fixture(scope="module")
def request_of(talk):
    tracks = {
        "V1": [clip(1, 1, 30, (30, 42)), clip(3, 1, 60, (60, 70))],
        "A1": [clip(2, 2, 0, (0, 112))],
    }
    cut = project(talk, tracks)

    def made(output, **changes):
        given = {
            "formats": FORMATS,
            "frames": FrameRange(30, 70),
            "handles_s": 0.2,
            "consent": "Signed release 7",
            **changes,
        }
        return PackageRequest(project=cut, sequence=SEQUENCE, output=output, **given)

    return made


@pytest.fixture(scope="module")
def packed(request_of, home, tmp_path_factory):
    folder = tmp_path_factory.mktemp("packages") / "Für Anna"
    with open_services(home) as services:
        seen = []
        report = export_package(request_of(folder), services, CallbackProgress(seen.append))
    return folder, report, seen


def test_a_package_holds_media_timelines_and_papers(packed):
    folder, report, _ = packed
    assert [p.name for p in folder.parent.iterdir()] == [folder.name]
    names = {file.path for file in report.files}
    assert {"README.md", "receipt.json", "contact-sheet.png", "reference/Cut.mp4"} <= names
    assert {n for n in names if n.startswith(("layers", "clips"))} == {
        "layers/talk_c1_L01.mov",
        "layers/talk_c3_L02.mov",
        "clips/talk_c1_R01.mov",
        "clips/talk_c3_R02.mov",
    }
    for kind in ("layers", "clips"):
        for name in ("Cut.premiere.xml", "Cut.fcpxml", "Cut.resolve.otio", "Cut.mlt", "Cut.csv"):
            assert f"timelines/{kind}/{name}" in names
        assert any(n.startswith(f"timelines/{kind}/Cut") and n.endswith(".edl") for n in names)
    assert all((folder / name).is_file() for name in names)


def test_timelines_name_the_files_where_they_lie(packed):
    folder, _, _ = packed
    text = (folder / "timelines/layers/Cut.premiere.xml").read_text()
    assert "talk_c1_L01.mov" in text
    assert "talk.mp4" in text
    assert ".part" not in text
    whole = (folder / "timelines/clips/Cut.premiere.xml").read_text()
    assert "talk_c3_R02.mov" in whole
    near = (folder / "timelines/layers/Cut.mlt").read_text()
    assert "../../layers/talk_c1_L01.mov" in near


def test_files_have_handles_time_code_and_reels_of_their_own(packed):
    folder, report, _ = packed
    assert len({each.reel for each in report.clips}) == 4
    for each in report.clips:
        assert each.output.startswith(str(folder))
        with av.open(each.output) as movie:
            stream = movie.streams.video[0]
            tags = {**movie.metadata, **stream.metadata, **movie.streams.data[0].metadata}
            assert tags["timecode"] == each.timecode
            assert tags["reel_name"] == each.reel
            assert (
                stream.frames
                == each.frames
                == each.before + each.after + (12 if "c1" in each.output else 10)
            )
    assert report.clips[0].timecode == "00:00:01:00"


def test_what_the_timelines_will_lose_is_foreseen(packed, request_of, home):
    folder, report, _ = packed
    with open_services(home) as services:
        foreseen = package_losses(request_of(folder), services)
    assert foreseen == report.losses
    assert foreseen


def test_the_receipt_tells_what_was_made_of_what(packed):
    folder, report, _ = packed
    receipt = json.loads((folder / "receipt.json").read_text())
    (engine,) = receipt["engines"]
    assert engine["id"] == "mouthbank"
    assert receipt["consent"]["told_by_user"] == "Signed release 7"
    assert receipt["models"][0]["license"]
    assert receipt["settings"]["compose"]["strength"] == 1.0
    listed = {file["path"]: file for file in receipt["files"]}
    assert listed.keys() == {file.path for file in report.files} - {"receipt.json"}
    assert receipt["libraries"]["av"]
    readme = (folder / "README.md").read_text()
    assert "straight" in readme
    assert "Premiere" in readme
    assert "Signed release 7" in readme
    sheet = cv2.imread(str(folder / "contact-sheet.png"))
    assert sheet.shape[1] > 400


def test_clips_on_the_contact_sheet_are_called_what_people_call_them(request_of, tmp_path):
    asked = request_of(tmp_path / "x")
    (cut,) = asked.project.sequences
    first, second = cut.tracks[0].clips
    named = replace(first, name="Frau Müller 日本")
    tracks = (replace(cut.tracks[0], clips=(named, second)), *cut.tracks[1:])
    cut = replace(cut, tracks=tracks, first_label=90_000)
    title = clip_title(asked.project, cut, named.id, named.placed)
    assert title == "Frau Müller 日本, V1, 01:00:01:05 to 01:00:01:16"
    name = asked.project.media[0].name
    assert clip_title(asked.project, cut, second.id, FrameRange(62, 65)) == (
        f"{name}, V1, 01:00:02:12 to 01:00:02:14"
    )


def test_progress_counts_the_frames_of_all_files(packed):
    _, report, seen = packed
    rendered = [each for each in seen if each.stage == "render"]
    assert {each.total for each in rendered} == {report.frames}
    assert [e.done for e in rendered] == sorted(e.done for e in rendered)
    assert rendered[-1].done == report.frames == sum(c.frames for c in report.clips) + 40


def test_an_older_package_is_replaced_but_never_what_somebody_put_there(packed, request_of, home):
    folder, report, _ = packed
    again = request_of(folder, parts=("patch",), reference=False, formats=("edl",))
    with open_services(home) as services:
        (folder / "layers" / "mine.txt").write_text("notes")
        (problem,) = package_problems(again, services)
        assert "layers" in problem.message
        (folder / "layers" / "mine.txt").unlink()
        done = export_package(again, services, CallbackProgress())
    assert all(each.engine_calls == 0 for each in done.clips)
    assert not (folder / "clips").exists()
    assert len(done.files) < len(report.files)


def test_a_stopped_package_leaves_nothing(request_of, home, tmp_path):
    stop = Event()

    def notice(report):
        if report.stage == "render" and report.done > 12:
            stop.set()

    with open_services(home) as services, pytest.raises(Cancelled):
        export_package(request_of(tmp_path / "p"), services, CallbackProgress(notice, stop))
    assert list(tmp_path.iterdir()) == []


def test_the_originals_can_go_along(request_of, home, tmp_path):
    wish = request_of(
        tmp_path / "all", copy_media=True, parts=("patch",), reference=False, formats=("fcpxml",),
        layer=EncodeSettings(codec="ffv1"), mattes=True,
    )  # fmt: skip
    with open_services(home) as services:
        export_package(wish, services, CallbackProgress())
    copies = sorted(p.name for p in (tmp_path / "all" / "media").iterdir())
    assert copies == ["speech_m2.wav", "talk_m1.mp4"]
    text = (tmp_path / "all" / "timelines/layers/Cut.fcpxml").read_text()
    assert "../../media/talk_m1.mp4" in text
    assert "../../layers/talk_c1_L01.mkv" in text
    mattes = sorted(p.name for p in (tmp_path / "all" / "mattes").iterdir())
    assert mattes == ["talk_c1_M01.mov", "talk_c3_M02.mov"]


def test_problems_are_told_before_work_begins(request_of, home, tmp_path, talk):
    wish = request_of(
        tmp_path / "no" / "p", layer=EncodeSettings(codec="prores"), formats=("fcp7xml/nobody",)
    )
    with open_services(home) as services:
        found = " ".join(p.message for p in package_problems(wish, services))
        assert "does not exist" in found
        assert "nobody" in found
        wish = request_of(tmp_path / "p", layer=EncodeSettings(codec="prores"))
        assert "transparency" in package_problems(wish, services)[0].message
        silent = replace(wish, project=project(talk, {"V1": [clip(1, 1, 0, (0, 9))]}))
        with pytest.raises(ValidationError, match="no clip"):
            export_package(silent, services, CallbackProgress())
    assert list(tmp_path.iterdir()) == []
    assert Path(tmp_path).is_dir()


def test_packages_and_layers_are_jobs_that_are_read_back_and_run(request_of, home, tmp_path):
    wish = request_of(
        tmp_path / "p", clips=("c3",), copy_media=True, mattes=True, reference=False, consent=""
    )
    layer = ClipMovieRequest(
        project=wish.project, sequence=SEQUENCE, clip="c3", output=tmp_path / "l.mkv",
        handles_s=0.1, reel="A1", encode=EncodeSettings(codec="ffv1", chapters=False, quality=3),
    )  # fmt: skip
    with open_services(home) as services:
        queue = JobQueue(services)
        jobs = [queue.enqueue(each, "Job") for each in (wish, layer)]
        assert [job.kind for job in jobs] == ["package", "export-clip"]
        assert [queue.request(job) for job in jobs] == [wish, layer]
        seen = []
        report = run_job(jobs[1], services, CallbackProgress(seen.append))
        assert (report.frames, report.reel) == (16, "A1")
        assert (seen[0].stage, seen[0].total) == (PLAN, 16)
        assert services.jobs.get(jobs[1].id).state == "done"
        for job in queue.jobs():
            queue.remove(job)
