"""The whole job on a small real face: what is kept, what is reused, what is told."""

from threading import Event

import av
import msgspec
import numpy as np
import pytest
import soundfile

from latentsync_studio.core.errors import Cancelled
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.render.budget import WorkBudget
from latentsync_studio.core.settings.pages import (
    ComposeSettings,
    EncodeSettings,
    MouthBankSettings,
    RenderSettings,
)
from latentsync_studio.media.reader import FrameReader
from latentsync_studio.services.render import render
from latentsync_studio.services.request import RenderRequest
from latentsync_studio.services.wiring import open_services

LOSSLESS = RenderSettings(encode=EncodeSettings(quality=0))


def run(services, tiny, output, **changes):
    request = RenderRequest(video=tiny[0], audio=tiny[1], output=output, **changes)
    return render(request, services, CallbackProgress())


def planes(path):
    with FrameReader(path) as reader:
        return [picture.planes for picture in reader.frames()]


def samples(path):
    with av.open(str(path)) as container:
        found = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return np.concatenate(found, axis=1)


@pytest.fixture(scope="module")
def rendered(tiny, tmp_path_factory):
    """One render without loss, and its report."""
    from latentsync_studio.services.wiring import open_services

    folder = tmp_path_factory.mktemp("rendered")
    with open_services(folder / "home") as services:
        report = run(services, tiny, folder / "out.mp4", settings=LOSSLESS)
    return folder, report


def test_the_result_has_the_frames_times_and_rate_of_the_source(tiny, rendered):
    folder, report = rendered
    with FrameReader(tiny[0]) as source, FrameReader(folder / "out.mp4") as result:
        assert result.index.n_frames == source.index.n_frames == report.frames == 64
        ours = [p * result.index.time_base for p in result.index.pts]
        theirs = [p * source.index.time_base for p in source.index.pts]
        assert [t - ours[0] for t in ours] == [t - theirs[0] for t in theirs]
        assert result.video.pixel_format == source.video.pixel_format


def test_the_mouth_moves_and_everything_else_is_identical_to_the_decoded_source(tiny, rendered):
    folder, report = rendered
    before, after = planes(tiny[0]), planes(folder / "out.mp4")
    changed = np.stack([a[0] != b[0] for a, b in zip(after, before, strict=True)])
    assert report.patched_frames == 64
    assert changed.any(axis=(1, 2)).sum() > 55
    assert not changed[:, :90].any(), "the eyes and the hair are as decoded"
    assert changed.mean() < 0.25


def test_the_speech_is_delivered_at_its_own_rate_and_channels(rendered):
    folder, _ = rendered
    with av.open(str(folder / "out.mp4")) as container:
        sound = container.streams.audio[0]
        assert (sound.rate, sound.channels) == (22_050, 1)


def test_the_mouth_follows_the_speech(rendered):
    _, report = rendered
    assert report.metrics.aperture_correlation > 0.4
    assert abs(report.metrics.lag_frames) <= 3
    assert report.engine_calls == report.windows_total == 4


def test_a_second_run_draws_and_encodes_nothing_and_gives_the_same_file(services, tiny, tmp_path):
    run(services, tiny, tmp_path / "one.mp4")
    again = run(services, tiny, tmp_path / "two.mp4")
    assert again.engine_calls == 0
    assert again.windows_reused == again.windows_total == 4
    assert again.segments_reused == again.segments_total
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


@pytest.mark.parametrize(
    "compose",
    [
        ComposeSettings(strength=0.5),
        ComposeSettings(lips=0.3),
        ComposeSettings(feather=4.0),
        ComposeSettings(color_match=1.0),
    ],
    ids=["strength", "lips", "feather", "color match"],
)
def test_compositing_settings_change_the_picture_without_the_engine(
    services, tiny, tmp_path, compose
):
    short = FrameRange(0, 16)
    run(services, tiny, tmp_path / "one.mp4", settings=LOSSLESS, frames=short, measure=False)
    changed = msgspec.structs.replace(LOSSLESS, compose=compose)
    report = run(
        services, tiny, tmp_path / "two.mp4", settings=changed, frames=short, measure=False
    )
    assert report.engine_calls == 0
    assert report.windows_reused == 1
    one, two = planes(tmp_path / "one.mp4"), planes(tmp_path / "two.mp4")
    assert any(not np.array_equal(a[0], b[0]) for a, b in zip(one, two, strict=True))


def test_an_engine_setting_draws_anew(services, tiny, tmp_path):
    short = FrameRange(0, 16)
    run(services, tiny, tmp_path / "one.mp4", frames=short)
    other = RenderSettings(mouthbank=MouthBankSettings(expression=0.6))
    assert run(services, tiny, tmp_path / "two.mp4", frames=short, settings=other).engine_calls == 1


def test_another_seed_is_another_take_and_the_same_seed_the_same(services, tiny, tmp_path):
    run(services, tiny, tmp_path / "one.mp4")
    other = RenderSettings(seed=9)
    assert run(services, tiny, tmp_path / "two.mp4", settings=other).engine_calls >= 1
    assert run(services, tiny, tmp_path / "two.mp4", settings=other).engine_calls == 0
    assert (tmp_path / "one.mp4").read_bytes() != (tmp_path / "two.mp4").read_bytes()


def test_a_changed_second_of_speech_draws_only_the_windows_that_it_reaches(services, tmp_path):
    from tests.services.conftest import cut_clip, cut_speech

    clip = cut_clip(tmp_path / "long.mp4", 186)
    speech = cut_speech(tmp_path / "speech.wav", 7.4)
    first = run(services, (clip, speech), tmp_path / "one.mp4", measure=False)
    sound, rate = soundfile.read(speech)
    sound[int(5.0 * rate) : int(6.0 * rate)] *= 0.02
    soundfile.write(speech, sound, rate, subtype="PCM_16")
    second = run(services, (clip, speech), tmp_path / "two.mp4", measure=False)
    assert first.engine_calls == first.windows_total == 12
    assert 1 <= second.engine_calls <= 8
    assert second.engine_calls + second.windows_reused == second.windows_total


def test_a_range_delivers_its_frames_with_its_sound_and_shares_the_windows(
    services, tiny, tmp_path
):
    run(services, tiny, tmp_path / "whole.mp4", settings=LOSSLESS)
    part = run(services, tiny, tmp_path / "part.mp4", settings=LOSSLESS, frames=FrameRange(20, 40))
    assert part.frames == 20
    assert part.engine_calls == 0
    whole, cut = planes(tmp_path / "whole.mp4"), planes(tmp_path / "part.mp4")
    assert all(np.array_equal(a[0], b[0]) for a, b in zip(whole[20:40], cut, strict=True))
    assert samples(tmp_path / "part.mp4").shape[1] == pytest.approx(20 / 25 * 22_050, abs=1100)


def test_fresh_ignores_what_is_stored(services, tiny, tmp_path):
    short = FrameRange(0, 16)
    run(services, tiny, tmp_path / "one.mp4", frames=short)
    again = run(services, tiny, tmp_path / "two.mp4", frames=short, fresh=True)
    assert again.engine_calls == 1
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


def test_a_damaged_stored_window_is_drawn_again(services, tiny, tmp_path):
    short = FrameRange(0, 16)
    run(services, tiny, tmp_path / "one.mp4", frames=short)
    for entry in services.store.root.rglob("*"):
        if entry.is_file() and entry.stat().st_size > 500 and "sqlite" not in entry.name:
            data = bytearray(entry.read_bytes())
            data[len(data) // 2] ^= 4
            entry.write_bytes(data)
    again = run(services, tiny, tmp_path / "two.mp4", frames=short)
    assert again.engine_calls == 1
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


def test_a_fresh_render_that_was_stopped_goes_on_with_its_own_windows(services, tiny, tmp_path):
    run(services, tiny, tmp_path / "one.mp4")
    stop = Event()

    def stop_soon(report):
        if report.stage == "render" and report.done >= 16:
            stop.set()

    request = RenderRequest(video=tiny[0], audio=tiny[1], output=tmp_path / "two.mp4", fresh=True)
    with pytest.raises(Cancelled):
        render(request, services, CallbackProgress(stop_soon, stop))
    again = render(request, services, CallbackProgress())
    assert 0 < again.windows_reused < again.windows_total
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()
    assert render(request, services, CallbackProgress()).windows_reused == 0


def test_a_damaged_clip_keeps_its_frames_and_the_damage_is_told(services, tiny, tmp_path):
    data = bytearray(tiny[0].read_bytes())
    start = data.index(b"mdat") + len(data) // 3
    data[start : start + 9000] = bytes(9000)
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(data)
    report = run(services, (damaged, tiny[1]), tmp_path / "out.mp4", measure=False)
    assert report.frames == 64
    assert any("damage" in note for note in report.notes)


@pytest.mark.slow
def test_a_small_budget_takes_longer_but_gives_the_same_movie(tiny, tmp_path):
    outputs = []
    for name, budget in (
        ("large", WorkBudget(workers=3)),
        ("small", WorkBudget(in_flight_bytes=1, seen_bytes=1, workers=1)),
    ):
        output = tmp_path / f"{name}.mp4"
        request = RenderRequest(video=tiny[0], audio=tiny[1], output=output, measure=False)
        with open_services(tmp_path / name, budget) as services:
            render(request, services, CallbackProgress())
        outputs.append(output.read_bytes())
    assert outputs[0] == outputs[1]
