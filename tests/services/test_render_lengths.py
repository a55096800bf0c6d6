"""Speech and clip of different length; frame times, rates, turns and formats that are kept."""

from fractions import Fraction
from itertools import pairwise

import msgspec
import numpy as np
import pytest

from latentsync_studio.core.face.landmarks import OUT_RING, eye_distance
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.engines.face_mesh.stills import landmarks_of
from latentsync_studio.media.reader import FrameReader
from latentsync_studio.services.compose import compose_frame
from latentsync_studio.services.look import LookPlan
from latentsync_studio.services.prepare import prepared
from latentsync_studio.services.render import render
from latentsync_studio.services.request import PassedThrough, RenderRequest
from latentsync_studio.services.wiring import open_services
from tests.benchmarks.outside import LOSSLESS, compared, differences
from tests.fakes.talking_clips import heads, write_clip
from tests.media.frame_ids import uneven
from tests.services.conftest import cut_speech

FRAMES = 20
SHORT, LONG = 13, 33  # frames that speeches of 0.5 s and 1.3 s reach into, at 25 frames/s
FORTH = list(range(FRAMES))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with the clip, a shorter and a longer speech; the analysis is kept in `home`."""
    folder = tmp_path_factory.mktemp("lengths")
    write_clip(folder / "clip.mp4", heads(FRAMES))
    cut_speech(folder / "shorter.wav", 0.5)
    cut_speech(folder / "longer.wav", 1.3)
    return folder


def rendered(made, video, audio, output, **changes):
    """The report of a render without loss, and how each frame differs from the source."""
    request = RenderRequest(
        video=video,
        audio=audio,
        output=output,
        settings=msgspec.structs.replace(LOSSLESS, **changes),
        measure=False,
    )
    with open_services(made / "home") as services:
        report = render(request, services, CallbackProgress())
        found = list(differences(request, services))
    assert [d.outside for d in found] == [0] * report.frames
    return report, found


def seconds(path):
    """Start of every frame relative to the first, exact."""
    with FrameReader(path) as reader:
        times = [pts * reader.index.time_base for pts in reader.index.pts]
    return [time - times[0] for time in times]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("speech", "policy", "expected"),
    [
        ("shorter", "cut", FORTH[:SHORT]),
        ("shorter", "hold", FORTH[:SHORT]),
        ("shorter", "loop", FORTH[:SHORT]),
        ("shorter", "bounce", FORTH[:SHORT]),
        ("shorter", "tail", FORTH),
        ("longer", "cut", FORTH),
        ("longer", "hold", FORTH + [FRAMES - 1] * (LONG - FRAMES)),
        ("longer", "loop", FORTH + FORTH[: LONG - FRAMES]),
        ("longer", "bounce", FORTH + FORTH[-2 : -2 - (LONG - FRAMES) : -1]),
        ("longer", "tail", FORTH),
    ],
)
def test_a_length_policy_shows_its_frames_untouched_outside_of_the_mouth(
    made, tmp_path, speech, policy, expected
):
    output = tmp_path / "out.mp4"
    report, found = rendered(
        made, made / "clip.mp4", made / f"{speech}.wav", output, length_policy=policy
    )
    assert [d.source for d in found] == expected
    assert seconds(output) == [Fraction(k, 25) for k in range(len(expected))]
    spoken = SHORT if speech == "shorter" else len(expected)
    assert report.patched_frames == spoken
    assert sum(d.inside > 0 for d in found[:spoken]) >= spoken - 4
    assert not any(d.inside or d.drawn for d in found[spoken:])
    silent = (spoken, len(expected))
    told = PassedThrough(range=silent, reason="no_speech", numbers={}, text="the speech has ended")
    assert report.passed_through == ((told,) if silent[0] < silent[1] else ())
    differ = "longer than the speech" if speech == "shorter" else "longer than the clip"
    assert differ in report.notes[0]


@pytest.mark.slow
def test_a_clip_of_uneven_frame_times_keeps_them(made, tmp_path):
    clip = write_clip(tmp_path / "vfr.mp4", heads(FRAMES), times=uneven(3, FRAMES))
    report, found = rendered(made, clip, made / "longer.wav", tmp_path / "out.mp4")
    assert report.frames == FRAMES
    assert sum(d.inside > 0 for d in found) > FRAMES - 5
    times = seconds(tmp_path / "out.mp4")
    assert times == seconds(clip) == [Fraction(t, 90000) for t in uneven(3, FRAMES)]
    assert len({b - a for a, b in pairwise(times)}) > 2


@pytest.mark.slow
def test_a_clip_of_29_97_frames_a_second_keeps_its_rate_exactly(made, tmp_path):
    rate = Fraction(30000, 1001)
    clip = write_clip(tmp_path / "ntsc.mp4", heads(FRAMES), rate=rate)
    report, _ = rendered(made, clip, made / "longer.wav", tmp_path / "out.mp4")
    with FrameReader(tmp_path / "out.mp4") as result:
        assert result.video.rate == rate
        assert not result.video.variable_rate
    assert seconds(tmp_path / "out.mp4") == [k / rate for k in range(FRAMES)]
    assert report.rate == pytest.approx(float(rate))


@pytest.mark.slow
@pytest.mark.parametrize("turn", [90, 270])
def test_a_turned_clip_stays_turned_and_its_mouth_moves_where_it_is_seen(made, tmp_path, turn):
    clip = write_clip(tmp_path / "turned.mp4", [h[:, 20:260] for h in heads(FRAMES)], turn=turn)
    report, found = rendered(made, clip, made / "longer.wav", tmp_path / "out.mp4")
    with FrameReader(clip) as source, FrameReader(tmp_path / "out.mp4") as result:
        assert result.video.rotation == source.video.rotation == turn
        assert (result.video.width, result.video.height) == (240, 280)
        assert (result.video.coded_width, result.video.coded_height) == (280, 240)
    assert (report.width, report.height) == (240, 280)
    points = landmarks_of(heads(FRAMES)[0][:, 20:260])
    centers = np.array([d.center for d in found if d.inside])
    away = np.abs(centers.mean(axis=0) - points[OUT_RING, :2].mean(axis=0))
    assert len(centers) > FRAMES - 5
    assert away.max() < 0.35 * float(eye_distance(points))


@pytest.fixture(scope="module")
def deep(made):
    """A clip of 10 bits and 4:2:2, and what is asked of it."""
    return RenderRequest(
        video=write_clip(made / "deep.mp4", heads(FRAMES), pix_fmt="yuv422p10le"),
        audio=made / "longer.wav",
        output=made / "deep out.mp4",
        settings=LOSSLESS,
        measure=False,
    )


@pytest.mark.slow
def test_ten_bits_and_422_are_kept_and_composed_untouched_outside_of_the_mouth(deep, services):
    render(deep, services, CallbackProgress())
    with FrameReader(deep.video) as source, FrameReader(deep.output) as result:
        assert result.video.pixel_format == "yuv422p10le"
        assert result.video.format == source.video.format
        assert result.video.tags == source.video.tags
    with prepared(deep, services, CallbackProgress()) as ready:
        window = ready.windows[0]
        shown = [ready.reader.read(frame) for frame in window]
        patches = ready.session.synthesize(window, shown, CallbackProgress())
        plan = LookPlan(compose=deep.settings.compose)
        found = [
            compared(
                patch.frame,
                picture,
                compose_frame(picture, patch, ready.face, plan.at(0, ready.face, picture.index)),
                patch,
            )
            for picture, patch in zip(shown, patches, strict=True)
        ]
    assert [d.outside for d in found] == [0] * 16
    assert sum(d.inside > 0 for d in found) > 12


@pytest.mark.slow
def test_quality_0_is_lossless_for_ten_bits_too(deep, services):
    render(deep, services, CallbackProgress())
    assert sum(d.outside for d in differences(deep, services)) == 0
