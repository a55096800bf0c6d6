"""Spans that need somebody: where they lie, what is done about them, what stays accepted."""

from __future__ import annotations

import pytest
import shiboken6
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from latentsync_studio.core.mask.keyframes import values_at
from latentsync_studio.core.quality.curves import Figure
from latentsync_studio.core.quality.gate import Remedy
from latentsync_studio.core.quality.limits import Limits
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.edits.clips import override
from latentsync_studio.core.timeline.edits.curves import keys_of
from latentsync_studio.core.timeline.edits.move import move
from latentsync_studio.core.timeline.edits.tracks import switch_track
from latentsync_studio.core.timeline.edits.weakening import sharpen
from latentsync_studio.services.quality import sharpening
from latentsync_studio.services.quality.sharpening import Sharpening
from latentsync_studio.ui.quality.findings import Known
from latentsync_studio.ui.quality.panel import AttentionPanel
from latentsync_studio.ui.quality.remedies import Remedies
from tests.ui.quality.bench import measured
from tests.ui.timeline.scenes import A2, V1


@pytest.fixture
def panel(known, qtbot):
    made = AttentionPanel(known)
    known.actions.attach(made)
    made.resize(320, 460)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()
    shiboken6.delete(made)


@pytest.fixture
def remedies(known):
    return Remedies(known)


def clip_of(bench):
    return bench.session.sequence.tracks[0].clips[0]


def finding(bench, measure):
    return next(f for f in bench.quality.findings() if f.attention.measure == measure)


def test_findings_lie_where_the_clip_shows_them_and_move_with_it(known):
    blurred = finding(known, "sharpness")
    assert abs(blurred.placed.start - 60) <= 3
    assert blurred.frames == blurred.attention.frames
    known.store.edit("Move", lambda p: move(p, ["c21"], 50))
    assert finding(known, "sharpness").placed == blurred.placed.shifted(50)
    assert known.quality.laid()[0].shown == FrameRange(70, 270)


def test_the_list_counts_jumps_and_offers(panel, known):
    assert "3 spans need you" in panel.headline.text()
    row = panel.model.row_of("c21", finding(known, "flicker").attention.id)
    panel.view.setCurrentIndex(panel.model.index(row))
    QTest.keyClick(panel.view, Qt.Key.Key_Return)
    assert known.session.playhead == finding(known, "flicker").placed.start
    assert known.session.clips == {"c21"}
    labels = {button.text(): button for button in panel.buttons}
    assert labels["Another seed"].isEnabled()
    assert not labels["Longer overlap"].isEnabled()
    assert "mouthbank" in labels["Longer overlap"].toolTip()
    assert "Accept" in labels
    assert "needs you" in panel.model.index(row).data(Qt.ItemDataRole.AccessibleTextRole)


def test_accepting_is_one_undo_step_and_can_be_reconsidered(panel, known):
    panel.view.setCurrentIndex(panel.model.index(0))
    first = panel.chosen().attention.id
    QTest.keyClick(panel.view, Qt.Key.Key_Delete)
    assert clip_of(known).accepted == (first,)
    assert "2 spans need you" in panel.headline.text()
    panel.accepted.setChecked(True)
    panel.view.setCurrentIndex(panel.model.index(0))
    assert panel.chosen().is_accepted
    panel.toggle_accepted()
    assert clip_of(known).accepted == ()
    known.store.undo()
    known.store.undo()
    assert clip_of(known).accepted == ()
    assert len(known.quality.findings()) == 3


def test_keys_go_from_span_to_span(known):
    starts = sorted({f.placed.start for f in known.quality.findings()})
    known.actions.trigger("attention.next")
    assert known.session.playhead == starts[0]
    known.actions.trigger("attention.next")
    assert known.session.playhead == starts[1]
    known.actions.trigger("attention.previous")
    assert known.session.playhead == starts[0]
    known.actions.trigger("attention.previous")
    assert known.told[-1][1] == "No span beyond the playhead needs you."


def test_another_seed_is_a_take_of_the_span_that_is_drawn(remedies, known):
    flicker = finding(known, "flicker")
    remedies.apply(Remedy.OTHER_SEED, flicker)
    (take,) = clip_of(known).takes
    assert (take.frames, take.is_chosen, take.values["seed"]) == (flicker.frames, True, 1)
    drawn = FrameRange(flicker.placed.start - 4, flicker.placed.stop + 4)  # where it fades too
    assert known.jobs.asked == [(("c21",), drawn)]
    remedies.apply(Remedy.OTHER_SEED, finding(known, "flicker"))
    assert clip_of(known).takes[-1].values["seed"] == 2


def test_what_passes_through_shows_the_source_and_draws_nothing(remedies, known):
    blurred = finding(known, "sharpness")
    assert remedies.why_not(Remedy.RESTORE, blurred).startswith("Not in this version")
    remedies.apply(Remedy.LOWER_STRENGTH, blurred)
    middle = blurred.frames.start + 10
    assert values_at(keys_of(clip_of(known), "compose.strength"), [middle])[0] == 0.6
    remedies.apply(Remedy.PASS_THROUGH, finding(known, "sharpness"))
    assert values_at(keys_of(clip_of(known), "compose.strength"), [middle])[0] == 0.0
    assert "source is shown" in remedies.why_not(Remedy.PASS_THROUGH, finding(known, "sharpness"))
    assert known.jobs.asked == []


def test_a_soft_span_is_sharpened_in_one_step_and_draws_nothing(
    remedies, known, qtbot, monkeypatch
):
    blurred, before = finding(known, "sharpness"), known.store.project
    asked = []

    def solved(project, where, *_):
        asked.append((project, where[1:]))
        return Sharpening(0.5, 0.2, 0.62)

    monkeypatch.setattr(sharpening, "solve_sharpening", solved)
    remedies.apply(Remedy.SHARPEN, blurred)
    qtbot.waitUntil(lambda: known.store.project is not before)
    assert asked == [(before, ("c21", blurred.frames))]
    middle = blurred.frames.start + 10
    for key, half in (("compose.detail", 0.5), ("compose.sharpen", 1.0)):
        inside, outside = values_at(keys_of(clip_of(known), key), [middle, 1010])
        assert (inside, outside) == (half, 0.0)
    assert "50 %: from 0.20 to 0.62" in known.told[-1][1]
    assert known.jobs.asked == []
    known.store.undo()
    assert clip_of(known).curves == ()


def test_a_clip_that_changed_meanwhile_is_not_sharpened(remedies, known, qtbot, monkeypatch):
    blurred = finding(known, "sharpness")
    monkeypatch.setattr(
        sharpening, "solve_sharpening", lambda *_: Sharpening(0.5, 0.2, 0.62)
    )  # fmt: skip
    remedies.apply(Remedy.SHARPEN, blurred)
    known.store.edit("Move", lambda p: move(p, ["c21"], 50))
    qtbot.waitUntil(lambda: "changed meanwhile" in known.told[-1][1])
    assert clip_of(known).curves == ()


def test_why_a_span_cannot_be_sharpened_is_told(remedies, known, qtbot):
    blurred = finding(known, "sharpness")
    remedies.apply(Remedy.SHARPEN, blurred)
    qtbot.waitUntil(lambda: known.told[-1][0] == "error")  # its medium is not there
    known.store.edit("Sharpen", lambda p: sharpen(p, "c21", blurred.frames, 1.0))
    assert "as far as can be" in remedies.why_not(Remedy.SHARPEN, finding(known, "sharpness"))


def test_a_late_picture_is_shifted_by_what_was_measured(remedies, known):
    remedies.apply(Remedy.SYNC_OFFSET, finding(known, "lag_frames"))
    (lane,) = [track for track in known.session.sequence.tracks if track.id == A2]
    assert lane.speech.offset_ms == -120
    assert known.jobs.asked == [(("c21",), None)]


@pytest.mark.parametrize(("shifted", "is_possible"), [(0.5, True), (0.12, False)])
def test_a_mouth_is_shifted_only_where_it_follows_then(remedies, known, shifted, is_possible):
    figures = {
        "agreement": Figure(0.1, 0.3),
        "shifted_agreement": Figure(shifted, 0.3),
        "lag_frames": Figure(6.0, 0.0),
        "lag_ms": Figure(240.0, 0.0),
        "confidence": Figure(0.4, 0.4),
    }
    known.quality._known["c21"] = Known.of(measured(figures=figures), Limits())
    offers = {offer.remedy: offer for offer in remedies.offers(finding(known, "agreement"))}
    assert offers[Remedy.SYNC_OFFSET].is_possible is is_possible


def test_other_engines_and_locks_change_what_is_offered(remedies, known):
    known.store.edit("Engine", lambda p: override(p, ["c21"], "engine", "latentsync"))
    flicker = finding(known, "flicker")
    assert remedies.why_not(Remedy.CPU_ENGINE, flicker) == ""
    remedies.apply(Remedy.LONGER_OVERLAP, flicker)
    assert clip_of(known).takes[0].values["latentsync.overlap"] == 3
    remedies.apply(Remedy.CPU_ENGINE, finding(known, "flicker"))
    assert clip_of(known).takes[-1].values["engine"] == "mouthbank"
    known.store.edit("Lock", lambda p: switch_track(p, V1, locked=True))
    assert "locked" in remedies.why_not(Remedy.OTHER_SEED, finding(known, "flicker"))


def test_an_outdated_finding_says_so(panel, known):
    quality = known.quality
    held = quality.known_of("c21")
    quality._on_looked(({"c21": ("another",)}, {}))
    assert not quality.known_of("c21").is_current
    assert quality.known_of("c21").quality is held.quality
    assert quality.waiting + (quality.measuring is not None) == 1  # short: measured again unasked
    assert "before the last change" in panel.model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    quality.stop()


def test_a_job_has_the_machine_for_itself(known):
    quality, jobs = known.quality, known.jobs
    jobs.running = "j1"
    quality.measure(["c21"])
    assert quality.measuring is None
    assert quality.waiting == 1
    quality.stop()
    assert quality.waiting == 0


def test_without_anything_drawn_there_is_nothing_to_measure(known):
    known.spans.state = "missing"
    known.actions.trigger("clip.measure")
    assert known.told[-1][1] == "Nothing is synthesized yet that could be measured."
    assert known.quality.unmeasured() == ()


def test_another_limit_of_a_span_keeps_what_was_accepted(known):
    flicker = finding(known, "flicker")
    known.quality.accept(flicker)
    near = replace(flicker.attention, id="flicker:1101-1131")
    held = known.quality._known["c21"]
    attentions = tuple(near if a is flicker.attention else a for a in held.attentions)
    known.quality._known["c21"] = type(held)(
        quality=held.quality, attentions=attentions, unknown=(), limits=held.limits
    )
    assert finding(known, "flicker").is_accepted


def test_a_clip_whose_medium_is_gone_holds_nothing_up(bench, qtbot):
    bench.quality.look()
    qtbot.waitUntil(lambda: bench.quality.is_settled or bool(bench.quality.waiting), timeout=20000)
    bench.quality.stop()
    assert bench.quality.findings() == ()


def test_limits_are_the_project_s_and_change_in_single_undo_steps(panel, known, qtbot):
    panel.limits.click()
    dialog = panel.dialog
    assert set(dialog.form.editors) >= {"quality.flicker", "quality.shortest"}
    dialog.form.editors["quality.flicker"].edited.emit(20.0)
    assert known.store.project.settings.quality.flicker == 20.0
    assert dialog.form.resets["quality.flicker"].isEnabled()
    known.store.undo()
    assert known.store.project.settings.quality == Limits()
    assert dialog.form.editors["quality.flicker"].value() == Limits().flicker
    panel.limits.click()
    assert panel.dialog is dialog
    dialog.reject()
    assert panel.dialog is None


def test_what_cannot_be_done_here_is_offered_last(remedies, known):
    offers = remedies.offers(finding(known, "sharpness"))
    possible = [offer.is_possible for offer in offers]
    assert possible == sorted(possible, reverse=True)
    assert not all(possible)
