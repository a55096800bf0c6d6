"""High dynamic range on a usual screen: known levels, dark parts kept, highlights not lost."""

import numpy as np
import pytest

from latentsync_studio.imaging.tone import (
    PEAK,
    WHITE,
    hlg_light,
    pq_light,
    pq_samples,
    rolled_off,
    tone_mapped,
)


def test_pq_is_that_of_the_standard():
    # ITU-R BT.2408-7 table 1 and BT.2100: levels of PQ in percent and what they mean in nits
    for percent, nits in ((0.0, 0.0), (58.07, 203.0), (75.18, 1000.0), (100.0, 10_000.0)):
        assert pq_light(np.array(percent / 100)) == pytest.approx(nits, rel=2e-3, abs=1e-6)
    nits = np.geomspace(0.01, 10_000, 50)
    assert pq_light(pq_samples(nits)) == pytest.approx(nits, rel=1e-9)


def test_graphics_white_of_hlg_is_where_the_standard_puts_it():
    assert hlg_light(np.array(0.75)) == pytest.approx(WHITE, rel=2e-3)  # BT.2408-7 table 1
    assert hlg_light(np.array(1.0)) == pytest.approx(PEAK, rel=1e-4)


def test_dark_parts_stay_and_highlights_are_rolled_off_smoothly():
    nits = np.linspace(0, 3000, 6001)
    seen = rolled_off(nits)
    dark = nits < 80
    assert seen[dark] == pytest.approx(nits[dark], rel=1e-6, abs=1e-9)
    assert np.all(np.diff(seen) >= -1e-9)
    assert seen.max() == pytest.approx(WHITE, rel=1e-6)
    assert seen[nits == 400] < seen[nits == 800]


@pytest.mark.parametrize("transfer", ["pq", "hlg"])
def test_grays_stay_gray_and_in_order(transfer):
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    shown = tone_mapped(ramp, transfer)
    assert (shown.dtype, shown.shape, shown.flags.writeable) == (np.uint8, ramp.shape, False)
    assert np.abs(np.diff(shown.astype(int), axis=2)).max() <= 1
    luma = shown[0, :, 1].astype(int)
    assert np.all(np.diff(luma) >= 0)
    assert (luma[0], luma[255]) == (0, 255)


def test_colors_of_wide_primaries_become_stronger_numbers_and_others_stay():
    red = np.full((1, 1, 3), (120, 60, 60), np.uint8)
    wide, narrow = tone_mapped(red, "pq"), tone_mapped(red, "pq", is_wide=False)
    assert int(wide[0, 0, 0]) > int(narrow[0, 0, 0])
    assert int(wide[0, 0, 1]) < int(narrow[0, 0, 1])
