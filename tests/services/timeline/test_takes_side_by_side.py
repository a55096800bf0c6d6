"""Takes listed with their states and measures, made, drawn and compared blindly."""

import numpy as np
import pytest
from msgspec.structs import replace

from latentsync_studio.core.errors import InputError, InvalidEditError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.settings.presets import Preset
from latentsync_studio.core.timeline.edits.ballots import add_ballots
from latentsync_studio.core.timeline.edits.takes import add_take, choose_take
from latentsync_studio.core.timeline.edits.tracks import switch_track
from latentsync_studio.core.timeline.model import ClipId, Override, TakeId
from latentsync_studio.services.takes.blind import blind_session, shown_source
from latentsync_studio.services.takes.listing import list_takes
from latentsync_studio.services.takes.making import (
    add_seeded_take,
    clip_of,
    synthesis_of,
    values_of_preset,
)
from latentsync_studio.services.takes.measuring import kept_measures, measure_take
from latentsync_studio.services.takes.naming import (
    TakeRef,
    alone,
    placed_span,
    refs_of,
    shown_take,
    source_of,
    span_at,
    spans_of,
)
from latentsync_studio.services.timeline.preview import FrameServer
from latentsync_studio.services.timeline.synthesize import synthesize
from latentsync_studio.services.timeline.takes import TakeCache, placed
from latentsync_studio.services.wiring import open_services
from tests.services.timeline.projects import SEQUENCE, V1, with_track

SPAN = FrameRange(40, 72)
CLIP = ClipId("c1")


@pytest.fixture
def desk(home):
    """Return opened services and takes."""
    with open_services(home) as services:
        takes = TakeCache(services)
        yield services, takes
        takes.clear()


@pytest.fixture(scope="module")
def several(plain):
    """Return the project with two takes of SPAN, the first one chosen."""
    made = add_take(plain, CLIP, {"mouthbank.expression": 1.35}, SPAN, name="wide", preset="strong")
    return add_take(made, CLIP, {"mouthbank.expression": 0.4}, SPAN, name="small", chosen=False)


@pytest.fixture(scope="module")
def drawn(home, several):
    """Draw the wide take; measure it and the clip's own."""
    own, wide, _ = refs(several)
    with open_services(home) as services:
        takes, progress = TakeCache(services), CallbackProgress()
        [request] = synthesis_of(several, [wide])
        report = synthesize(request, services, progress, takes=takes)
        measured = [measure_take(several, ref, services, takes, progress) for ref in (own, wide)]
        takes.clear()
    return request, report, measured


def refs(project):
    """The clip's own settings, and its takes."""
    return refs_of(project, SEQUENCE, CLIP, SPAN)


def chosen(project):
    return [take.is_chosen for take in clip_of(project, SEQUENCE, CLIP).takes]


def listed(desk, project, *, measured=False):
    services, takes = desk
    kept = kept_measures(services, takes, CallbackProgress()) if measured else None
    return list_takes(project, (SEQUENCE, CLIP, SPAN), services, takes, CallbackProgress(), kept)


def test_takes_are_listed_with_what_is_drawn_of_them(drawn, desk, several):
    request, report, _ = drawn
    assert request.frames == FrameRange(36, 76), "with the frames in which it fades"
    assert report.engine_calls == 3  # windows at 32, 48 and 64
    found = listed(desk, several)
    assert [row.name for row in found.rows] == ["Own settings", "wide", "small"]
    assert [row.state for row in found.rows] == ["ready", "ready", "missing"]
    assert [row.is_chosen for row in found.rows] == [False, True, False]
    assert [(row.drawn, row.wanted) for row in found.rows] == [(32, 32), (32, 32), (0, 32)]
    assert found.rows[1].differs == (("Expression", "1", "1.35"),)
    assert (found.rows[1].preset, found.rows[1].engine) == ("strong", "mouthbank")
    assert [standing.rank for standing in found.measures.standings] == [0, 0, 0]
    assert found.ranked() == found.rows


def test_measures_are_of_the_span_alone_and_rank_takes_with_reasons(drawn, desk, several):
    _, _, (own, wide) = drawn
    assert len(own.frames) == len(wide.frames) == len(SPAN)
    apertures = [np.nanmean(each.curve("aperture").result) for each in (own, wide)]
    assert apertures[0] < apertures[1]
    found = listed(desk, several, measured=True)
    first, second, third = found.measures.standings
    assert {first.rank, second.rank} <= {1, 2}
    assert third.rank == 0
    assert "Beside wide:" in first.text or "No different from wide" in first.text
    assert found.ranked()[-1].name == "small"
    assert {row.measure for row in found.measures.rows} >= {"aperture", "sharpness", "flicker"}


def test_a_take_of_another_span_is_not_compared(desk, several):
    made = add_take(several, CLIP, {"seed": 9}, FrameRange(60, 100), chosen=False, name="later")
    assert "later" not in [row.name for row in listed(desk, made).rows]
    clip = clip_of(made, SEQUENCE, CLIP)
    assert spans_of(clip) == (SPAN, FrameRange(60, 100))
    assert span_at(clip, 65) == SPAN
    assert span_at(clip, 10) is None


def test_the_source_of_a_span_is_shown_by_a_document_in_which_nobody_drives_the_clip(several):
    own, wide, _ = refs(several)
    source = source_of(wide)
    assert TakeRef.of(source.text()) == source
    shown = shown_take(several, source)
    assert shown.frames == SPAN
    assert all(track.speech is None for track in shown.project.sequences[0].tracks)
    session = blind_session(several, [own, source], seed=1)
    session.decide("left")
    [vote] = session.ballot().votes
    assert {vote.left, vote.right} == {"Own settings", "Source"}


def test_two_takes_look_different_and_the_source_as_it_was_filmed(drawn, desk, several):
    services, takes = desk
    server = FrameServer(services, 2**26, takes)
    own, wide, _ = refs(several)
    seen = [
        server.show(shown_take(several, ref).project, SEQUENCE, 60, exact=True)
        for ref in (own, wide, source_of(wide))
    ]
    assert not np.array_equal(seen[0].result, seen[1].result)
    assert np.array_equal(seen[2].result, seen[1].source)
    server.close()


def test_settings_of_a_newer_program_spoil_only_their_own_take(desk, several):
    clip = clip_of(several, SEQUENCE, CLIP)
    strange = replace(clip.takes[1], overrides=(Override(key="mouthbank.glow", value=1),))
    made = with_track(several, "V1", clips=(replace(clip, takes=(clip.takes[0], strange)),))
    rows = listed(desk, made).rows
    assert rows[2].state == "failed"
    assert "glow" in rows[2].note
    assert rows[1].state == "ready"


def test_a_document_for_one_take_leaves_the_other_as_it_is(several):
    own, wide, small = refs(several)
    locked = switch_track(several, V1, locked=True)
    shown = shown_take(locked, small)
    assert shown.frames == SPAN
    assert chosen(shown.project) == [False, True]
    assert chosen(locked) == [True, False]
    assert chosen(shown_take(several, own).project) == [False, False]
    cut = alone(locked, wide)
    _, _, clip = placed(cut.project, SEQUENCE, CLIP)
    assert (clip.source, clip.placed) == (SPAN, SPAN)
    with pytest.raises(InvalidEditError, match="nothing of frames"):
        placed_span(clip, FrameRange(0, 10))
    with pytest.raises(InvalidEditError, match="is a take of frames"):
        shown_take(several, TakeRef(SEQUENCE, CLIP, wide.take, FrameRange(0, 50)))


def test_a_reference_to_a_take_survives_as_text_and_nothing_else_does():
    ref = TakeRef(SEQUENCE, CLIP, TakeId("v7"), SPAN)
    assert TakeRef.of(ref.text()) == ref
    for text in ("", "{}", '{"sequence":"s","clip":"c","take":"v","frames":{"start":3,"stop":1}}'):
        with pytest.raises(InputError, match="names no take"):
            TakeRef.of(text)


def test_takes_are_made_of_presets_and_with_new_seeds(several):
    settings = {"mouthbank.expression": 1.2, "encode.quality": 9, "glow": 1, "compose.lips": 0.5}
    preset = Preset(name="p", engine="mouthbank", settings=settings)
    values, skipped = values_of_preset(preset)
    assert values == {"engine": "mouthbank", "mouthbank.expression": 1.2, "compose.lips": 0.5}
    assert skipped == ("encode.quality", "glow")
    made = several
    for expected in (1, 2):
        clip = clip_of(made, SEQUENCE, CLIP)
        made = add_seeded_take(made, clip, SPAN, like=refs(made)[1])
        new = clip_of(made, SEQUENCE, CLIP).takes[-1]
        assert new.values["seed"] == expected
        assert new.values["mouthbank.expression"] == 1.35
        assert new.is_chosen
        assert new.preset == "strong"


def test_takes_are_compared_blindly_and_the_votes_kept(several):
    session = blind_session(several, refs(several), seed=4, voter="me")
    seen = 0
    while (trial := session.current) is not None:
        seen += 1
        left, right = (shown_source(several, source) for source in (trial.left, trial.right))
        assert left.frames == right.frames == SPAN
        assert left.project.sequences != right.project.sequences
        session.decide("left", 1.0)
    assert seen == 3
    kept = add_ballots(several, [session.ballot()])
    votes = kept.ballots[0].votes
    assert {vote.item for vote in votes} == {"c1 00:00:01:15"}
    assert {name for vote in votes for name in (vote.left, vote.right)} == {
        "Own settings",
        "wide",
        "small",
    }
    same = add_take(choose_take(several, CLIP, refs(several)[2].take), CLIP, {}, SPAN, name="wide")
    with pytest.raises(InputError, match="same name"):
        blind_session(same, refs(same), seed=1)
