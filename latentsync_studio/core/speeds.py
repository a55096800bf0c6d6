"""How fast this machine is: what a benchmark measured, and what follows for other sizes and levels.

A frame costs a fixed part and a part for its pixels, both at least 0. They are fitted to what was
measured at several sizes; of one size alone, half of the cost is taken to grow with the pixels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

Work = Literal["draw", "write", "analyse"]
_GROWS: Final = 0.5  # share of the cost that grows with the pixels where only one size is known


class Speed(msgspec.Struct, frozen=True, kw_only=True):
    """Frames a second of one kind of work at one size.

    Attributes:
        work: "analyse": finding faces; "draw": decoding and drawing mouths; "write": composing,
            measuring and encoding.
        engine: id, "" for work without one.
        device: by its name; "" for work without an engine.
        setting: level of the quality slider that counts for the work; "" where there is none.
        width, height: px of the picture.
        frames: that were measured; 0: reckoned from another level of the same engine.
        cold_s: seconds until the first frame could be drawn with nothing loaded or known; 0 where
            that was not measured.
        cold: frames a second of all `frames`, with nothing loaded and no face known; 0 as above.
        warm: frames a second with everything loaded and known.
        memory_mib: the most that the process took of the memory meanwhile.
        gpu_mib: the most that it took on the GPU; 0 where it used none.
        batch: windows drawn at once.
    """

    work: Work
    engine: str = ""
    device: str = ""
    setting: str = ""
    width: int
    height: int
    frames: int = 0
    cold_s: float = 0.0
    cold: float = 0.0
    warm: float
    memory_mib: float = 0.0
    gpu_mib: float = 0.0
    batch: int = 1

    @property
    def pixels(self) -> int:
        """Of a picture."""
        return self.width * self.height

    @property
    def kind(self) -> tuple[str, ...]:
        """What it is the speed of, but for the size."""
        return self.work, self.engine, self.device, self.setting

    @property
    def place(self) -> tuple[str, ...]:
        """What may be known once only."""
        return (*self.kind, str(self.width), str(self.height))


def seconds_a_frame(speeds: Iterable[Speed], pixels: int) -> float | None:
    """What a frame of so many pixels costs; None where nothing was measured.

    speeds: of one kind of work, at any sizes.
    """
    known = {speed.pixels: 1.0 / speed.warm for speed in speeds if speed.warm > 0}
    if not known:
        return None
    sizes = np.array(list(known), np.float64)
    costs = np.array(list(known.values()), np.float64)
    if len(known) == 1:
        fixed, slope = (1 - _GROWS) * costs[0], _GROWS * costs[0] / sizes[0]
    else:
        slope, fixed = np.polyfit(sizes, costs, 1)
        if slope < 0:
            slope, fixed = 0.0, costs.mean()
        elif fixed < 0:
            slope, fixed = float((sizes * costs).sum() / (sizes**2).sum()), 0.0
    return float(fixed + slope * pixels)


def of_work(
    speeds: Iterable[Speed], work: Work, *, engine: str = "", setting: str = "", device: str = ""
) -> tuple[Speed, ...]:
    """Those of one kind of work; another setting's where the wanted one was never measured.

    device: name of the wanted one; "": the one that was measured last.
    """
    found = [each for each in speeds if each.work == work and each.engine == engine]
    if found and engine:
        wanted = device or found[-1].device
        found = [each for each in found if each.device == wanted]
    exact = [each for each in found if each.setting == setting]
    return tuple(exact or (found if not setting else ()))


def merged(before: Iterable[Speed], new: Iterable[Speed]) -> tuple[Speed, ...]:
    """Old ones with new ones in their places, the newest last."""
    rows = {each.place: each for each in before}
    for each in new:
        rows.pop(each.place, None)
        rows[each.place] = each
    return tuple(rows.values())
