"""A cut as a movie: fidelity, conforming, dissolves, sound, resume."""

import os
import signal
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from threading import Event

import av
import numpy as np
import pytest
from msgspec.structs import replace

from latentsync_studio.core.errors import Cancelled
from latentsync_studio.core.picture import Box
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.settings.pages import EncodeSettings, RenderSettings
from latentsync_studio.core.timeline.model import Dissolve, DissolveId
from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.imaging.pixels import window_rgb
from latentsync_studio.media.reader import FrameReader
from latentsync_studio.services.timeline.movie import MovieRequest, export_movie, movie_problems
from latentsync_studio.services.timeline.preview import FrameServer
from latentsync_studio.services.validate import ValidationError
from latentsync_studio.services.wiring import open_services
from tests.fakes.talking_clips import sceneries, write_clip
from tests.leaks import let_an_hour_pass
from tests.services.timeline.conftest import FRAMES
from tests.services.timeline.projects import SEQUENCE, clip, item_of, project, with_track

LOSSLESS = RenderSettings(encode=EncodeSettings(quality=0))


def lossless(project):
    return replace(project, settings=LOSSLESS)


@pytest.fixture
def export(home, tmp_path):
    """Export in the data folder where `plain` is synthesized."""
    with open_services(home) as services:

        def run(project, name="out.mp4", progress=None, finished=None, **more):
            request = MovieRequest(
                project=project, sequence=SEQUENCE, output=tmp_path / name, **more
            )
            return export_movie(request, services, progress or CallbackProgress(), finished)

        yield run


def planes(path):
    with FrameReader(Path(path)) as reader:
        return [picture.planes for picture in reader.frames()]


def rgb(picture):
    return window_rgb(picture, Box(x0=0, y0=0, x1=picture.width, y1=picture.height))


def sound(path):
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        facts = stream.rate, stream.channels, stream.codec_context.name
        blocks = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return facts, blocks


def test_outside_of_the_mask_every_pixel_is_the_decoded_source(export, plain, talk, tmp_path):
    report = export(lossless(plain))
    before, after = planes(talk[0].path), planes(tmp_path / "out.mp4")
    assert len(after) == len(before) == report.frames == report.patched_frames == FRAMES
    changed = np.stack([a[0] != b[0] for a, b in zip(after, before, strict=True)])
    assert changed.any(axis=(1, 2)).sum() > FRAMES * 0.9
    assert not changed[:, :90].any(), "the eyes and the hair are as decoded"
    assert changed.mean() < 0.25
    assert (report.engine_calls, report.windows_total) == (0, 7)
    assert report.passed_through == ()


def test_what_the_viewer_shows_is_what_is_exported(export, plain, home, tmp_path):
    export(lossless(plain))
    with open_services(home) as services:
        server = FrameServer(services, 2**27)
        shown = server.show(plain, SEQUENCE, 77, exact=True)
        server.close()
        other = FrameServer(services, 2**27)
        item = item_of(tmp_path / "out.mp4", 1)
        seen = other.show(
            project([item], {"V1": [clip(1, 1, 0, (0, 100))]}), SEQUENCE, 77, exact=True
        )
        other.close()
    assert np.array_equal(shown.result, seen.source)


def test_one_speech_is_delivered_at_its_own_rate_and_channels(export, plain, tmp_path):
    export(plain, "out.mov")
    (rate, channels, codec), blocks = sound(tmp_path / "out.mov")
    assert (rate, channels, codec) == (22_050, 1, "pcm_s16le")
    assert sum(block.shape[1] for block in blocks) == 98_784


def test_a_range_has_its_frames_and_its_samples(export, plain, talk, tmp_path):
    export(lossless(plain), "out.mov", frames=FrameRange(25, 50))
    assert len(planes(tmp_path / "out.mov")) == 25
    _, blocks = sound(tmp_path / "out.mov")
    heard = np.concatenate([block.reshape(-1) for block in blocks])
    import soundfile

    samples, _ = soundfile.read(talk[1].path, dtype="int16")
    assert np.array_equal(heard, samples[22_050 : 2 * 22_050])


def test_two_tracks_are_mixed_at_the_rate_of_the_sequence(export, plain, talk, tmp_path):
    both = project(
        talk,
        {
            "V1": [clip(1, 1, 0, (0, 50))],
            "A1": [clip(2, 2, 0, (0, 50))],
            "A2": [clip(3, 2, 20, (0, 30))],
        },
    )
    export(both, "out.mov")
    (rate, channels, codec), blocks = sound(tmp_path / "out.mov")
    assert (rate, channels, codec) == (48_000, 1, "pcm_f32le")
    assert sum(block.shape[1] for block in blocks) == 2 * 48_000


def test_a_gap_is_black_and_the_times_are_those_of_the_grid(export, talk, tmp_path):
    rate = FrameRate(30_000, 1001)
    cut = project(talk, {"V1": [clip(1, 1, 5, (0, 10))]}, rate=rate)
    export(lossless(cut))
    found = planes(tmp_path / "out.mp4")
    assert len(found) == 15
    assert {int(found[3][0].min()), int(found[3][0].max())} == {16}
    assert {int(found[3][1].max())} == {128}
    with FrameReader(tmp_path / "out.mp4") as reader:
        times = [Fraction(p) * reader.index.time_base for p in reader.index.pts]
        assert times == [Fraction(1001 * n, 30_000) for n in range(15)]
        assert (reader.video.width, reader.video.height) == (320, 320)
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert not container.streams.audio


def test_another_size_and_format_is_conformed(export, talk, tmp_path):
    small = item_of(
        write_clip(tmp_path / "small.mp4", sceneries(12, (160, 160)), pix_fmt="yuv444p"), 3
    )
    cut = project((*talk, small), {"V1": [clip(1, 1, 0, (0, 20)), clip(3, 3, 20, (0, 12))]})
    export(lossless(cut))
    with FrameReader(Path(small.path)) as reader, FrameReader(tmp_path / "out.mp4") as result:
        wanted = rgb(reader.read(5)).repeat(2, 0).repeat(2, 1).astype(int)
        assert np.abs(rgb(result.read(25)) - wanted).mean() < 4
        assert result.video.pixel_format == "yuv420p"
    found, source = planes(tmp_path / "out.mp4"), planes(talk[0].path)
    assert all(np.array_equal(a, b) for a, b in zip(found[7], source[7], strict=True))


def test_a_dissolve_mixes_both_pictures(export, talk, tmp_path):
    cut = project(talk, {"V1": [clip(1, 1, 0, (0, 20)), clip(3, 1, 20, (60, 80))]})
    dissolve = Dissolve(id=DissolveId("d5"), left="c1", right="c3", before=4, after=4)
    export(lossless(with_track(cut, "V1", dissolves=(dissolve,))))
    found, source = planes(tmp_path / "out.mp4"), planes(talk[0].path)
    assert np.array_equal(found[15][0], source[15][0])
    assert np.array_equal(found[24][0], source[64][0])
    share = 2.5 / 8
    mixed = (1 - share) * source[18][0] + share * source[58][0]
    assert np.abs(found[18][0] - mixed).max() <= 1


def test_what_is_missing_is_drawn_on_the_way_and_told(services, talk, tmp_path):
    tracks = {"V1": [clip(1, 1, 3, (40, 70))], "A1": [clip(2, 2, 0, (30, 80))]}
    cut = lossless(project(talk, tracks))
    request = MovieRequest(project=cut, sequence=SEQUENCE, output=tmp_path / "one.mp4")
    done = []
    first = export_movie(request, services, CallbackProgress(), done.append)
    assert first.engine_calls == first.windows_total == 3
    assert [each.frame for each in done] == list(range(3, 33))
    again = replace(request, output=tmp_path / "two.mp4")
    second = export_movie(again, services, CallbackProgress())
    assert (second.engine_calls, second.segments_reused) == (0, second.segments_total)
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()
    assert first.passed_through == ()
    assert first.patched_frames == 30


def test_stopped_and_begun_again_the_file_is_the_same(services, talk, tmp_path):
    tracks = {"V1": [clip(1, 1, 100, (0, 60))], "A1": [clip(2, 2, 100, (0, 60))]}
    request = MovieRequest(
        project=project(talk, tracks), sequence=SEQUENCE, output=tmp_path / "one.mp4"
    )
    stop = Event()

    def notice(report):
        if report.stage == "render" and report.done > 140:
            stop.set()

    with pytest.raises(Cancelled):
        export_movie(request, services, CallbackProgress(notice, stop))
    assert not request.output.exists()
    report = export_movie(request, services, CallbackProgress())
    assert report.segments_reused == 1
    assert report.engine_calls < report.windows_total
    with open_services(tmp_path / "elsewhere") as fresh:
        export_movie(replace(request, output=tmp_path / "two.mp4"), fresh, CallbackProgress())
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


KILLED = """
import os, signal, sys
from pathlib import Path
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.timeline.document import from_json
from latentsync_studio.services.timeline.movie import MovieRequest, export_movie
from latentsync_studio.services.wiring import open_services
document, output, home, at = sys.argv[1:]
def notice(report):
    if report.stage == "render" and report.done >= int(at):
        os.kill(os.getpid(), signal.SIGKILL)
with open_services(Path(home)) as services:
    project = from_json(Path(document).read_bytes())
    request = MovieRequest(project=project, sequence="s9", output=Path(output))
    export_movie(request, services, CallbackProgress(notice))
"""


@pytest.mark.slow
def test_killed_it_loses_at_most_what_was_in_flight(services, own_data_home, talk, tmp_path):
    from latentsync_studio.core.timeline.document import to_json

    tracks = {"V1": [clip(1, 1, 100, (0, 64))], "A1": [clip(2, 2, 100, (0, 64))]}
    cut = project(talk, tracks)
    (tmp_path / "cut.json").write_bytes(to_json(cut))
    words = [tmp_path / "cut.json", tmp_path / "one.mp4", own_data_home, 150]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, *map(str, words)],
        cwd=Path(__file__).parents[3],
        env=dict(os.environ),
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    let_an_hour_pass(own_data_home / "store")
    request = MovieRequest(project=cut, sequence=SEQUENCE, output=tmp_path / "one.mp4")
    report = export_movie(request, services, CallbackProgress())
    assert report.segments_reused == 1
    assert report.engine_calls <= 2
    assert not list(tmp_path.glob(".*part*"))


def test_all_problems_are_told_before_work_begins(services, plain, tmp_path):
    lost = replace(plain.media[0], path=str(tmp_path / "gone.mp4"))
    broken = replace(plain, media=(lost, plain.media[1]))
    request = MovieRequest(project=broken, sequence=SEQUENCE, output=tmp_path / "no" / "out.avi")
    told = " ".join(problem.message for problem in movie_problems(request, services))
    assert "gone.mp4" in told
    assert "does not end in" in told
    assert "does not exist" in told
    with pytest.raises(ValidationError):
        export_movie(request, services, CallbackProgress())
    beyond = MovieRequest(
        project=plain, sequence=SEQUENCE, output=tmp_path / "o.mp4", frames=FrameRange(0, 999)
    )
    assert "reaches beyond" in movie_problems(beyond, services)[0].message
    over = MovieRequest(
        project=plain, sequence=SEQUENCE, output=Path(plain.media[1].path).with_suffix(".wav")
    )
    assert movie_problems(over, services)
    assert movie_problems(replace(beyond, frames=None), services) == ()


def test_an_empty_sequence_is_refused(services, talk, tmp_path):
    request = MovieRequest(
        project=project(talk, {"V1": []}), sequence=SEQUENCE, output=tmp_path / "o.mp4"
    )
    assert "empty" in movie_problems(request, services)[0].message
