"""Whatever the user gives: a plain answer, the right exit code, and nothing half-written."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import av
import clips
import numpy as np
import pytest

from latentsync_studio.cli.app import run
from latentsync_studio.cli.exit_codes import BAD_INPUT, DONE, USAGE
from latentsync_studio.core.face.landmarks import aperture
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.services.inspect import analysed
from latentsync_studio.services.wiring import open_services


@pytest.fixture
def speech(tmp_path):
    """Return 0.64 s of speech: as long as 16 frames."""
    return clips.write_speech(tmp_path / "speech.wav")


@pytest.fixture
def render(capsys, tmp_path):
    """Return a function that renders and gives (exit code, report or error)."""

    def run_render(video, audio, *options, output=None):
        target = output if output is not None else tmp_path / "out" / "result.mp4"
        if output is None:
            target.parent.mkdir(exist_ok=True)
        code = run(["render", str(video), str(audio), "-o", str(target), "--json", *options])
        out = capsys.readouterr().out
        assert out.count("\n") == 1, "exactly one object on stdout"
        return code, json.loads(out)

    return run_render


def refused(answer, *words):
    """Check that a render was refused before it began, in words that tell what and why."""
    code, told = answer
    assert code == BAD_INPUT, told
    messages = [problem["message"] for problem in told["problems"]]
    assert any(all(word in message for word in words) for message in messages), messages
    assert all(problem["remedy"] for problem in told["problems"])


def done(answer, frames):
    """Check that a render wrote a movie of so many frames, and return its report."""
    code, told = answer
    assert code == DONE, told
    assert told["frames"] == frames
    with av.open(told["output"]) as movie:
        assert sum(1 for _ in movie.decode(video=0)) == frames
    return told


def untouched(told, reason):
    """Check that every frame passes through for one reason."""
    assert told["patched_frames"] == 0
    assert told["engine_calls"] == 0
    assert [span["range"] for span in told["passed_through"]] == [[0, told["frames"]]]
    assert told["passed_through"][0]["reason"] == reason


def pixels(path):
    """Return all frames as they are stored."""
    with av.open(str(path)) as movie:
        return [frame.to_ndarray() for frame in movie.decode(video=0)]


# What cannot be used at all


def test_a_transcript_without_its_package_is_told_with_everything_else(
    render, speech, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    answer = render(tmp_path / "none.mp4", speech, "--transcript", "hello")
    refused(answer, "espeakng-loader")
    refused(answer, "none.mp4")


def test_a_clip_that_is_not_there(render, speech, tmp_path):
    refused(render(tmp_path / "gone.mp4", speech), "no file", "gone.mp4")


def test_a_folder_instead_of_a_clip(render, speech, tmp_path):
    refused(render(tmp_path, speech), "folder")


def test_an_empty_file(render, speech, tmp_path):
    path = tmp_path / "empty.mp4"
    path.touch()
    refused(render(path, speech), "empty.mp4", "empty")


def test_text_renamed_to_mp4(render, speech, tmp_path):
    path = tmp_path / "letter.mp4"
    path.write_text("Dear editor,\n" * 400, encoding="utf-8")
    refused(render(path, speech), "letter.mp4")


def test_a_truncated_mp4(render, speech, tmp_path):
    whole = clips.write_clip(tmp_path / "whole.mp4", clips.plain_frames())
    path = tmp_path / "cut.mp4"
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    refused(render(path, speech), "cut.mp4")


def test_sound_instead_of_a_clip(render, speech):
    refused(render(speech, speech), "no picture")


def test_a_video_stream_without_frames(render, speech, tmp_path):
    path = tmp_path / "no frames.mp4"
    with av.open(str(path), "w") as movie:
        stream = movie.add_stream("libx264", rate=25)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        sound = movie.add_stream("aac", rate=16000)
        quiet = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        quiet.rate = 16000
        movie.mux(sound.encode(quiet))
        movie.mux(sound.encode(None))
    refused(render(path, speech), "no frames.mp4")


def test_a_clip_without_sound_as_the_speech(render, tmp_path):
    mute = clips.write_clip(tmp_path / "mute.mp4", clips.plain_frames(4))
    refused(render(mute, mute), "no sound")


def test_several_problems_are_told_at_once(render, tmp_path):
    answer = render(
        tmp_path / "gone.mp4", tmp_path / "gone.wav", output=tmp_path / "none" / "result.avi"
    )
    assert answer[0] == BAD_INPUT
    told = " ".join(problem["message"] for problem in answer[1]["problems"])
    for word in ("gone.mp4", "gone.wav", "none", "result.avi"):
        assert word in told


def test_the_messages_for_people_name_every_problem(capsys, tmp_path):
    gone = str(tmp_path / "gone.mp4")
    assert run(["render", gone, gone, "-o", str(tmp_path / "out.avi")]) == BAD_INPUT
    told = capsys.readouterr()
    assert told.out == ""
    assert "Traceback" not in told.err
    assert told.err.count("Error: ") == 3
    assert told.err.count("  -> ") == 3


# Where it cannot be written to


def test_an_output_that_is_the_input(render, speech, tmp_path):
    clip = clips.write_clip(tmp_path / "clip.mp4", clips.plain_frames(4))
    before = clip.read_bytes()
    refused(render(clip, speech, output=clip), "overwritten")
    assert clip.read_bytes() == before


def test_a_movie_whose_name_lacks_its_ending(render, speech, tmp_path):
    clip = clips.write_clip(tmp_path / "clip.mp4", clips.plain_frames(4))
    code, told = render(clip, speech, output=tmp_path / "talk")
    assert (code, len(told["problems"])) == (BAD_INPUT, 1)
    assert "does not end in one of .mp4" in told["message"]
    assert "talk.mp4" in told["remedy"]


def test_an_output_that_is_a_link_to_the_input(render, speech, tmp_path):
    clip = clips.write_clip(tmp_path / "clip.mp4", clips.plain_frames(4))
    before = clip.read_bytes()
    link = tmp_path / "result.mp4"
    link.symlink_to(clip)
    refused(render(clip, speech, output=link), "overwritten")
    assert link.is_symlink()
    assert clip.read_bytes() == before


def test_an_output_that_is_the_transcript(render, speech, tmp_path):
    clip = clips.write_clip(tmp_path / "clip.mp4", clips.plain_frames(4))
    words = tmp_path / "words.mp4"
    words.write_text("Hello there.", encoding="utf-8")
    link = tmp_path / "result.mp4"
    link.symlink_to(words)
    for output in (words, link):
        code, told = render(clip, speech, "--transcript", str(words), output=output)
        assert (code, told["error"]) == (BAD_INPUT, "bad-input")
        assert "overwritten" in told["message"]
        assert words.read_text(encoding="utf-8") == "Hello there."


def test_a_transcript_that_is_not_there_is_not_spoken(render, speech, tmp_path):
    clip = clips.write_clip(tmp_path / "clip.mp4", clips.plain_frames(4))
    code, told = render(clip, speech, "--transcript", str(tmp_path / "none.txt"))
    assert code == BAD_INPUT
    assert "none.txt" in told["message"]


def test_an_engine_that_is_not_there_is_a_mistake_on_the_command_line(render, speech, tmp_path):
    clip = clips.write_clip(tmp_path / "clip.mp4", clips.plain_frames(4))
    code, told = render(clip, speech, "--engine", "mouthbnak")
    assert (code, told["error"]) == (USAGE, "unknown-name")
    assert "mouthbank" in told["remedy"]


def test_an_output_folder_that_is_read_only(render, speech, tmp_path, locked_folder):
    clip = clips.write_clip(tmp_path / "clip.mp4", clips.plain_frames(4))
    refused(render(clip, speech, output=locked_folder / "result.mp4"), str(locked_folder))


@pytest.fixture
def locked_folder(tmp_path):
    """Return a folder that nobody can write to; the superuser gets one of the kernel's."""
    import os

    if os.geteuid() == 0:
        return Path("/proc/self")
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    return folder


# What can be used, but holds little


def test_a_clip_of_one_frame(render, speech, tmp_path):
    clip = clips.write_clip(tmp_path / "one.mp4", clips.face_frames(1))
    done(render(clip, speech), 1)


def test_a_clip_of_8_by_8_pixels(render, speech, tmp_path):
    clip = clips.write_clip(tmp_path / "small.mp4", clips.plain_frames(16, 8, 8))
    untouched(done(render(clip, speech), 16), "no_face")


@pytest.mark.slow
def test_an_8k_clip(render, speech, tmp_path):
    frames = clips.plain_frames(2, 7680, 4320)
    told = done(render(clips.write_clip(tmp_path / "8k.mp4", frames), speech), 2)
    assert (told["width"], told["height"]) == (7680, 4320)


def test_a_clip_without_any_face_passes_through_untouched(render, speech, tmp_path):
    clip = clips.write_clip(tmp_path / "nobody.mp4", clips.plain_frames(), crf="0")
    told = done(render(clip, speech, "--set", "encode.quality=0"), 16)
    untouched(told, "no_face")
    assert "no face" in " ".join(told["notes"]).lower()
    for before, after in zip(pixels(clip), pixels(told["output"]), strict=True):
        np.testing.assert_array_equal(before, after)


def test_a_face_in_half_of_the_clip(render, speech, tmp_path):
    frames = clips.face_frames(8) + clips.plain_frames(8)
    told = done(render(clips.write_clip(tmp_path / "half.mp4", frames), speech), 16)
    assert told["patched_frames"] == 8
    assert [(s["range"], s["reason"]) for s in told["passed_through"]] == [([8, 16], "no_face")]


def test_a_face_in_profile_passes_through(render, speech, tmp_path):
    clip = clips.write_clip(tmp_path / "profile.mp4", clips.profile_frames())
    told = done(render(clip, speech), 16)
    assert told["patched_frames"] == 0
    reasons = {span["reason"] for span in told["passed_through"]}
    assert reasons
    assert reasons <= {"profile", "no_face"}


# What needs care


def test_two_people_the_larger_is_redrawn_and_the_user_is_told(render, speech, tmp_path):
    large = clips.face_frames(16)
    small = clips.face_frames(16, (110, 0, 400, 400))
    frames = [
        np.concatenate([a, np.pad(b[::2, ::2], ((60, 60), (0, 0), (0, 0)))], axis=1)
        for a, b in zip(large, small, strict=True)
    ]
    clip = clips.write_clip(tmp_path / "two.mp4", frames, crf="0")
    told = done(render(clip, speech, "--set", "encode.quality=0"), 16)
    assert "--face" in " ".join(told["notes"])
    assert told["patched_frames"] == 16
    for before, after in zip(pixels(clip), pixels(told["output"]), strict=True):
        np.testing.assert_array_equal(before[:320, 320:], after[:320, 320:])


def test_a_face_that_is_not_there_is_refused(render, speech, tmp_path):
    clip = clips.write_clip(tmp_path / "clip.mp4", clips.face_frames(8))
    code, told = render(clip, speech, "--face", "3")
    assert code == BAD_INPUT
    assert "face 3" in told["message"]
    assert "faces" in told["remedy"]


def test_a_cut_in_the_middle(render, speech, tmp_path):
    frames = clips.face_frames(8) + clips.face_frames(8, (60, 30, 420, 420))
    frames = [frame[:320, :320] for frame in frames]
    told = done(render(clips.write_clip(tmp_path / "cut.mp4", frames), speech), 16)
    assert told["windows_total"] == 2


def test_a_clip_that_is_turned(render, speech, tmp_path):
    lying = [np.rot90(frame).copy() for frame in clips.face_frames()]
    clip = clips.write_clip(tmp_path / "flat.mp4", lying)
    turned = rotated_copy(clip, tmp_path / "turned.mp4")
    told = done(render(turned, speech), 16)
    assert told["patched_frames"] == 16


def rotated_copy(path, target):
    """Copy a movie with a display matrix that turns it upright; needs no re-encoding."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd")
    matrix = at + 4 + 40  # version 0: 4 + 36 bytes before the matrix
    one = (0x10000).to_bytes(4, "big")
    minus = (-0x10000).to_bytes(4, "big", signed=True)
    zero = bytes(4)
    data[matrix : matrix + 36] = (
        zero + one + zero + minus + zero + zero + zero + zero + (0x40000000).to_bytes(4, "big")
    )
    target.write_bytes(data)
    return target


def test_a_clip_with_10_bits_and_wide_color(render, speech, tmp_path):
    clip = clips.write_clip(
        tmp_path / "hdr.mp4",
        clips.face_frames(),
        codec="libx265",
        pix_fmt="yuv420p10le",
        **{
            "x265-params": "log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"
        },
    )
    told = done(render(clip, speech), 16)
    with av.open(told["output"]) as movie:
        context = movie.streams.video[0].codec_context
        assert context.pix_fmt == "yuv420p10le"
        assert (context.color_primaries, context.color_trc, context.colorspace) == (9, 16, 9)


def test_a_clip_of_variable_rate_keeps_its_times(render, speech, tmp_path):
    times = [0, 40, 80, 140, 180, 260, 300, 320, 390, 430, 470, 510, 530, 570, 600, 630]
    clip = clips.write_clip(tmp_path / "vfr.mp4", clips.face_frames(), times=times)
    told = done(render(clip, speech), 16)
    with av.open(told["output"]) as movie:
        starts = [float(frame.pts * frame.time_base) for frame in movie.decode(video=0)]
    np.testing.assert_allclose(starts, np.array(times) / 1000, atol=1e-6)


@pytest.mark.parametrize(("seconds", "frames"), [(0.4, 10), (1.2, 16)])
def test_speech_of_another_length_is_told(render, tmp_path, seconds, frames):
    clip = clips.write_clip(tmp_path / "clip.mp4", clips.face_frames())
    sound = clips.write_speech(tmp_path / "sound.wav", seconds)
    told = done(render(clip, sound), frames)
    assert any(word in " ".join(told["notes"]) for word in ("shorter", "longer"))


def test_silent_speech_stills_the_mouth(render, tmp_path):
    clip = clips.write_clip(tmp_path / "clip.mp4", clips.face_frames())
    told = done(render(clip, clips.write_speech(tmp_path / "silence.wav", silent=True)), 16)
    before, after = apertures(clip), apertures(told["output"])
    assert np.ptp(before) > 0.1, "this clip shows somebody who talks"
    assert np.ptp(after) < 0.15 * np.ptp(before)
    assert after.max() < 0.25 * before.max()


def apertures(path):
    """Measure the gap between the lips over the eye distance in every frame."""
    with open_services() as services:
        seen = analysed(Path(path), services, CallbackProgress())
    return np.array([aperture(points) for points in seen.analysis.tracks[0].landmarks])


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (96000, 6)])
def test_sound_of_any_rate_keeps_its_rate_and_channels(render, tmp_path, rate, channels):
    clip = clips.write_clip(tmp_path / "clip.mp4", clips.face_frames(8))
    sound = clips.write_speech(tmp_path / "sound.wav", 0.32, rate=rate, channels=channels)
    told = done(render(clip, sound), 8)
    with av.open(told["output"]) as movie:
        assert (movie.streams.audio[0].rate, movie.streams.audio[0].channels) == (rate, channels)


def test_names_with_spaces_quotes_semicolons_and_letters_of_the_world(render, tmp_path):
    folder = tmp_path / "Ünï cödé; rm -rf 'x' & 日本語 %d"
    folder.mkdir()
    clip = clips.write_clip(tmp_path / "clip.mp4", clips.face_frames(8))
    named = shutil.copy(clip, folder / "мой клип; (1).mp4")
    sound = clips.write_speech(folder / 'say "hi".wav', 0.32)
    done(render(named, sound, output=folder / "результат #1.mp4"), 8)
