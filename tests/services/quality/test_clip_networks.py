"""A clip of a timeline measured with networks: both films in one walk, kept with the rest."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.quality.curves import Figure
from latentsync_studio.services.quality import clip_networks
from latentsync_studio.services.quality.of_clip import kept_quality, measure_clip
from latentsync_studio.services.quality.weighted import GROUPS, Wanted, Weighted
from latentsync_studio.services.timeline.takes import TakeCache
from latentsync_studio.services.wiring import open_services
from tests.services.quality.test_measured_clips import FRAMES, drawn
from tests.services.quality.test_weighted_figures import published, weights
from tests.services.timeline.projects import SEQUENCE

__all__ = ["drawn", "published", "weights"]

ALL = Wanted.of(GROUPS)


def measured(made, home, wanted=None):
    with open_services(home) as services:
        name = made.sequences[0].tracks[0].clips[0].id
        where = (made, SEQUENCE, name, services, TakeCache(services), CallbackProgress())
        return measure_clip(*where, wanted=wanted), kept_quality(*where)


def looked_at(monkeypatch, figures):
    """Let nothing but the networks be replaced: what they are shown is returned."""
    sides = []

    def look(result, source, wanted, progress):
        count = len(result.starts)
        results, sources = (side.frames.frames(0, count) for side in (result, source))
        same = [next(results) is next(sources) for _ in range(count)]
        sides.append((result, source, wanted.groups, same))
        return Weighted(figures=figures)

    monkeypatch.setattr(clip_networks, "weighted_figures", look)
    return sides


def test_networks_see_both_films_frame_by_frame_with_their_own_sounds(drawn, monkeypatch):
    made, home = drawn
    sides = looked_at(monkeypatch, {"lpips": Figure(0.1, 0.2)})
    found, kept = measured(made, home, Wanted.of(["lpips,identity"]))
    [(result, source, groups, same)] = sides
    assert groups == ("lpips", "identity")
    assert len(same) == FRAMES
    assert not any(same[4:-4]), "the composed picture is another one"
    assert result.starts[1] - result.starts[0] == pytest.approx(1 / 25)
    assert result.end_s == FRAMES / 25
    assert result.face.present.shape == (FRAMES,)
    assert len(result.pcm) == pytest.approx(FRAMES / 25 * 16_000, abs=700)
    assert np.abs(result.pcm).max() > 0.01
    assert source.pcm is None, "the clip itself is silent"
    assert found.figure("lpips") == kept.figure("lpips") == Figure(0.1, 0.2)
    measured(made, home, ALL)
    assert sides[-1][2] == ("lse", "identity"), "what is known is not measured again"


def test_a_network_without_weights_says_so_and_leaves_the_rest(drawn, own_data_home):
    made, home = drawn
    found, kept = measured(made, home, Wanted.of(["lse"]))
    [note] = [note for note in found.notes if note.startswith("Not measured (lse)")]
    assert "syncnet_v2.model is missing" in note
    assert np.isfinite(found.figure("agreement").result)
    assert kept.notes == ()


def test_what_is_not_drawn_is_not_judged_by_networks(drawn, tmp_path):
    made, home = drawn
    other = replace(made, settings=replace(made.settings, seed=77))
    found, _ = measured(other, home, ALL)
    assert len([note for note in found.notes if "not synthesized yet" in note]) == 4


@pytest.mark.slow
def test_real_networks_measure_a_clip(drawn, published):
    made, home = drawn
    soft = replace(
        made, settings=replace(made.settings, compose=replace(made.settings.compose, lips=0.9))
    )
    found, kept = measured(soft, home, Wanted.of(["lpips", "identity"], published))
    assert found.notes == ()
    assert 0 < found.figure("lpips").result < 1
    assert found.figure("face_identity").result == pytest.approx(1, abs=0.3)
    assert kept.figure("lpips") == found.figure("lpips")
