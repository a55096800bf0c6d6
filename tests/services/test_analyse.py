"""The analysis pass: chunks, resume, collectors, cancellation."""

from threading import Event

import numpy as np
import pytest

from latentsync_studio.core.errors import Cancelled, InputError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.read_ahead import ReadAhead
from latentsync_studio.services import analyse_pass
from latentsync_studio.services.analyse import analyse_faces
from latentsync_studio.storage.store import Store
from tests.fakes.face_scenes import SAMPLE, Film, background, heads, pasted

CHUNK = 16


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(analyse_pass, "CHUNK", CHUNK)


@pytest.fixture(scope="module")
def pictures():
    canvas = background()
    return [
        pasted(canvas, head, 220 + 4 * k, 180) if k < 30 or k >= 40 else canvas
        for k, head in enumerate(heads(SAMPLE, 56, 120))
    ]


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "store", 10**9) as opened:
        yield opened


class Diary:
    """A collector whose blobs and state show every frame that it saw."""

    def __init__(self, version="1"):
        self.version = version
        self.seen = 0
        self.lines = []

    def observe(self, picture, faces):
        self.seen += 1
        where = [(f.raw_id, f.landmarks[168, :2].tobytes().hex()) for f in faces]
        self.lines.append(f"{self.seen - 1} {picture.index} {where}")

    def flush(self):
        lines, self.lines = self.lines, []
        return "\n".join(lines).encode()

    def state(self):
        return str(self.seen).encode()

    def restore(self, state):
        self.seen = int(state)


class StopAfter:
    """Progress that cancels when a number of frames is done."""

    def __init__(self, frames):
        self.frames = frames

    def report(self, stage, done, total, note=""):
        if done >= self.frames:
            raise Cancelled("Stopped.")

    def check(self):
        pass


def analyse(film, store, collectors=(), progress=None):
    return analyse_faces(film, "ab" * 20, store, progress or CallbackProgress(), collectors)


def same(one, other):
    return one.raw_ids == other.raw_ids and all(
        np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True)
        for a, b in zip(one.analysis.tracks, other.analysis.tracks, strict=True)
        for name in ("landmarks", "usable", "reason", "shot", "angles", "occlusion", "present")
    )


def test_a_second_run_reads_everything_and_decodes_nothing(pictures, store):
    first, again = Film(pictures), Film(pictures)
    one = analyse(first, store, [("diary", Diary())])
    two = analyse(again, store, [("diary", Diary())])
    assert first.decoded == list(range(56))
    assert again.decoded == []
    assert two.mesh_calls == 0
    assert (one.reused_chunks, two.reused_chunks) == (0, 4)
    assert same(one, two)
    assert list(one.kept["diary"]) == list(two.kept["diary"])
    assert one.key == two.key


def test_the_person_is_one_track_with_the_gap_named(pictures, store):
    seen = analyse(Film(pictures), store)
    assert len(seen.analysis.tracks) == 1
    track = seen.analysis.tracks[0]
    assert np.flatnonzero(~track.present).tolist() == list(range(30, 40))
    assert np.isnan(track.landmarks[30:40]).all()
    assert (track.usable[:28] > 0).all()
    assert (track.reason[30:40] == 1).all()
    assert (seen.analysis.width, seen.analysis.height, seen.analysis.n_frames) == (640, 360, 56)


def test_arrays_can_not_be_written_to(pictures, store):
    track = analyse(Film(pictures[:4]), store).analysis.tracks[0]
    with pytest.raises(ValueError, match="read-only"):
        track.landmarks[0] = 0


@pytest.mark.parametrize("stopped_at", [1, 16, 17, 40, 55])
def test_an_interrupted_run_redoes_the_chunk_in_flight_and_ends_the_same(
    pictures, tmp_path, stopped_at
):
    with Store(tmp_path / "whole", 10**9) as whole, Store(tmp_path / "broken", 10**9) as broken:
        expected = analyse(Film(pictures), whole, [("diary", Diary())])
        with pytest.raises(Cancelled):
            analyse(Film(pictures), broken, [("diary", Diary())], StopAfter(stopped_at))
        film = Film(pictures)
        resumed = analyse(film, broken, [("diary", Diary())])
        kept = (stopped_at - 1) // CHUNK
        assert film.decoded[0] == kept * CHUNK
        assert resumed.reused_chunks == kept
        assert same(expected, resumed)
        assert list(resumed.kept["diary"]) == list(expected.kept["diary"])


def test_a_lost_chunk_in_the_middle_is_the_only_one_made_anew(pictures, store):
    expected = analyse(Film(pictures), store)
    key = analyse_pass.AnalysisPass(Film(pictures), "ab" * 20, store, CallbackProgress(), [])
    store.root.joinpath(key._keys[2][:2], key._keys[2][2:]).unlink()
    store.clear("people")
    film = Film(pictures)
    again = analyse(film, store)
    assert set(film.decoded) <= set(range(32, 48)) | set(range(48, 56))
    assert film.decoded[:16] == list(range(32, 48))
    assert again.reused_chunks == 3
    assert same(expected, again)


def test_a_new_collector_sees_all_frames_again_but_no_face_is_measured(pictures, store):
    old, new = Diary("1"), Diary("2")
    first = analyse(Film(pictures), store, [("diary", old)])
    film = Film(pictures)
    second = analyse(film, store, [("diary", new)])
    assert film.decoded == list(range(56))
    assert second.mesh_calls == 0
    assert list(second.kept["diary"]) == list(first.kept["diary"])
    assert len(second.kept["diary"]) == 4
    assert list(second.kept["diary"][1:3]) == list(first.kept["diary"])[1:3]


def test_progress_is_told_of_every_frame(pictures, store):
    told = []
    analyse(Film(pictures[:20]), store, progress=CallbackProgress(told.append))
    assert [report.done for report in told] == list(range(21))
    assert {(report.stage, report.total) for report in told} == {("analyse", 20)}


def test_stopping_ends_the_decoding_thread(pictures, store):
    stop = Event()

    def notify(report):
        if report.done == 3:
            stop.set()

    film = Film(pictures)
    with pytest.raises(Cancelled):
        analyse(film, store, progress=CallbackProgress(notify, stop))
    count = len(film.decoded)
    assert count < 20
    assert len(film.decoded) == count


def test_an_error_of_the_decoder_reaches_the_caller_after_the_frames_before_it():
    def broken():
        yield 1
        yield 2
        raise InputError("Frame 3 is damaged.")

    with ReadAhead(broken()) as items:
        assert [next(items), next(items)] == [1, 2]
        with pytest.raises(InputError, match="Frame 3"):
            next(items)
    with ReadAhead(iter(range(100))) as items:
        assert [next(items), next(items)] == [0, 1]
