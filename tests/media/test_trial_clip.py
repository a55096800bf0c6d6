"""A trial clip has the size that is asked for, and the picture in its middle."""

import numpy as np
import pytest

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.installed import resource
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.imaging.pixels import sized_rgb
from latentsync_studio.media.reader import FrameReader
from latentsync_studio.media.trial_clip import write_trial_clip

SAMPLE = resource("sample/portrait.mp4")


@pytest.mark.parametrize("size", [(128, 128), (256, 96), (96, 256)])
def test_it_shows_the_whole_picture_and_repeats_its_edges(tmp_path, size):
    clip = write_trial_clip(SAMPLE, tmp_path / "a.mp4", size, 3, CallbackProgress())
    side = min(size)
    with FrameReader(clip) as made, FrameReader(SAMPLE) as source:
        assert (made.video.width, made.video.height, made.index.n_frames) == (*size, 3)
        shown = sized_rgb(made.read(1), *size).astype(float)
        whole = sized_rgb(source.read(1), side, side).astype(float)
    left, top = (size[0] - side) // 2, (size[1] - side) // 2
    assert np.abs(shown[top : top + side, left : left + side] - whole).mean() < 6
    if left:
        assert np.abs(shown[:, :left] - shown[:, left : left + 1]).mean() < 4


def test_odd_sizes_are_refused(tmp_path):
    with pytest.raises(InputError, match="127x128"):
        write_trial_clip(SAMPLE, tmp_path / "a.mp4", (127, 128), 1, CallbackProgress())
