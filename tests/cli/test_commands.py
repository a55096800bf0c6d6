"""Every command does what it says, for people and as JSON."""

from __future__ import annotations

import json
import os

import av
import clips
import cv2
import numpy as np
import pytest

from latentsync_studio.cli.app import run
from latentsync_studio.cli.cache import KINDS
from latentsync_studio.cli.exit_codes import BAD_INPUT, DONE, USAGE
from latentsync_studio.services.wiring import open_services


@pytest.fixture
def answer(capsys):
    """Return a function that runs a command with --json and gives (exit code, object)."""

    def run_json(*words):
        capsys.readouterr()
        code = run([*map(str, words), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run_json


@pytest.fixture
def told(capsys):
    """Return a function that runs a command and gives (exit code, what stands on stdout)."""

    def run_plain(*words):
        capsys.readouterr()
        code = run([*map(str, words)])
        return code, capsys.readouterr().out

    return run_plain


def test_the_demo_leaves_a_movie_a_contact_sheet_and_a_report(answer, tmp_path):
    folder = tmp_path / name_of_no_unicode(b"demo \xe9")
    code, report = answer("demo", "-o", folder)
    assert code == DONE
    assert report["patched_frames"] == report["frames"] == 192
    for name in ("result.mp4", "contact_sheet.png", "report.json"):
        assert (folder / name).stat().st_size > 0
    assert json.loads((folder / "report.json").read_text()) == report
    with av.open(str(folder / "contact_sheet.png")) as picture:
        sheet = next(picture.decode(video=0)).to_ndarray(format="rgb24")
    height, width = sheet.shape[:2]
    assert width > 8 * 150
    assert height > 6 * 150
    assert sheet.std() > 20


def test_the_demo_cannot_go_where_nothing_can_be_made(answer, tmp_path):
    (tmp_path / "file").touch()
    code, error = answer("demo", "-o", tmp_path / "file" / "demo")
    assert code == BAD_INPUT
    assert "file" in error["message"]


def test_probe_tells_what_is_in_a_file(answer, told):
    code, facts = answer("probe", clips.SAMPLE / "portrait.mp4")
    assert code == DONE
    assert (facts["video"]["width"], facts["video"]["frames"], facts["audio"]) == (600, 200, None)
    code, text = told("probe", clips.SAMPLE / "speech.wav")
    assert code == DONE
    assert "22050 Hz" in text


def test_faces_lists_the_people_and_draws_them(answer, told, tmp_path):
    clip = clips.write_clip(tmp_path / "clip.mp4", clips.face_frames(12))
    code, listing = answer("faces", clip, "--sheet", tmp_path / "faces.png")
    assert code == DONE
    assert [face["face"] for face in listing["faces"]] == [0]
    assert (listing["faces"][0]["first"], listing["faces"][0]["stop"]) == (0, 12)
    assert listing["faces"][0]["eye_distance"] == pytest.approx(121, abs=4)
    with av.open(str(tmp_path / "faces.png")) as picture:
        assert next(picture.decode(video=0)).width > 8 * 160
    assert told("faces", clip)[1].splitlines()[2].startswith("0     0:12")


def test_faces_of_a_clip_without_any_is_no_error(told, tmp_path):
    clip = clips.write_clip(tmp_path / "nobody.mp4", clips.plain_frames(4))
    code, text = told("faces", clip, "--sheet", tmp_path / "faces.png")
    assert code == DONE
    assert "no face" in text
    assert not (tmp_path / "faces.png").exists()


def test_a_sheet_that_cannot_be_written_is_told(answer, tmp_path):
    clip = clips.write_clip(tmp_path / "clip.mp4", clips.face_frames(2))
    code, error = answer("faces", clip, "--sheet", tmp_path / "none" / "faces.png")
    assert code == BAD_INPUT
    assert "faces.png" in error["message"]


@pytest.fixture
def untouched_clip(tmp_path):
    """Return a clip with a face; fail when a test changed it."""
    clip = clips.write_clip(tmp_path / "clip.mp4", clips.face_frames(2))
    before = clip.read_bytes()
    yield clip
    assert clip.read_bytes() == before


def test_a_sheet_over_its_own_clip_is_refused(answer, untouched_clip, tmp_path):
    link = tmp_path / "sheet.png"
    link.symlink_to(untouched_clip)
    for sheet in (untouched_clip, link):
        code, error = answer("faces", untouched_clip, "--sheet", sheet)
        assert code == BAD_INPUT
        assert "overwritten" in error["message"]
        assert error["remedy"]
    assert link.is_symlink()


@pytest.mark.parametrize(
    "name", ["faces.jpg", "faces", "other.mp4", "none/faces.png", "folder.png"]
)
def test_a_sheet_that_cannot_be_is_refused_before_any_work(answer, untouched_clip, tmp_path, name):
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "other.mp4").write_bytes(b"mine")
    code, error = answer("faces", untouched_clip, "--sheet", tmp_path / name)
    assert code == BAD_INPUT
    assert error["remedy"]
    assert (tmp_path / "other.mp4").read_bytes() == b"mine"
    assert answer("cache", "info")[1]["entries"] == 0


def test_a_sheet_replaces_an_old_one_whole(answer, untouched_clip, tmp_path):
    (tmp_path / "faces.png").write_bytes(b"old")
    assert answer("faces", untouched_clip, "--sheet", tmp_path / "faces.png")[0] == DONE
    assert (tmp_path / "faces.png").read_bytes().startswith(b"\x89PNG")
    assert {path.name for path in tmp_path.iterdir()} == {"clip.mp4", "faces.png"}


@pytest.mark.parametrize("name", ["result.mp4", "contact_sheet.png", "report.json"])
def test_the_demo_does_not_write_over_the_sample(answer, tmp_path, name):
    (tmp_path / name).symlink_to(clips.SAMPLE / "portrait.mp4")
    code, error = answer("demo", "-o", tmp_path)
    assert code == BAD_INPUT
    assert "overwritten" in error["message"]
    assert [path.name for path in tmp_path.iterdir()] == [name]


def name_of_no_unicode(name):
    """Return the text that Python has for a file name of bytes."""
    try:
        return os.fsdecode(name)
    except UnicodeDecodeError:
        pytest.skip("this system has names of Unicode only")


def test_names_that_are_no_unicode_are_told_as_json(answer, tmp_path):
    clip, out, sheet = (
        tmp_path / name_of_no_unicode(name) for name in (b"a\xe9.mp4", b"b\xe9.mp4", b"c\xe9.png")
    )
    clips.write_clip(tmp_path / "clip.mp4", clips.face_frames(2)).rename(clip)
    speech = clips.write_speech(tmp_path / "speech.wav", 0.08)
    assert answer("probe", clip)[1]["path"] == str(clip)
    assert answer("faces", clip, "--sheet", sheet)[1]["file"] == str(clip)
    assert sheet.is_file()
    assert answer("render", clip, speech, "-o", out)[1]["output"] == str(out)
    (job,) = answer("jobs", "list")[1]["jobs"]
    assert job["wanted"]["output"] == str(out)
    assert answer("jobs", "resume", job["id"])[1]["output"] == str(out)
    code, error = answer("probe", tmp_path / name_of_no_unicode(b"none\xe9.mp4"))
    assert (code, error["error"]) == (BAD_INPUT, "missing-file")


def test_engines_names_the_default(answer, told):
    code, listing = answer("engines")
    assert code == DONE
    assert [e["id"] for e in listing["engines"] if e["default"]] == ["mouthbank"]
    assert "mouthbank" in told("engines")[1]


def test_doctor_finds_everything_in_place(answer, told):
    code, report = answer("doctor")
    assert [check["name"] for check in report["checks"] if check["state"] == "fail"] == []
    assert (code, report["ok"]) == (DONE, True)
    assert told("doctor")[1].splitlines()[-1] == "Everything is in place."
    (processor,) = (c["detail"] for c in report["checks"] if c["name"] == "processor")
    assert not set("*?") & set(processor)


def test_doctor_tells_of_a_data_folder_that_cannot_be_written(answer, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("LATENTSYNC_STUDIO_HOME", str(tmp_path / "file" / "home"))
    code, report = answer("doctor")
    assert (code, report["ok"]) == (BAD_INPUT, False)
    failed = [check for check in report["checks"] if check["state"] == "fail"]
    assert [check["name"] for check in failed] == ["data folder"]
    assert "LATENTSYNC_STUDIO_HOME" in failed[0]["remedy"]


@pytest.fixture
def rendered(answer, tmp_path):
    """Return the report of a small finished render."""
    clip = clips.write_clip(tmp_path / "clip.mp4", clips.face_frames(16))
    speech = clips.write_speech(tmp_path / "speech.wav")
    code, report = answer("render", clip, speech, "-o", tmp_path / "result.mp4")
    assert code == DONE
    return report


def test_a_face_that_an_analysed_clip_has_not_is_told_before_work(answer, rendered, tmp_path):
    words = ["render", tmp_path / "clip.mp4", tmp_path / "speech.wav", "--face", 5]
    code, error = answer(*words, "-o", tmp_path / "none" / "b.mp4")
    assert code == BAD_INPUT
    messages = [problem["message"] for problem in error["problems"]]
    assert "There is no face 5; the clip has 1." in messages
    assert any("does not exist" in message for message in messages)


def test_a_finished_job_can_be_listed_resumed_and_removed(answer, told, rendered):
    jobs = answer("jobs", "list")[1]["jobs"]
    assert [(job["state"], job["wanted"]["output"]) for job in jobs] == [
        ("done", rendered["output"])
    ]
    code, again = answer("jobs", "resume", jobs[0]["id"][:8])
    assert (code, again["engine_calls"]) == (DONE, 0)
    assert again["windows_reused"] == again["windows_total"] > 0
    assert answer("jobs", "remove", jobs[0]["id"]) == (DONE, {"removed": jobs[0]["id"]})
    assert told("jobs", "list") == (DONE, "There are no jobs.\n")


def test_a_job_goes_on_from_anywhere_though_its_folder_is_gone(
    answer, rendered, tmp_path, monkeypatch
):
    (tmp_path / "once").mkdir()
    monkeypatch.chdir(tmp_path / "once")
    words = ["render", tmp_path / "clip.mp4", tmp_path / "speech.wav"]
    assert answer(*words, "-o", tmp_path / "again.mp4")[0] == DONE
    (tmp_path / "once").rmdir()  # and we are still in it
    job = answer("jobs", "list")[1]["jobs"][0]
    code, report = answer("jobs", "resume", job["id"])
    assert (code, report["output"]) == (DONE, str(tmp_path / "again.mp4"))


@pytest.mark.parametrize(("group", "one"), [("jobs", "resume"), ("cache", "clear")])
def test_a_group_without_a_command_says_which_there_are(capsys, group, one):
    assert run([group]) == USAGE
    message, remedy = capsys.readouterr().err.splitlines()
    assert one in message
    assert remedy == f"  -> See: latentsync-studio {group} --help"


@pytest.mark.parametrize("name", ["0123abcd", ""])
def test_a_job_that_is_not_there_is_a_mistake_of_the_command_line(answer, name):
    code, error = answer("jobs", "resume", name)
    assert (code, error["error"]) == (USAGE, "unknown-name")
    assert "jobs list" in error["remedy"]


def test_the_cache_tells_its_size_and_can_be_cleared(answer, told, rendered):
    code, info = answer("cache", "info")
    assert code == DONE
    assert info["entries"] == sum(count for count, _ in info["kinds"].values()) > 0
    assert set(info["kinds"]) <= set(KINDS)
    text = told("cache", "info")[1]
    assert info["folder"] in text
    assert all(KINDS[kind] in text for kind in info["kinds"])
    code, removed = answer("cache", "clear", "--kind", "patches")
    assert (code, removed["removed"]) == (DONE, info["kinds"]["patches"][0])
    code, removed = answer("cache", "clear")
    assert (code, removed["removed"]) == (DONE, info["entries"] - info["kinds"]["patches"][0])
    assert answer("cache", "info")[1]["entries"] == 0


@pytest.mark.parametrize("kind", ["proxies", "frames"])
def test_proxies_and_frames_are_told_apart_and_cleared_with_the_cache(answer, told, kind):
    def put():
        with open_services() as services, getattr(services, kind).writing("ab" * 20) as file:
            file.write(b"x" * 2_097_152)

    put()
    info = answer("cache", "info")[1]
    assert (info["entries"], info[kind]["files"], info[kind]["bytes"]) == (0, 1, 2**21)
    (line,) = (line for line in told("cache", "info")[1].splitlines() if line.startswith(kind))
    assert line.split()[1:6] == ["1", "2.0", "MiB", "of", "20.0"]
    assert any("0.0 of 20.0 GiB in 1 files" in line for line in told("doctor")[1].splitlines())
    assert answer("cache", "clear", "--kind", "patches")[1]["removed"] == 0
    assert answer("cache", "clear", "--kind", kind)[1] == {"removed": 1, "bytes": 2**21}
    put()
    assert answer("cache", "clear")[1]["removed"] == 1
    assert answer("cache", "info")[1][kind]["files"] == 0


def test_a_kind_of_entries_that_nobody_knows_is_refused(answer, rendered):
    before = answer("cache", "info")[1]["entries"]
    code, error = answer("cache", "clear", "--kind", "nonsense")
    assert (code, error["error"]) == (USAGE, "unknown-name")
    assert "patches" in error["remedy"]
    assert answer("cache", "info")[1]["entries"] == before


def test_the_environment_sets_the_size_of_the_cache(answer, told, monkeypatch):
    assert answer("cache", "info")[1]["budget_bytes"] == 20 * 2**30
    monkeypatch.setenv("LATENTSYNC_STUDIO_CACHE_GB", "1.5")
    assert answer("cache", "info")[1]["budget_bytes"] == 3 * 2**29
    assert "of 1.5 GiB" in told("cache", "info")[1]


@pytest.mark.parametrize("size", ["much", "0", "-1", "nan", "inf"])
def test_a_size_of_the_cache_that_cannot_be_is_refused(answer, monkeypatch, size):
    monkeypatch.setenv("LATENTSYNC_STUDIO_CACHE_GB", size)
    code, error = answer("cache", "info")
    assert (code, error["error"]) == (USAGE, "invalid-setting")
    assert "LATENTSYNC_STUDIO_CACHE_GB" in error["remedy"] + error["message"]


def test_the_report_of_a_render_has_what_programs_need(rendered):
    assert {
        "output",
        "frames",
        "rate",
        "seconds",
        "frames_per_second",
        "patched_frames",
        "passed_through",
        "engine_calls",
        "windows_total",
        "windows_reused",
        "peak_rss_mib",
        "metrics",
    } <= set(rendered)
    assert {"aperture_correlation", "lag_frames", "silence_leak"} <= set(rendered["metrics"])
    assert rendered["frames"] == rendered["patched_frames"] == 16


def test_a_range_renders_only_its_frames(answer, tmp_path):
    clip = clips.write_clip(tmp_path / "clip.mp4", clips.face_frames(16))
    speech = clips.write_speech(tmp_path / "speech.wav")
    out = tmp_path / "part.mp4"
    code, report = answer("render", clip, speech, "-o", out, "--range", "4:10", "--no-measure")
    assert (code, report["frames"]) == (DONE, 6)
    with av.open(str(out)) as movie:
        assert sum(1 for _ in movie.decode(video=0)) == 6


def test_a_strength_of_zero_keeps_the_source(answer, tmp_path):
    clip = clips.write_clip(tmp_path / "clip.mp4", clips.face_frames(8), crf="0")
    speech = clips.write_speech(tmp_path / "speech.wav", 0.32)
    out = tmp_path / "same.mp4"
    words = ("--strength", "0", "--set", "encode.quality=0")
    assert answer("render", clip, speech, "-o", out, *words)[0] == DONE
    with av.open(str(clip)) as before, av.open(str(out)) as after:
        pairs = zip(before.decode(video=0), after.decode(video=0), strict=True)
        for old, new in pairs:
            np.testing.assert_array_equal(old.to_ndarray(), new.to_ndarray())


def test_nothing_is_touched_under_a_protecting_mask(answer, tmp_path):
    clip = clips.write_clip(tmp_path / "clip.mp4", clips.face_frames(8), crf="0")
    speech = clips.write_speech(tmp_path / "speech.wav", 0.32)
    pixels = np.zeros((320, 320), np.uint8)
    pixels[:, :160] = 255
    mask, out = tmp_path / "hand.png", tmp_path / "half.mp4"
    mask.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    words = ("--protect", mask, "--set", "encode.quality=0", "--no-measure")
    assert answer("render", clip, speech, "-o", out, *words)[0] == DONE
    changed = 0
    with av.open(str(clip)) as before, av.open(str(out)) as after:
        for old, new in zip(before.decode(video=0), after.decode(video=0), strict=True):
            was, now = (np.asarray(frame.to_ndarray()[:320]) for frame in (old, new))
            np.testing.assert_array_equal(was[:, :160], now[:, :160])
            changed += int((was != now).sum())
    assert changed
    code, error = answer("render", clip, speech, "-o", out, "--mask", tmp_path / "none.png")
    assert code == BAD_INPUT
    assert "none.png" in str(error)


def test_the_result_for_people_says_what_was_written_and_left_alone(told, tmp_path):
    clip = clips.write_clip(tmp_path / "half.mp4", clips.face_frames(8) + clips.plain_frames(8))
    speech = clips.write_speech(tmp_path / "speech.wav")
    code, text = told("render", clip, speech, "-o", tmp_path / "out.mp4")
    assert code == DONE
    assert "out.mp4: 16 frames, 320 x 320 px, 25 frames/s" in text
    assert "redrawn: 8 of 16 frames" in text
    assert "untouched: frames 8:16: " in text
