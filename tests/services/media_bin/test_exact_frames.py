"""Copies of what a sequence shows: which, in which order, how exact, and when not."""

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from latentsync_studio.core.errors import Cancelled, InputError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.media.opening_reader import open_reader
from latentsync_studio.services.media_bin import exact_frames
from latentsync_studio.services.media_bin.exact_frames import ExactFrames, KeptFrames, piece_key
from latentsync_studio.services.timeline.medium import MediaBook
from latentsync_studio.services.timeline.pictures import Pictures
from tests.media.frame_ids import make_clip, number_of
from tests.services.timeline.projects import SEQUENCE, clip, item_of, project

QUIET = CallbackProgress()
FRAMES = 40


@pytest.fixture(scope="module")
def movies(tmp_path_factory):
    """Two clips of 40 numbered frames with one keyframe each, of 8 and of 10 bits."""
    folder = tmp_path_factory.mktemp("slow")
    plain = make_clip(folder / "a.mp4", frames=FRAMES, gop=1000)
    deep = make_clip(folder / "b.mp4", frames=FRAMES, gop=1000, pix_fmt="yuv420p10le")
    return item_of(plain, 1), item_of(deep, 2)


@pytest.fixture(autouse=True)
def every_jump_is_slow(monkeypatch):
    """Small clips count as slow, and pieces are small too."""
    monkeypatch.setattr(exact_frames, "GOAL_MS", 0.0)
    monkeypatch.setattr(exact_frames, "PIECE", 16)


@pytest.fixture
def frames(services):
    made = ExactFrames(services)
    yield made
    made.close()


def of(items, *clips):
    return project(items, {"V1": list(clips)})


def pieces(plan):
    return [(wanted.medium.item.id, wanted.piece) for wanted in plan.missing]


def made(frames, document, playhead=0):
    """Make everything that is planned; the order in which that came."""
    found = []
    while missing := frames.plan(document, SEQUENCE, playhead).missing:
        found.append((missing[0].medium.item.id, missing[0].piece))
        frames.make(missing[0], QUIET)
    return found


def test_a_copy_is_what_the_reader_decodes(services, frames, movies):
    document = of(movies, clip(1, 1, 0, (0, FRAMES)), clip(2, 2, FRAMES, (0, FRAMES)))
    assert len(made(frames, document)) == 6
    book, kept = MediaBook(services), KeptFrames(services)
    for item in movies:
        medium = book.medium(item)
        with open_reader(Path(item.path)) as reader:
            for wanted in reader.frames():
                found = kept.picture(medium, wanted.index)
                assert (found.index, found.pts, found.format) == (
                    wanted.index,
                    wanted.pts,
                    wanted.format,
                )
                assert number_of(found) == wanted.index
                for mine, theirs in zip(found.planes, wanted.planes, strict=True):
                    assert np.array_equal(mine, theirs)
    kept.close()


def test_only_what_is_shown_is_wanted_the_nearest_first(frames, movies):
    document = of(movies, clip(1, 1, 0, (16, 40)), clip(2, 2, 30, (0, 10)))
    first, second = (item.id for item in movies)
    assert pieces(frames.plan(document, SEQUENCE, 0)) == [(first, 1), (first, 2), (second, 0)]
    assert pieces(frames.plan(document, SEQUENCE, 31))[0] == (second, 0)
    assert made(frames, document, playhead=20)[0] == (first, 2)
    plan = frames.plan(document, SEQUENCE, 0)
    assert (plan.missing, plan.kept, plan.left_out) == ((), 3, 0)


def test_quick_media_stills_and_switched_off_clips_need_none(frames, movies, monkeypatch):
    off = replace(clip(1, 1, 0, (0, 10)), is_enabled=False)
    assert not frames.plan(of(movies, off), SEQUENCE, 0).missing
    monkeypatch.setattr(exact_frames, "GOAL_MS", 1e6)
    assert not frames.plan(of(movies, clip(1, 1, 0, (0, 10))), SEQUENCE, 0).missing


def test_a_medium_that_is_gone_is_left_out(frames, movies, tmp_path):
    gone = replace(movies[0], path=str(tmp_path / "gone.mp4"))
    document = of((gone, movies[1]), clip(1, 1, 0, (0, 10)), clip(2, 2, 10, (0, 10)))
    assert pieces(frames.plan(document, SEQUENCE, 0)) == [(movies[1].id, 0)]


def test_what_has_no_room_is_left_out_and_counted(services, frames, movies):
    document = of(movies, clip(1, 1, 0, (0, FRAMES)))
    raw = 160 * 96 * 1.5 * 16
    services.frames.budget_bytes = int(raw * 0.4 * 1.5 / 0.8)
    plan = frames.plan(document, SEQUENCE, 0)
    assert (pieces(plan), plan.left_out) == ([(movies[0].id, 0)], 2)
    assert pieces(frames.plan(document, SEQUENCE, 39))[0] == (movies[0].id, 2)


def test_stopping_leaves_nothing_and_a_format_without_a_codec_is_not_tried_again(
    services, frames, movies, monkeypatch
):
    document = of(movies, clip(1, 1, 0, (0, FRAMES)))
    (wanted, *_) = frames.plan(document, SEQUENCE, 0).missing
    stopped = CallbackProgress()
    stopped.stop.set()
    with pytest.raises(Cancelled):
        frames.make(wanted, stopped)
    assert list(services.frames.root.iterdir()) == []
    monkeypatch.setattr("latentsync_studio.media.frame_file._CODECS", ())
    with pytest.raises(InputError, match="no lossless codec"):
        frames.make(wanted, QUIET)
    assert not frames.plan(document, SEQUENCE, 0).missing


def test_the_viewer_takes_the_copy_and_without_it_the_clip(services, frames, movies, monkeypatch):
    document = of(movies, clip(1, 1, 0, (0, FRAMES)))
    made(frames, document)
    medium = MediaBook(services).medium(movies[0])
    pictures = Pictures(services, 2**24)
    opened = []
    monkeypatch.setattr(type(medium), "open", opened.append)
    shown = pictures.exact(medium, 33)
    assert (shown.number, number_of(shown.picture), shown.is_proxy, opened) == (33, 33, False, [])
    assert number_of(pictures.quick(medium, 21).picture) == 21
    monkeypatch.undo()
    pictures.close()
    services.frames.clear()
    again = Pictures(services, 2**24)
    assert number_of(again.exact(medium, 33).picture) == 33
    again.close()


def test_a_damaged_copy_is_given_up_and_the_clip_shown(services, frames, movies, caplog):
    document = of(movies, clip(1, 1, 0, (0, 16)))
    made(frames, document)
    medium = MediaBook(services).medium(movies[0])
    path = services.frames.find(piece_key(medium, 0))
    data = bytearray(path.read_bytes())
    data[40] ^= 1
    path.write_bytes(data)
    pictures = Pictures(services, 2**24)
    assert number_of(pictures.exact(medium, 0).picture) == 0
    assert "is given up" in caplog.text
    assert not path.exists()
    assert pieces(frames.plan(document, SEQUENCE, 0)) == [(movies[0].id, 0)]
    pictures.close()
