"""Places of a sound are found by one reader as by many."""

import numpy as np
import pytest
import soundfile

from latentsync_studio.media.audio import AudioReader

RATE = 8000


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_a_reader_jumps_as_often_as_it_is_asked_to(tmp_path, suffix):
    path = tmp_path / f"sound{suffix}"
    samples = np.arange(12 * RATE, dtype=np.int16)
    soundfile.write(path, samples, RATE, subtype="PCM_16")
    with AudioReader(path) as reader:
        for second in (3, 9, 1, 0, 7):
            first = second * RATE
            found = np.concatenate(list(reader.blocks_near(first, first + RATE)), axis=1)
            assert np.array_equal(found[0], samples[first : first + RATE])
