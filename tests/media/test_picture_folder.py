"""Numbered pictures in a folder: whole or not at all, never over what is not ours."""

from __future__ import annotations

import os
import resource
import signal
import sys

import numpy as np
import pytest

from latentsync_studio.core.delivery.codecs import NO_ENDING
from latentsync_studio.core.errors import Cancelled, DiskFullError, InputError, InternalError
from latentsync_studio.core.settings.pages import EncodeSettings
from latentsync_studio.core.timeline.model import ImageRun
from latentsync_studio.media.encode import SegmentEncoder
from latentsync_studio.media.image_sequence import ImageReader
from latentsync_studio.media.output import suffix_of, write_output
from latentsync_studio.media.part_file import leftovers
from latentsync_studio.media.part_folder import PartFolder
from latentsync_studio.media.probe import probe
from latentsync_studio.media.soundtrack import AudioPlan
from latentsync_studio.media.target import choose_target
from tests.media.movies import facts, picture, write_sound


def segments_of(known, codec="png", count=5):
    target = choose_target(known, EncodeSettings(codec=codec), "")[0]
    for start in range(0, count, 3):
        encoder = SegmentEncoder(target)
        for number in range(start, min(start + 3, count)):
            encoder.write(picture(number, known), number)
        yield encoder.finish()


def written(path, known=None, codec="png", audio=None, segments=None):
    known = known or facts("gbrp")
    target = choose_target(known, EncodeSettings(codec=codec), "")[0]
    return write_output(path, target, segments or segments_of(known, codec), audio, known)


@pytest.mark.parametrize(
    ("codec", "source"), [("png", "gbrp"), ("tiff", "gbrp"), ("png", "gbrp10le")]
)
def test_pictures_are_numbered_by_time_code_and_come_back_exactly(tmp_path, codec, source):
    known = facts(source, timecode="00:00:04:00")
    written(tmp_path / "my.film", known, codec)
    names = sorted(held.name for held in (tmp_path / "my.film").iterdir())
    assert names == [f"my.film.{number:07d}.{codec}" for number in range(100, 105)]
    run = ImageRun(prefix="my.film.", digits=7, suffix=f".{codec}", first=100, count=5)
    with ImageReader(tmp_path / "my.film", run, 25) as reader:
        for number, shown in enumerate(reader.frames()):
            wide = [p.astype(float) / (2**shown.format.bits - 1) for p in shown.planes]
            top = 2**known.video.format.bits - 1
            wanted = [p.astype(float) / top for p in picture(number, known).planes]
            assert np.abs(np.array(wide) - wanted).max() < 1e-4


def test_the_sound_lies_beside_them(tmp_path):
    sound = write_sound(tmp_path / "s.wav", "pcm_s16le", seconds=0.2)
    written(tmp_path / "frames", audio=AudioPlan(source=sound, stop=4800))
    found = probe(tmp_path / "frames" / "frames.wav").audio
    assert (found.codec, found.duration_s) == ("pcm_s16le", 0.1)


def test_an_older_export_is_replaced_and_nothing_else_ever_is(tmp_path):
    folder = tmp_path / "frames"
    written(folder)
    written(folder, segments=segments_of(facts("gbrp"), count=2))
    assert len(list(folder.iterdir())) == 2
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"notes\.txt"):
        written(folder)
    assert (folder / "notes.txt").read_text() == "mine"
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match="is a file"):
        written(tmp_path / "file")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "frames"]


def test_a_stopped_folder_leaves_nothing_and_a_failed_one_keeps_what_is_done(tmp_path):
    known = facts("gbrp")

    def broken(error):
        yield next(segments_of(known))
        raise error

    with pytest.raises(Cancelled):
        written(tmp_path / "frames", segments=broken(Cancelled("Stopped.")))
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InternalError) as caught:
        written(tmp_path / "frames", segments=broken(InternalError("broke")))
    (part,) = leftovers(tmp_path / "frames")
    assert str(part) in caught.value.__notes__[0]
    assert len(list(part.iterdir())) == 3
    dead = part.rename(part.with_name(part.name.replace(f"-{os.getpid()}-", "-99999999-")))
    written(tmp_path / "frames")
    assert not dead.exists()


def test_two_writers_of_one_folder_do_not_take_each_others_part(tmp_path):
    with (
        PartFolder(tmp_path / "f", lambda _: True) as one,
        PartFolder(tmp_path / "f", lambda _: True) as two,
    ):
        one.write("a.png", b"1")
        two.write("a.png", b"2")
        one.commit()
        two.commit()
    assert (tmp_path / "f" / "a.png").read_bytes() == b"2"
    assert [p.name for p in tmp_path.iterdir()] == ["f"]


def test_only_a_codec_of_pictures_makes_a_folder(tmp_path):
    assert suffix_of(tmp_path / "a.b", EncodeSettings(codec="png")) == ""
    assert suffix_of(tmp_path / "a.mp4", EncodeSettings(codec="png")) == ".mp4"
    assert suffix_of(tmp_path / "a.avi", EncodeSettings()) == ".avi"
    assert suffix_of(tmp_path / "a", EncodeSettings()) == NO_ENDING


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files")
def test_a_full_disk_is_told_and_what_is_done_is_kept(tmp_path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(DiskFullError, match=r"free.*What is done lies in") as caught:
            written(tmp_path / "frames")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert "same command again" in caught.value.remedy
    assert not (tmp_path / "frames").exists()
    written(tmp_path / "frames")
    assert len(list((tmp_path / "frames").iterdir())) == 5
