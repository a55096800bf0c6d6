"""A mouth that was drawn too soft is sharpened as far as its limit asks, and nothing is drawn."""

from __future__ import annotations

from dataclasses import replace as replace_in

import cv2
import numpy as np
import pytest
from msgspec.structs import replace

from latentsync_studio.core.errors import NothingToDoError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.quality.gate import Limits, judge
from latentsync_studio.core.timeline.edits.weakening import sharpen
from latentsync_studio.engines.mouthbank.session import MouthBankSession
from latentsync_studio.services.quality.of_clip import measure_clip
from latentsync_studio.services.quality.sharpening import MARGIN, solve_sharpening
from latentsync_studio.services.timeline.synthesize import SynthesisRequest, synthesize
from latentsync_studio.services.timeline.takes import TakeCache
from latentsync_studio.services.wiring import open_services
from tests.services.conftest import cut_clip, cut_speech
from tests.services.timeline.projects import SEQUENCE, clip, item_of, project

FRAMES = 24
SOFT = 0.9  # px


@pytest.fixture(scope="module")
def soft(tmp_path_factory):
    """(project, data folder): a clip of which all is drawn, by an engine that draws blurred."""
    folder = tmp_path_factory.mktemp("soft")
    media = (
        item_of(cut_clip(folder / "talk.mp4", FRAMES), 1),
        item_of(cut_speech(folder / "speech.wav", FRAMES / 25), 2),
    )
    made = project(media, {"V1": [clip(1, 1, 0, (0, FRAMES))], "A1": [clip(2, 2, 0, (0, FRAMES))]})
    draw = MouthBankSession.synthesize

    def blurred(self, *args):
        found = draw(self, *args)
        return tuple(
            replace_in(each, pixels=cv2.GaussianBlur(each.pixels, (0, 0), SOFT)) for each in found
        )

    with pytest.MonkeyPatch.context() as patched, open_services(folder / "home") as services:
        patched.setattr(MouthBankSession, "synthesize", blurred)
        synthesize(SynthesisRequest(project=made, sequence=SEQUENCE), services, CallbackProgress())
    return made, folder / "home"


@pytest.fixture
def no_engine(monkeypatch):
    """Whoever asks the engine to draw fails."""

    def never(*_):
        raise AssertionError("The engine was asked to draw.")

    monkeypatch.setattr(MouthBankSession, "synthesize", never)


def asked(made, home, ask):
    with open_services(home) as services:
        takes = TakeCache(services)
        try:
            name = made.sequences[0].tracks[0].clips[0].id
            return ask(name, services, takes)
        finally:
            takes.clear()


def measured(made, home):
    return asked(
        made,
        home,
        lambda name, services, takes: measure_clip(
            made, SEQUENCE, name, services, takes, CallbackProgress()
        ),
    )


def solved(made, home, frames):
    return asked(
        made,
        home,
        lambda name, services, takes: solve_sharpening(
            made, (SEQUENCE, name, frames), services, takes, CallbackProgress()
        ),
    )


def soft_spans(quality, limit):
    found = judge(quality, Limits(sharpness=limit)).attentions
    return [each for each in found if each.measure == "sharpness"]


@pytest.mark.slow
@pytest.mark.usefixtures("no_engine")
def test_a_soft_mouth_fails_the_gate_and_passes_once_it_is_sharpened(soft):
    made, home = soft
    (span,) = soft_spans(measured(made, home), Limits().sharpness)
    found = solved(made, home, span.frames)
    assert 0 < found.amount < 1
    assert found.before < Limits().sharpness <= found.after / MARGIN
    name = made.sequences[0].tracks[0].clips[0].id
    sharpened = sharpen(made, name, span.frames, found.amount)
    quality = measured(sharpened, home)
    assert soft_spans(quality, Limits().sharpness) == []
    less = sharpen(made, name, span.frames, found.amount / 2)
    assert soft_spans(measured(less, home), Limits().sharpness)  # no further than it has to be
    assert np.isposinf(np.nanmin(quality.curve("outside_psnr").result))


@pytest.mark.usefixtures("no_engine")
def test_what_no_sharpening_reaches_is_told_with_both_numbers(soft):
    made, home = soft
    limit = replace(made.settings.quality, sharpness=1.9)
    strict = replace(made, settings=replace(made.settings, quality=limit))
    (span,) = soft_spans(measured(strict, home), 1.9)
    with pytest.raises(
        NothingToDoError, match=r"The most sharpening comes to .* 1\.9 is the limit"
    ):
        solved(strict, home, span.frames)


@pytest.mark.usefixtures("no_engine")
def test_what_is_sharp_enough_is_left_alone(soft):
    made, home = soft
    limit = replace(made.settings.quality, sharpness=0.1)
    lenient = replace(made, settings=replace(made.settings, quality=limit))
    with pytest.raises(NothingToDoError, match=r"already; 0\.1 is asked for"):
        solved(lenient, home, made.sequences[0].tracks[0].clips[0].source)


@pytest.mark.slow
def test_what_is_not_drawn_cannot_be_sharpened(soft, tmp_path):
    made, _ = soft
    with pytest.raises(NothingToDoError, match="Nothing of this span is synthesized"):
        solved(made, tmp_path / "empty", made.sequences[0].tracks[0].clips[0].source)
