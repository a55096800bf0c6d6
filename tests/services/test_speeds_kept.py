"""What was measured is kept in the machine's notes, and jobs are forecast by it."""

import pytest

from latentsync_studio.core.settings import latentsync as mouth_levels
from latentsync_studio.core.settings.fields import apply
from latentsync_studio.core.settings.pages import RenderSettings
from latentsync_studio.core.speeds import Speed
from latentsync_studio.services.speeds import (
    Drawing,
    Writing,
    forecast,
    keep_speeds,
    known_speeds,
    memory_needed,
)
from latentsync_studio.storage.machine_notes import NotesFile

SIZE = {"width": 100, "height": 100}
MOUTH = Speed(
    work="draw", engine="mouthbank", device="cpu", warm=50.0, frames=96, cold_s=2.0, cold=9.0,
    memory_mib=300.0, **SIZE,
)  # fmt: skip
FACES = Speed(work="analyse", warm=25.0, frames=96, **SIZE)
MOVIE = Speed(work="write", setting="Standard", warm=100.0, frames=96, **SIZE)
DIFFUSION = Speed(
    work="draw", engine="latentsync", device="A | B", setting="Standard", warm=4.0, frames=16,
    gpu_mib=5000.0, batch=4, **SIZE,
)  # fmt: skip


@pytest.fixture
def notes(tmp_path):
    return NotesFile(tmp_path / "machine.json")


def test_what_is_kept_comes_back_beside_other_notes(notes):
    notes.write("something else", {"a": 1.0})
    keep_speeds(notes, [MOUTH, FACES])
    keep_speeds(notes, [MOVIE, DIFFUSION])
    found = known_speeds(notes)
    assert found[:3] == (MOUTH, FACES, MOVIE)
    assert found[3].device == "A / B"
    assert (found[3].batch, found[3].gpu_mib) == (4, 5000.0)
    assert notes.read("something else") == {"a": 1.0}
    notes.write("speed|new kind|of|a|later|program", {"warm": 1.0})
    assert known_speeds(notes) == found
    assert memory_needed("mouthbank", found) == (300.0, 0.0)


def test_a_job_is_forecast_part_by_part():
    part = Drawing(settings=RenderSettings(), frames=100, unseen=50, **SIZE)
    writing = Writing(encode=RenderSettings().encode, frames=100, **SIZE)
    told = forecast([part], writing, [MOUTH, FACES, MOVIE])
    assert told.analyse == pytest.approx(2.0)
    assert told.draw == pytest.approx(2.0 + 2.0)  # and the start
    assert told.write == pytest.approx(1.0)
    assert told.total == pytest.approx(7.0)
    several = forecast([part], writing, [MOUTH, FACES, MOVIE], devices=2)
    assert several.draw == pytest.approx(1.0 + 2.0)


def test_what_was_never_measured_is_not_known():
    part = Drawing(settings=RenderSettings(), frames=100, **SIZE)
    assert forecast([part], None, []).draw is None
    assert forecast([part], None, [MOUTH]).total == pytest.approx(4.0)
    encode = apply(RenderSettings(), {"encode.codec": "prores"}).encode
    other = Writing(encode=encode, frames=100, **SIZE)
    assert forecast([], other, [MOVIE]).write is None
    assert forecast([], None, []).total == 0


def test_other_levels_follow_from_the_passes_of_the_network():
    settings = apply(RenderSettings(), {"engine": "latentsync"})

    def seconds(level):
        part = Drawing(settings=mouth_levels.with_speed(settings, level), frames=100, **SIZE)
        return forecast([part], None, [DIFFUSION]).draw

    standard = seconds(mouth_levels.STANDARD)
    assert standard == pytest.approx(25.0)
    assert seconds(4) == pytest.approx(4.0 * standard, rel=0.15)
    assert seconds(0) < 0.5 * standard
    overlapped = apply(settings, {"latentsync.overlap": 4})
    part = Drawing(settings=overlapped, frames=100, **SIZE)
    assert forecast([part], None, [DIFFUSION]).draw == pytest.approx(standard * 16 / 12)
