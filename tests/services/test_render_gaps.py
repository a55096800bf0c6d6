"""Where there is no face the picture passes through, and the report says where and why."""

import numpy as np
import pytest

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.services.prepare import prepared
from latentsync_studio.services.render import render
from latentsync_studio.services.request import RenderRequest
from tests.benchmarks.outside import LOSSLESS, differences
from tests.fakes.talking_clips import heads, sceneries, write_clip
from tests.services.conftest import cut_speech


def rendered(services, folder, pictures):
    """Render pictures with as much speech; report, differences and planned windows."""
    request = RenderRequest(
        video=write_clip(folder / "clip.mp4", pictures),
        audio=cut_speech(folder / "speech.wav", len(pictures) / 25),
        output=folder / "out.mp4",
        settings=LOSSLESS,
        measure=False,
    )
    report = render(request, services, CallbackProgress())
    found = list(differences(request, services))
    assert [d.outside for d in found] == [0] * len(pictures)
    with prepared(request, services, CallbackProgress()) as ready:
        windows = [(window.start, window.stop) for window in ready.windows]
    return report, found, windows


def changed(found):
    return [d.frame for d in found if d.inside]


@pytest.mark.slow
def test_a_clip_without_a_face_passes_through_and_says_so(services, tmp_path):
    report, found, windows = rendered(services, tmp_path, sceneries(20))
    assert changed(found) == windows == []
    assert report.patched_frames == report.engine_calls == report.windows_total == 0
    (told,) = report.passed_through
    assert (told.range, told.reason, told.text) == ((0, 20), "no_face", "no face was found")
    assert "No face was found; every frame passes through untouched." in report.notes


@pytest.mark.slow
def test_a_cut_to_a_picture_without_a_face_passes_through_and_splits_the_windows(
    services, tmp_path
):
    there = heads(36)
    report, found, windows = rendered(
        services, tmp_path, [*there[:20], *sceneries(20), *there[20:32]]
    )
    assert windows == [(0, 16), (16, 20), (40, 48), (48, 52)]
    assert report.windows_total == report.engine_calls == 4
    assert report.patched_frames == 32
    assert [(p.range, p.reason) for p in report.passed_through] == [((20, 40), "no_face")]
    assert not set(changed(found)) & set(range(20, 40))
    assert len(changed(found)) > 32 - 8


@pytest.mark.slow
def test_a_cut_to_the_same_person_splits_a_window_too(services, tmp_path):
    there = heads(36)
    elsewhere = [
        np.hstack([head[:, 40:], stripes[:, :40]])
        for head, stripes in zip(there[20:], sceneries(16), strict=True)
    ]
    darker = [(picture * 0.6).astype(np.uint8) for picture in elsewhere]
    report, found, windows = rendered(services, tmp_path, [*there[:20], *darker])
    assert windows == [(0, 16), (16, 20), (20, 32), (32, 36)]
    assert report.passed_through == ()
    assert len(changed(found)) > 36 - 8


@pytest.mark.slow
def test_a_face_that_leaves_is_redrawn_as_long_as_it_is_there(services, tmp_path):
    pictures = [_slid(head, 24 * max(0, k - 16)) for k, head in enumerate(heads(36))]
    report, found, _ = rendered(services, tmp_path, pictures)
    told = [(p.reason, p.range) for p in report.passed_through]
    assert [reason for reason, _ in told] == ["out_of_picture", "no_face"]
    (_, (left, gone)), (_, (absent, end)) = told
    assert gone == absent
    assert end == 36
    assert 16 <= left < gone <= 16 + 280 // 24
    assert report.patched_frames == left
    assert report.passed_through[0].numbers["outside_px"] > 0
    assert set(changed(found)) <= set(range(left))
    assert len(changed(found)) > left - 5


def _slid(picture, by):
    """The picture moved down by `by` px, its first row repeated above."""
    moved = np.concatenate([np.repeat(picture[:1], by, axis=0), picture])
    return moved[: len(picture)]
