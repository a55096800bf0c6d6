"""Any two files, measured: a file against itself is ideal, and what was done to one is found."""

from __future__ import annotations

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.quality.gate import Limits, judge
from latentsync_studio.core.quality.measures import MEASURES
from latentsync_studio.services.quality.score import score_files
from latentsync_studio.services.wiring import open_services
from tests.services.conftest import cut_clip, cut_speech

FRAMES = 24


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """A clip, its speech, a data folder in which both are analysed, and a folder."""
    folder = tmp_path_factory.mktemp("score")
    clip = cut_clip(folder / "clip.mp4", FRAMES)
    return clip, cut_speech(folder / "speech.wav", FRAMES / 25), folder / "home", folder


def scored(scene, video, reference, audio=None):
    with open_services(scene[2]) as services:
        return score_files(video, reference, audio, services, CallbackProgress())


def changed(scene, name, change):
    """Write the clip anew with every picture changed by `change(rgb, number)`."""
    path = scene[3] / name
    with av.open(str(scene[0])) as source, av.open(str(path), "w") as target:
        stream = target.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 320, "yuv420p"
        stream.options = {"crf": "6", "preset": "veryfast"}
        for number, frame in enumerate(source.decode(video=0)):
            pixels = change(frame.to_ndarray(format="rgb24"), number)
            new = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            new.pts, new.time_base = number, Fraction(1, 25)
            target.mux(stream.encode(new))
        target.mux(stream.encode(None))
    return path


def mouth_mask(soft=6.0):
    mask = np.zeros((320, 320), np.float32)
    cv2.ellipse(mask, (160, 262), (62, 48), 0, 0, 360, 1.0, -1)
    return cv2.GaussianBlur(mask, (0, 0), soft)[..., None]


def test_a_file_against_itself_has_every_measure_at_its_ideal(scene):
    clip, speech, _, _ = scene
    found = scored(scene, clip, clip, speech)
    for each in MEASURES:
        if each.per == "frame" and each.id in found.curves and each.relative:
            curve = found.curves[each.id]
            judged = each.judged(curve.result, curve.source)
            np.testing.assert_allclose(judged[np.isfinite(judged)], each.ideal, atol=1e-6)
            assert np.isfinite(judged).mean() > 0.9, each.id
    assert np.isposinf(found.curve("outside_psnr").result).all()
    for figure in found.figures.values():
        np.testing.assert_equal(figure.result, figure.source)
    pictures = {a.measure for a in judge(found, Limits()).attentions}
    assert not pictures & {"sharpness", "seam_gradient", "seam_color", "flicker", "outside_psnr"}


def test_what_was_done_to_a_mouth_is_found(scene):
    clip, _, _, _ = scene
    mask = mouth_mask()

    def spoiled(rgb, number):
        soft = cv2.GaussianBlur(rgb, (0, 0), 2.5).astype(np.float32)
        light = 18.0 * (-1) ** number  # flickers
        return np.clip(rgb * (1 - mask) + (soft + light) * mask, 0, 255).astype(np.uint8)

    found = scored(scene, changed(scene, "spoiled.mp4", spoiled), clip)
    assert found.median("sharpness").result < 0.6 * found.median("sharpness").source
    assert found.median("flicker").result > 1.8 * found.median("flicker").source
    verdict = judge(found, Limits())
    assert not verdict.passed
    assert {"sharpness", "flicker"} <= {each.measure for each in verdict.attentions}


def test_a_drawn_edge_is_found(scene):
    clip, _, _, _ = scene
    hard = (mouth_mask() > 0.5).astype(np.float32)

    def edged(by):
        return lambda rgb, _: np.clip(rgb + by * hard, 0, 255).astype(np.uint8)

    plain = scored(scene, clip, clip)
    strong = scored(scene, changed(scene, "edged.mp4", edged(30.0)), clip)
    judged = strong.median("seam_gradient")
    assert judged.result > 1.6 * judged.source
    assert strong.median("seam_color").result > strong.median("seam_color").source + 3
    assert plain.median("seam_color").result == plain.median("seam_color").source
    assert {"seam_gradient", "seam_color"} <= {
        a.measure for a in judge(strong, Limits()).attentions
    }


def test_without_reference_and_sound_it_says_what_is_unknown(scene):
    clip, _, _, _ = scene
    found = scored(scene, clip, None)
    verdict = judge(found, Limits())
    assert {"sharpness", "seam_gradient", "flicker", "agreement"} <= set(verdict.unknown)
    assert any("no reference" in note for note in found.notes)
    assert any("no sound" in note for note in found.notes)
    assert np.isfinite(found.curve("sharpness").result).all()
    assert np.isnan(found.curve("sharpness").source).all()


def test_a_result_of_another_size_and_length_is_compared_where_it_can_be(scene):
    clip, speech, _, folder = scene
    small = folder / "small.mp4"
    with av.open(str(clip)) as source, av.open(str(small), "w") as target:
        stream = target.add_stream("libx264", rate=25)
        stream.width = stream.height = 240
        stream.pix_fmt = "yuv420p"
        for number, frame in enumerate(source.decode(video=0)):
            if number == FRAMES - 8:
                break
            new = frame.reformat(240, 240)
            new.pts, new.time_base = number, Fraction(1, 25)
            target.mux(stream.encode(new))
        target.mux(stream.encode(None))
    found = scored(scene, small, clip, speech)
    assert len(found.frames) == FRAMES - 8
    assert any(f"{FRAMES - 8} frames" in note for note in found.notes)
    assert any("240 x 240" in note for note in found.notes)
    assert "sharpness" not in found.curves
    mouth = found.curve("aperture")
    assert np.nanmedian(np.abs(mouth.result - mouth.source)) < 0.02
    assert np.nanmax(found.curve("flicker").result) < 3 * np.nanmax(found.curve("flicker").source)
