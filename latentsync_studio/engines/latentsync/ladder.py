"""When memory runs out: the next rung down, for this window and all after it, told and remembered.

    try the window -> out of memory -> let go of everything -> fewer windows at once, else next rung
                  ^___________________________________________________________________________|

Each rung is tried once; the job goes on with the window that failed. What was learnt is kept for
this device, driver and configuration, with how much memory was free: with much more of it the
climb is tried again.
"""

from __future__ import annotations

import gc
import logging
from typing import TYPE_CHECKING, Final, TypeVar

from latentsync_studio.core.errors import StudioError
from latentsync_studio.engines.latentsync.devices import GIB, give_back, is_out_of_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch

    from latentsync_studio.core.engine import MachineNotes
    from latentsync_studio.engines.latentsync.placement import Rung

T = TypeVar("T")

log = logging.getLogger(__name__)

_MUCH_MORE: Final = 1.25  # times as much free memory as when a rung was needed
_CALM: Final = 16  # windows without trouble after which one more is drawn at once


class DeviceMemoryError(StudioError):
    """The device has too little memory for even the smallest way to draw a window."""

    code = "device-memory"


class Ladder:
    """Where on the ladder the engine stands on one device; under the device's lock."""

    def __init__(
        self,
        rungs: Sequence[Rung],
        start: int,
        batch: int = 1,
        settled: Callable[[int], None] | None = None,
    ) -> None:
        """Begin.

        Args:
            rungs: from fast to small.
            start: number of the first one to try.
            batch: windows to draw at once where that many wait.
            settled: told the number of the rung whenever it went down.
        """
        self._rungs, self._number = tuple(rungs), start
        self._planned, self._wanted = start, batch
        self._settled, self._calm = settled, 0
        self.batch = batch

    @property
    def rung(self) -> Rung:
        """Where it stands."""
        return self._rungs[self._number]

    @property
    def number(self) -> int:
        """The same as a number, 0 is the fastest."""
        return self._number

    @property
    def has_descended(self) -> bool:
        """Whether memory ran out since the beginning."""
        return self._number > self._planned or self.batch < self._wanted

    def run(self, device: torch.device, draw: Callable[[], T], refusal: Callable[[], str]) -> T:
        """Draw; where memory runs out, again one rung lower.

        Args:
            device: whose memory it is.
            draw: does the work as `rung` and `batch` say at that moment.
            refusal: numbers for the error, asked for where all rungs failed.

        Raises:
            DeviceMemoryError: the last rung failed as well.
        """
        while True:
            cause = ""
            try:
                drawn = draw()
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                cause = str(error).partition("\n")[0]
            else:
                self._went_well()
                return drawn
            # outside of the handler: the error's traceback holds what has to be let go of
            release(device)
            self._descend(cause, refusal)

    def _descend(self, cause: str, refusal: Callable[[], str]) -> None:
        before = self.words
        if self.batch > 1:
            self.batch //= 2
        elif self._number + 1 < len(self._rungs):
            self._number += 1
        else:
            raise DeviceMemoryError(
                refusal(),
                remedy="Close other programs that use the device, raise the memory limit, get the"
                " weights for 256 px (latentsync-studio models fetch latentsync-1.5), or use"
                " --engine mouthbank.",
            )
        self._calm = 0
        log.warning("Out of memory (%s). From %s to: %s", cause, before, self.words)
        if self._settled is not None:
            self._settled(self._number)

    def _went_well(self) -> None:
        self._calm += 1
        if self.batch < self._wanted and self._calm >= _CALM:
            self.batch, self._calm = self.batch + 1, 0

    @property
    def words(self) -> str:
        """Where it stands, for people."""
        at_once = f", {self.batch} windows at once" if self.batch > 1 else ""
        return self.rung.words + at_once


class Remembered:
    """What earlier runs learnt about memory on one device with one configuration."""

    def __init__(self, notes: MachineNotes | None, name: str) -> None:
        """Look at nothing yet.

        Args:
            notes: kept between runs; None remembers nothing.
            name: device, driver and configuration.
        """
        self._notes, self._name = notes, name

    def rung(self, room: int | None = None) -> int:
        """The rung that was needed last; 0 where nothing is known or much more memory is free.

        room: bytes to plan with now; None: as many as then.
        """
        known = self._read()
        if not known or (room is not None and room > known.get("room", 0) * _MUCH_MORE):
            return 0
        return int(known.get("rung", 0))

    def batch(self) -> int:
        """Windows at once that a benchmark found best; 1 where it never ran."""
        return max(int(self._read().get("batch", 1)), 1)

    def keep_rung(self, number: int, room: int) -> None:
        """Remember that with `room` bytes this rung was needed."""
        self._write({**self._read(), "rung": number, "room": room})

    def keep_batch(self, batch: int) -> None:
        """Remember what a benchmark found."""
        self._write({**self._read(), "batch": batch})

    def _read(self) -> dict[str, float]:
        return {} if self._notes is None else dict(self._notes.read(self._name))

    def _write(self, values: dict[str, float]) -> None:
        if self._notes is not None:
            self._notes.write(self._name, values)


def release(device: torch.device) -> None:
    """Give back all memory of a device that nobody can reach any more, by circles neither."""
    gc.collect()
    give_back(device)


def gib(size: float) -> str:
    """Bytes for people."""
    return f"{size / GIB:.1f} GiB"
