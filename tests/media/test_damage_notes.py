import numpy as np
import pytest

from latentsync_studio.media.audio import AudioReader, mono_blocks, read_mono
from latentsync_studio.media.damage_notes import frame_notes, sound_notes
from latentsync_studio.media.reader import FrameReader
from tests.media.movies import write_sound
from tests.media.test_reader_damage import damaged_copy


@pytest.mark.parametrize(
    ("numbers", "named"),
    [
        ([7], "Frame 7 of the clip is damaged"),
        ([7, 8], "Frames 7..8 of the clip are"),
        ([*range(20, 42), 3], "Frames 3, 20..41 of the clip are"),
        (range(0, 20, 2), "Frames 0, 2, 4, 6, 8, 10 and 4 more of the clip are"),
    ],
)
def test_frames_are_named_in_ranges_with_both_ends(numbers, named):
    (note,) = frame_notes(set(numbers), set(numbers))
    assert note.startswith(named)
    assert note.endswith("the last good picture is shown instead.")


def test_frames_with_mere_traces_are_told_apart():
    notes = frame_notes({4, 5}, {4, 5, 6, 7})
    assert notes[1] == "Frames 6..7 of the clip may show traces of damage before."
    assert frame_notes((), ()) == ()


def test_damaged_and_missing_sound_is_counted():
    assert sound_notes("a.wav", 0, 0.0) == ()
    (one,) = sound_notes("a.wav", 1, 0.0)
    assert one.startswith("One packet of the sound of 'a.wav' is damaged")
    many, missing = sound_notes("a.wav", 9, 0.1234)
    assert many.startswith("9 packets of the sound of 'a.wav' are damaged")
    assert missing.startswith("0.12 s of the sound of 'a.wav' are missing")


def test_a_reader_tells_of_the_damage_that_it_met(clip, tmp_path):
    path = damaged_copy(clip("one keyframe"), tmp_path / "d.mp4", [30])
    with FrameReader(path) as reader:
        reader.read(5)
        assert reader.damage_notes() == ()
        for _ in reader.frames():
            pass
        lost = min(reader.damaged)
        repeated, traces = reader.damage_notes()
    assert repeated.startswith(f"Frames {lost}..{lost + 24} of the clip are damaged")
    assert traces.startswith(f"Frames {lost + 25}..119 of the clip may")


def test_a_sound_reader_tells_of_the_damage_that_it_met(tmp_path):
    path = write_sound(tmp_path / "s.flac", "flac", 48000, "mono", seconds=3.0)
    whole = read_mono(path)
    data = bytearray(path.read_bytes())
    middle = len(data) // 6
    data[middle : middle + 3000] = bytes(3000)
    path.write_bytes(data)
    with AudioReader(path) as reader:
        assert reader.damage_notes() == ()
        samples = np.concatenate(list(mono_blocks(reader)))
        (note,) = reader.damage_notes()
    assert "of the sound of 's.flac'" in note
    assert len(samples) == len(whole)
