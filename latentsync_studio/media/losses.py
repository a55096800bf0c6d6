"""Which frames are built upon packets that could not be decoded."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from av.packet import Packet

_REMEMBERED: Final = 64  # packets; more than any decoder holds back for reordering


@dataclass(frozen=True, slots=True)
class _Sent:
    pts: int | None
    is_keyframe: bool
    is_disposable: bool


class Losses:
    """Follows one run of a decoder; a loss spreads in the order of decoding to the next keyframe.

    Attributes:
        built_on: PTS of packets that were lost or decoded after a loss.
    """

    def __init__(self) -> None:
        self.built_on: set[int | None] = set()
        self._sent: deque[_Sent] = deque(maxlen=_REMEMBERED)
        self._losing = False

    def sent(self, packet: Packet[Any], *, failed: bool, spare: bool) -> None:
        """Note a packet in the order of decoding, and whether the decoder refused it.

        Args:
            packet: the packet.
            failed: the decoder refused it.
            spare: no other frame is built on its frame.
        """
        note = _Sent(packet.pts, packet.is_keyframe, packet.is_disposable or spare)
        self._losing = self._losing and not note.is_keyframe
        self._sent.append(note)
        if failed:
            self._spread(note)
        elif self._losing:
            self.built_on.add(note.pts)

    def missing(self, times: Iterable[int]) -> None:
        """Note frames that the decoder passed over in silence."""
        for pts in times:
            note = next((s for s in self._sent if s.pts == pts), None)
            if note is not None and pts not in self.built_on:
                self._spread(note)

    def _spread(self, lost: _Sent) -> None:
        self.built_on.add(lost.pts)
        if lost.is_disposable:  # nothing refers to it
            return
        after = list(self._sent)[self._sent.index(lost) + 1 :]
        for note in after:
            if note.is_keyframe:
                return
            self.built_on.add(note.pts)
        self._losing = True
