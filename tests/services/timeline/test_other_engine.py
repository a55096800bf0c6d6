"""A project that names the diffusion engine: with its weights, and without them."""

from dataclasses import replace

import msgspec
import pytest
from msgspec.structs import replace as with_values

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.settings.fields import apply
from latentsync_studio.core.timeline.edits.takes import add_take
from latentsync_studio.core.weights import MissingWeightsError
from latentsync_studio.services import fleet, fleet_worker
from latentsync_studio.services.engines import EngineBook
from latentsync_studio.services.timeline.preview import FrameServer
from latentsync_studio.services.timeline.spans import clip_spans
from latentsync_studio.services.timeline.synthesize import SynthesisRequest, synthesize
from latentsync_studio.services.wiring import open_services
from latentsync_studio.storage.paths import HOME_VARIABLE
from tests.engines.latentsync.weight_files import write_tiny_set
from tests.services.timeline.conftest import FRAMES
from tests.services.timeline.projects import SEQUENCE

CLIP = "c1"
QUICK = {"engine": "latentsync", "latentsync.steps": 1, "latentsync.guidance": 1.0}


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return write_tiny_set(tmp_path_factory.mktemp("weights"))


@pytest.fixture
def diffused(plain):
    """`plain`, which is synthesized with the embedded engine, with the other engine."""
    return with_values(plain, settings=apply(plain.settings, QUICK))


@pytest.fixture
def services(home):
    with open_services(home) as opened:
        yield opened


def states(project, services):
    spans = clip_spans(project, SEQUENCE, CLIP, services, None, CallbackProgress())
    return [(span.state, span.frames.start, span.frames.stop) for span in spans], spans[0].text


def test_without_weights_its_clips_say_why_and_show_their_source(services, diffused):
    found, text = states(diffused, services)
    assert found == [("failed", 0, FRAMES)]
    assert "latentsync_unet.pt" in text
    server = FrameServer(services, 1 << 26)
    shown = server.show(diffused, SEQUENCE, 20, exact=True)
    server.close()
    assert shown.state == "failed"
    assert "models fetch" in shown.note
    assert shown.result is shown.source
    with pytest.raises(MissingWeightsError):
        synthesize(
            SynthesisRequest(project=diffused, sequence=SEQUENCE), services, CallbackProgress()
        )


def test_an_engine_that_nobody_knows_is_told_on_its_clips(services, plain):
    named = with_values(plain, settings=with_values(plain.settings, engine="holodeck"))
    found, text = states(named, services)
    assert found == [("failed", 0, FRAMES)]
    assert "holodeck" in text


@pytest.mark.slow
def test_another_engine_makes_all_stale_draws_what_is_asked_for_and_leaves_the_rest(
    services, plain, diffused, weights
):
    engines = EngineBook(services.store.root.parent, weights=weights)
    mine = replace(services, engines=engines)
    assert states(diffused, mine)[0] == [("stale", 0, FRAMES)]
    request = SynthesisRequest(project=diffused, sequence=SEQUENCE, frames=FrameRange(100, FRAMES))
    report = synthesize(request, mine, CallbackProgress())
    assert (report.engine, report.engine_calls, report.precision) == ("latentsync", 1, "fp32")
    assert report.weights.startswith("test weights")
    assert states(diffused, mine)[0] == [("stale", 0, 96), ("ready", 96, FRAMES)]
    assert states(plain, mine)[0] == [("ready", 0, FRAMES)]
    cheaper = apply(diffused.settings, {"latentsync.memory_limit": 3.0})
    limited = with_values(diffused, settings=cheaper)
    assert states(limited, mine)[0][-1] == ("ready", 96, FRAMES)


@pytest.fixture
def mixed(plain):
    """`plain` with a take of another engine on the last 16 frames."""
    return add_take(plain, CLIP, QUICK, FrameRange(96, FRAMES))


def test_a_take_whose_engine_cannot_run_here_fails_alone(services, mixed):
    spans = clip_spans(mixed, SEQUENCE, CLIP, services, None, CallbackProgress())
    assert [(span.state, span.frames.start) for span in spans] == [("ready", 0), ("failed", 96)]
    assert "latentsync_unet.pt" in spans[1].text
    server = FrameServer(services, 1 << 26)
    shown = [server.show(mixed, SEQUENCE, frame, exact=True) for frame in (95, 96)]
    server.close()
    assert [each.state for each in shown] == ["ready", "failed"]
    assert shown[1].result is shown[1].source
    with pytest.raises(MissingWeightsError):  # nothing is delivered without it
        synthesize(SynthesisRequest(project=mixed, sequence=SEQUENCE), services, CallbackProgress())


@pytest.mark.slow
def test_two_engines_draw_one_clip(services, mixed, diffused, weights):
    mine = replace(services, engines=EngineBook(services.store.root.parent, weights=weights))
    for project in (diffused, mixed):  # the same window of the same engine, drawn once
        request = SynthesisRequest(
            project=project, sequence=SEQUENCE, frames=FrameRange(90, FRAMES)
        )
        report = synthesize(request, mine, CallbackProgress())
    assert report.engine == "mouthbank; latentsync"
    assert report.engine_calls == 0
    assert states(mixed, mine)[0] == [("ready", 0, FRAMES)]
    server = FrameServer(mine, 1 << 26)
    drawn = [server.show(mixed, SEQUENCE, frame, exact=True).engine for frame in (95, 96)]
    server.close()
    assert drawn == ["mouthbank", "latentsync"]


class HereFleet(fleet.Fleet):
    """Children that do their shares in this process, one after the other; all else is the same."""

    def __enter__(self):
        for number, share in enumerate(self._shares):
            given = msgspec.json.decode(msgspec.json.encode(share), type=fleet.Share)
            fleet_worker._do(given, CallbackProgress(), lambda told, n=number: self._hear(n, told))
        return self

    def _hear(self, number, told):
        self._take(number, msgspec.json.decode(msgspec.json.encode(told), type=fleet.Told))


@pytest.mark.slow
def test_devices_share_a_clip_of_two_engines_and_tell_which_drew_on_what(
    services, mixed, weights, monkeypatch
):
    monkeypatch.setenv(HOME_VARIABLE, str(services.store.root.parent))
    monkeypatch.setattr(fleet, "Fleet", HereFleet)
    anew = with_values(mixed, settings=apply(mixed.settings, {"mouthbank.expression": 0.55}))
    request = SynthesisRequest(
        project=anew,
        sequence=SEQUENCE,
        frames=FrameRange(80, FRAMES),
        weights=weights,
        devices=("cpu", "cpu"),
    )
    mine = replace(services, engines=services.engines.chosen(weights, "cpu"))
    report = synthesize(request, services, CallbackProgress())
    assert report.engine == "mouthbank; latentsync"
    assert report.weights.startswith("test weights")
    assert report.engine_calls == 4, "two of each: the fades reach over the border"
    assert states(anew, mine)[0][-1] == ("ready", 80, FRAMES)
    assert synthesize(request, services, CallbackProgress()).engine_calls == 0
