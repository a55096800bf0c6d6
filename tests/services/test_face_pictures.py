"""Small pictures of the faces of a clip, to choose one by."""

from dataclasses import fields, replace

import numpy as np
import pytest

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.services.contact_sheet import face_pictures
from latentsync_studio.services.inspect import analysed
from tests.services.conftest import cut_clip


@pytest.fixture
def seen(services, tmp_path):
    """Return (clip, track): 6 frames with one face."""
    path = cut_clip(tmp_path / "ein Gesicht ü.mp4", 6)
    track = analysed(path, services, CallbackProgress()).analysis.tracks[0]
    arrays = {f.name: np.array(getattr(track, f.name)) for f in fields(track) if f.name != "id"}
    return path, replace(track, **arrays)  # nothing mapped from the store


def test_each_face_is_shown_where_it_is_large_frontal_and_usable(seen):
    path, track = seen
    usable, yaw = np.zeros(6, np.float32), np.zeros((6, 3), np.float32)
    usable[[2, 4]] = 1
    yaw[4, 0] = 60
    first = replace(track, usable=usable, angles=yaw)
    present = np.zeros(6, bool)
    present[5] = True
    second = replace(track, id=1, present=present)
    pictures = face_pictures(path, (second, first), 64)
    assert {face: picture.shape for face, picture in pictures.items()} == {
        0: (64, 64, 3),
        1: (64, 64, 3),
    }
    assert all(picture.dtype == np.uint8 and picture.std() > 20 for picture in pictures.values())
    best = face_pictures(path, (replace(track, present=np.arange(6) == 2),), 64)
    assert np.array_equal(best[0], pictures[0])
    assert not np.array_equal(pictures[1], pictures[0])


def test_without_faces_there_are_no_pictures(seen):
    assert face_pictures(seen[0], (), 64) == {}
