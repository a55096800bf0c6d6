"""What is known of the quality of what a job made, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import QCoreApplication

from latentsync_studio.core.quality.gate import watched_closures
from latentsync_studio.core.quality.measures import measure
from latentsync_studio.ui.jobs.words import DOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.core.quality.curves import ClipQuality
    from latentsync_studio.services.quality.of_job import JobQuality


_NO_LAG: Final = 0.25  # frames


def tr(text: str, n: int = -1) -> str:
    """A text of the jobs in the user's language."""
    return QCoreApplication.translate("Jobs", text, None, n)


def line_of(found: JobQuality) -> str:
    """One line: figures, of several clips those of the worst, and how many spans need somebody."""
    worst = found.worst
    if worst is None:
        return ""
    figures = list(figures_of(worst.quality))
    if len(found.parts) > 1 and figures:
        figures[0] = tr("worst of %n clip(s), {0}: {1}", len(found.parts)).format(
            worst.name, figures[0]
        )
    return f" {DOT} ".join([*figures, needy_words(found), *unmeasured_words(found)])


def needy_words(found: JobQuality) -> str:
    """How many spans need somebody."""
    if not found.needy:
        return tr("no span needs you")
    return (
        tr("1 span needs you") if found.needy == 1 else tr("{0} spans need you").format(found.needy)
    )


def unmeasured_words(found: JobQuality) -> Iterator[str]:
    """How many clips nothing is known of."""
    if found.unmeasured:
        yield tr("%n clip(s) not measured", len(found.unmeasured))


def figures_of(quality: ClipQuality) -> Iterator[str]:
    """The figures that say most, those that are known."""
    follows = quality.figure("agreement").result
    if np.isfinite(follows):
        yield tr("sync {0}").format(f"{follows:.2f}")
    lag = quality.figure("lag_frames").result
    if np.isfinite(lag):
        yield tr("lag {0}").format(_frames(lag))
    yield from _closures(quality)
    curve, sharp = quality.curve("sharpness"), measure("sharpness")
    judged = sharp.judged(curve.result, curve.source)
    known = judged[np.isfinite(judged)]
    if len(known):
        yield tr("sharpness {0}").format(_percent(float(np.median(known))))


def _percent(share: float) -> str:
    return f"{100 * share:.0f}\N{NO-BREAK SPACE}%"


def _frames(lag: float) -> str:
    """Frames late (+) or early (-); less than a quarter of one is none."""
    if abs(lag) < _NO_LAG:
        return "0"
    return tr("{0} frames").format(f"{lag:+.1f}".removesuffix(".0"))


def _closures(quality: ClipQuality) -> Iterator[str]:
    recall = quality.figure("closure_recall").result
    if not np.isfinite(recall):
        return
    watched = watched_closures(quality)
    met = sum(is_met for _, is_met in watched)
    if abs(met - recall * len(watched)) < 0.5:
        yield tr("closures {0} of {1}").format(met, len(watched))
    else:  # of those that were looked at in their middle
        yield tr("closures {0}").format(_percent(recall))
