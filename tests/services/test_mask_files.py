"""Masks from picture files: which space, what is covered, what is refused."""

import cv2
import numpy as np
import pytest

from latentsync_studio.core.errors import InputError
from latentsync_studio.services.mask_files import FileMasks, MaskFile
from latentsync_studio.services.paintings import Paintings

SIZE = (320, 240)


def saved(path, pixels):
    _, data = cv2.imencode(".png", pixels)
    path.write_bytes(data.tobytes())
    return path


def square(width, height):
    pixels = np.zeros((height, width), np.uint8)
    pixels[: height // 2] = 255
    return pixels


def canvas_of(masks):
    paintings = Paintings()
    paintings.attach(masks)
    return paintings.canvas_at(masks.layers[0], 7)


def test_a_picture_of_the_videos_size_lies_on_the_frame(tmp_path):
    path = saved(tmp_path / "hand.png", square(*SIZE))
    masks = FileMasks.load([MaskFile(path=path, role="protect")], SIZE)
    [layer] = masks.layers
    assert (layer.name, layer.role, layer.space) == ("hand.png", "protect", "frame")
    assert np.array_equal(canvas_of(masks).read(), square(*SIZE))


def test_what_is_transparent_is_not_covered(tmp_path):
    pixels = np.full((240, 320, 4), 255, np.uint8)
    pixels[..., 3] = square(*SIZE)
    path = saved(tmp_path / "mask.png", pixels)
    masks = FileMasks.load([MaskFile(path=path)], SIZE)
    assert np.array_equal(canvas_of(masks).read(), square(*SIZE))


@pytest.mark.parametrize(
    ("space", "video", "expected"),
    [
        ("auto", SIZE, "face"),
        ("auto", (1024, 1024), "frame"),
        ("face", (1024, 1024), "face"),
        ("frame", (512, 512), "frame"),
    ],
)
def test_a_square_of_1024_px_rides_with_the_face_unless_the_video_has_it(
    space, video, expected, tmp_path
):
    path = saved(tmp_path / "mask.png", square(1024, 1024))
    masks = FileMasks.load([MaskFile(path=path, space=space)], video)
    assert masks.layers[0].space == expected


def test_masks_that_do_not_fit_are_refused_with_their_numbers(tmp_path):
    wide = saved(tmp_path / "wide.png", square(400, 200))
    with pytest.raises(InputError, match="400x200 px and does not fit the video's 320x240"):
        FileMasks.load([MaskFile(path=wide)], SIZE)
    with pytest.raises(InputError, match="one on the face has 1024x1024"):
        FileMasks.load([MaskFile(path=wide, space="face")], SIZE)
    text = tmp_path / "mask.txt"
    text.write_text("no picture")
    for path in (text, tmp_path / "nowhere.png"):
        with pytest.raises(InputError) as caught:
            FileMasks.load([MaskFile(path=path)], SIZE)
        assert caught.value.remedy
