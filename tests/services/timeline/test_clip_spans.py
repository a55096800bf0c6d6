"""States of a clip's frames, as the strip on the timeline shows them."""

import pytest
from msgspec.structs import replace

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.timeline.edits.slice import slice_at
from latentsync_studio.core.timeline.model import Override
from latentsync_studio.services.timeline.spans import clip_spans
from latentsync_studio.services.timeline.takes import TakeCache
from latentsync_studio.services.wiring import open_services
from tests.fakes.talking_clips import heads, sceneries, write_clip
from tests.services.timeline.conftest import FRAMES
from tests.services.timeline.projects import SEQUENCE, V1, clip, item_of, project, with_track


@pytest.fixture
def spans(home):
    with open_services(home) as services:
        takes = TakeCache(services)

        def found(project, name="c1"):
            got = clip_spans(project, SEQUENCE, name, services, takes, CallbackProgress())
            return [(s.state, s.frames.start, s.frames.stop) for s in got]

        yield found
        takes.clear()


def test_what_is_synthesized_is_ready(spans, plain):
    assert spans(plain) == [("ready", 0, FRAMES)]


def test_a_cut_leaves_both_parts_ready(spans, plain):
    cut = slice_at(plain, [V1], 40)
    names = [each.id for each in cut.sequences[0].tracks[0].clips]
    assert [spans(cut, name) for name in names] == [[("ready", 0, 40)], [("ready", 40, FRAMES)]]


def test_another_engine_setting_makes_all_stale_and_back_makes_it_ready(spans, plain):
    (one,) = plain.sequences[0].tracks[0].clips
    changed = replace(one, overrides=(Override(key="mouthbank.expression", value=1.3),))
    assert spans(with_track(plain, "V1", clips=(changed,))) == [("stale", 0, FRAMES)]
    assert spans(plain) == [("ready", 0, FRAMES)]


def test_a_clip_that_nothing_drives_has_no_spans(spans, plain):
    assert spans(with_track(plain, "A1", is_muted=True)) == []


def test_what_was_never_analysed_is_missing(services, plain):
    (span,) = clip_spans(plain, SEQUENCE, "c1", services, None, CallbackProgress())
    assert (span.state, len(span.frames)) == ("missing", FRAMES)
    assert span.text


def test_what_failed_says_why_until_it_works(home, plain, monkeypatch):
    from latentsync_studio.core.errors import StorageError
    from latentsync_studio.services.timeline import face_take, synthesize

    request = synthesize.SynthesisRequest(project=changed_voice(plain), sequence=SEQUENCE)
    with open_services(home) as services:

        def found():
            got = clip_spans(request.project, SEQUENCE, "c1", services, None, CallbackProgress())
            return [(span.state, span.text) for span in got]

        def broken(*_):
            raise StorageError("The disk went away.", remedy="Plug it in.")

        with monkeypatch.context() as patch:
            patch.setattr(face_take.FaceTake, "patches", broken)
            with pytest.raises(StorageError):
                synthesize.synthesize(request, services, CallbackProgress())
        assert ("failed", "The disk went away. Plug it in.") in found()
        synthesize.synthesize(request, services, CallbackProgress())
        assert {state for state, _ in found()} == {"ready"}


def changed_voice(project):
    """The same with another expression, so that all has to be drawn anew."""
    (one,) = project.sequences[0].tracks[0].clips
    changed = replace(one, overrides=(Override(key="mouthbank.expression", value=1.2),))
    return with_track(project, "V1", clips=(changed,))


def test_frames_without_a_face_pass_through_with_the_reason(services, talk, tmp_path):
    from latentsync_studio.services.timeline.synthesize import SynthesisRequest, synthesize

    pictures = [*heads(18), *sceneries(14)]
    half = item_of(write_clip(tmp_path / "half.mp4", pictures), 1)
    cut = project([half, talk[1]], {"V1": [clip(1, 1, 5, (0, 32))], "A1": [clip(2, 2, 0, (0, 60))]})
    synthesize(SynthesisRequest(project=cut, sequence=SEQUENCE), services, CallbackProgress())
    found = clip_spans(cut, SEQUENCE, "c1", services, None, CallbackProgress())
    assert [s.state for s in found] == ["ready", "passed"]
    assert found[0].frames.start == 5
    assert found[0].frames.stop == found[1].frames.start
    assert found[1].frames.stop == 37
    assert "face" in found[1].text
