"""What the collector keeps."""

import numpy as np
import pytest

from latentsync_studio.core.engine import SeenFace
from latentsync_studio.engines.mouthbank import bank
from latentsync_studio.engines.mouthbank.bank import BankCollector, crop_digest, crops_of
from tests.engines.mouthbank.conftest import face_mesh, face_rgb, picture


def seen(index, aperture=0.05, raw_id=0):
    mesh = face_mesh(aperture)
    return picture(face_rgb(mesh), index), [
        SeenFace(raw_id=raw_id, landmarks=mesh.astype(np.float32))
    ]


def test_every_frame_is_kept_at_first_with_its_place():
    collector = BankCollector()
    for k in range(4):
        collector.observe(*seen(k, 0.03 * k))
    crops = crops_of(collector.flush())
    assert [c.frame for c in crops] == [0, 1, 2, 3]
    assert crops_of(collector.flush()) == []
    x, y = face_mesh(0)[[61, 291, 13, 14], :2].mean(axis=0)
    assert abs(crops[0].x - (x - bank.SIDE * 90)) < 2
    assert abs(crops[0].y - (y - bank.ABOVE * 90)) < 2
    assert len({crop_digest(c) for c in crops}) == 4


def test_it_resumes_bit_for_bit():
    whole = BankCollector()
    for k in range(6):
        whole.observe(*seen(k, 0.02 * k))
    interrupted = BankCollector()
    for k in range(3):
        interrupted.observe(*seen(k, 0.02 * k))
    resumed = BankCollector()
    resumed.restore(interrupted.state())
    assert resumed.state() == interrupted.state()
    for k in range(3, 6):
        resumed.observe(*seen(k, 0.02 * k))
    assert resumed.state() == whole.state()
    assert resumed.flush() == whole.flush()


def test_later_only_new_mouths_are_kept(monkeypatch):
    monkeypatch.setattr(bank, "FULL_CROPS", 3)
    collector = BankCollector()
    for k, aperture in enumerate([0.02, 0.02, 0.02, 0.02, 0.10, 0.10, 0.02]):
        collector.observe(*seen(k, aperture))
    assert [c.frame for c in crops_of(collector.flush())] == [0, 1, 2, 4]


def test_a_flush_holds_a_bounded_number_of_new_mouths(monkeypatch):
    monkeypatch.setattr(bank, "FULL_CROPS", 1)
    monkeypatch.setattr(bank, "NOVEL_PER_FLUSH", 2)
    collector = BankCollector()
    for k in range(6):
        collector.observe(*seen(k, 0.03 * k))
    assert [c.frame for c in crops_of(collector.flush())] == [0, 1, 2]
    collector.observe(*seen(6, 0.2))
    assert len(crops_of(collector.flush())) == 1


def test_all_faces_together_are_bounded_and_later_ones_get_a_share(monkeypatch):
    monkeypatch.setattr(bank, "ALL_CROPS", 9)
    collector = BankCollector()
    for k in range(12):
        collector.observe(*seen(k, 0.02 * (k % 5), raw_id=0))
    first = crops_of(collector.flush())
    for k in range(12, 20):
        collector.observe(*seen(k, 0.02 * (k % 5), raw_id=1))
    second = crops_of(collector.flush())
    assert second
    assert len(first) + len(second) <= 9


@pytest.mark.parametrize("change", ["tiny", "gone", "nan"])
def test_useless_faces_are_passed_over(change):
    shown, (face,) = seen(0)
    landmarks = face.landmarks.copy()
    if change == "tiny":
        landmarks *= 0.1
    elif change == "gone":
        landmarks[:, 0] += 10_000
    else:
        landmarks[3] = np.nan
    collector = BankCollector()
    collector.observe(shown, [SeenFace(raw_id=0, landmarks=landmarks)])
    assert crops_of(collector.flush()) == []


def test_codes_tell_open_from_closed_mouths():
    collector = BankCollector()
    for k, aperture in enumerate([0.0, 0.005, 0.12]):
        collector.observe(*seen(k, aperture))
    codes = [np.frombuffer(c.code, "<f4") for c in crops_of(collector.flush())]
    assert all(c.shape == (bank.CODE_SIZE,) for c in codes)
    alike, apart = np.linalg.norm(codes[0] - codes[1]), np.linalg.norm(codes[0] - codes[2])
    assert apart > 2 * alike
