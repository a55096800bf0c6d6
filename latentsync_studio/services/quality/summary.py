"""One figure of each measure, for reports and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from latentsync_studio.core.quality.measures import MEASURES
from latentsync_studio.services.request import FigureSummary

if TYPE_CHECKING:
    from latentsync_studio.core.quality.curves import ClipQuality


def summary_of(quality: ClipQuality) -> dict[str, FigureSummary]:
    """Id of each measure -> its figure, in the order of the table; None where it is unknown."""
    found = {}
    for each in MEASURES:
        figure = quality.figure(each.id) if each.per == "clip" else quality.median(each.id)
        judged = float(each.judged(figure.result, figure.source))
        found[each.id] = FigureSummary(
            result=_rounded(figure.result),
            source=_rounded(figure.source),
            judged=_rounded(judged) if each.is_judged else None,
        )
    return found


def _rounded(value: float) -> float | Literal["inf"] | None:
    if np.isnan(value):
        return None
    return "inf" if np.isinf(value) else round(float(value), 4)
