"""Frames of a sequence for the viewer: source and result, from the store, without drawing.

    frame -> clip on top -> its picture (cache, proxy, decoder) -> patches (store) -> compose -> RGB

Nothing here analyses or synthesizes. The engine is opened only for an exact frame whose keys are
not written down, which happens after an edit of the speech; the log says how long that took.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import cv2
import numpy as np

from latentsync_studio.core.arrays import frozen
from latentsync_studio.core.errors import InputError
from latentsync_studio.core.timeline.check import find_media, find_sequence
from latentsync_studio.core.timeline.showing import layers_at
from latentsync_studio.imaging.fit import fitted_box, placed_rgb
from latentsync_studio.imaging.tone import tone_mapped
from latentsync_studio.services.look import LookPlan
from latentsync_studio.services.timeline.face_place import in_frame
from latentsync_studio.services.timeline.laid import Laid
from latentsync_studio.services.timeline.overlay import Overlay
from latentsync_studio.services.timeline.patch_finder import WORST_FIRST, PatchFinder
from latentsync_studio.services.timeline.pictures import Pictures
from latentsync_studio.services.timeline.takes import (
    TakeCache,
    told_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal, TypeAlias

    from latentsync_studio.core.arrays import Rgb8
    from latentsync_studio.core.picture import Box
    from latentsync_studio.core.timeline.model import Clip, Project, Sequence, SequenceId
    from latentsync_studio.imaging.tone import Transfer
    from latentsync_studio.services.timeline.medium import Medium
    from latentsync_studio.services.timeline.patch_finder import Found
    from latentsync_studio.services.timeline.pictures import Decoded
    from latentsync_studio.services.timeline.spans import SpanState
    from latentsync_studio.services.wiring import Services

    View: TypeAlias = Literal["source", "result"]

_PATCH_SHARE = 4  # a quarter of the memory is for patches


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A frame of a sequence as it looks.

    Attributes:
        frame: of the sequence.
        source: u8 (H, W, 3) without patches; None where the medium is offline or unreadable.
        result: the same with patches; the same object where nothing is redrawn.
        is_exact: the very frame, in the sequence's size, with everything that is known laid over.
        is_right: the same, but maybe smaller.
        is_proxy: from a small stand-in.
        state: of the clip at this frame; None where nothing drives its lips.
        note: what to tell about it, or "".
        engine: id of the engine whose patches are laid over it, or "".
        face: where the driven face is, left, top, right and bottom as shares (0..1) of the frame;
            None where nobody is known.
        laid: patches that are laid over it.
    """

    frame: int
    source: Rgb8 | None
    result: Rgb8 | None
    is_exact: bool = True
    is_right: bool = True
    is_proxy: bool = False
    state: SpanState | None = None
    note: str = ""
    engine: str = ""
    face: tuple[float, float, float, float] | None = None
    laid: tuple[Laid, ...] = ()


class FrameServer:
    """Frames of any sequence; for one thread at a time."""

    def __init__(
        self,
        services: Services,
        cache_bytes: int,
        takes: TakeCache | None = None,
    ) -> None:
        """Open nothing yet.

        Args:
            services: store, digests, proxies.
            cache_bytes: memory for decoded pictures and patches.
            takes: share opened engines with others.
        """
        patches = cache_bytes // _PATCH_SHARE
        self._services = services
        self._takes = takes if takes is not None else TakeCache(services)
        self._pictures = Pictures(services, cache_bytes - patches)
        self._patches = PatchFinder(services, self._takes, patches)
        self._black: tuple[tuple[int, int], Rgb8] | None = None

    @property
    def decoded(self) -> int:
        """Frames decoded up to now."""
        return self._pictures.decoded

    def show(
        self,
        project: Project,
        sequence_id: SequenceId,
        frame: int,
        *,
        exact: bool,
        max_size: tuple[int, int] | None = None,
        want_result: bool = True,
    ) -> Shown:
        """One frame.

        Args:
            project: the document.
            sequence_id: of the sequence.
            frame: of the sequence; beyond its clips it is black.
            exact: the very frame in full; else whatever is there at once: a proxy, a frame nearby.
            max_size: (width, height) px that are enough, which is quicker; never enlarged.
            want_result: False leaves the result out (it is the source then).

        Raises:
            InvalidEditError: there is no such sequence.
            InvalidSettingError: a clip has settings that this program does not know.
            Cancelled: `interrupt` was called while it was at work.
        """
        sequence = find_sequence(project, sequence_id)
        size = _size_within(sequence, max_size)
        get = self._pictures.exact if exact else self._pictures.quick
        return self._shown(_Ask(project, sequence, frame, exact, size, want_result, get))

    def play(
        self,
        project: Project,
        sequence_id: SequenceId,
        frame: int,
        *,
        max_size: tuple[int, int] | None = None,
        want_result: bool = True,
    ) -> Shown:
        """The next frame of a course: as `show` what is there at once, but on its way.

        A frame far from the last one is decoded where that lets those behind it come in time: a
        stand-in would be followed by nothing but stand-ins. Arguments and errors as of `show`.
        """
        sequence = find_sequence(project, sequence_id)
        size = _size_within(sequence, max_size)
        get = self._pictures.next
        return self._shown(_Ask(project, sequence, frame, False, size, want_result, get))

    def _shown(self, ask: _Ask) -> Shown:
        self._pictures.begin()
        sequence, size, frame = ask.sequence, ask.size, ask.frame
        is_full = size == (sequence.width, sequence.height)
        layers = layers_at(sequence, frame)
        if not layers:
            black = self._black_of(size)
            return Shown(frame=frame, source=black, result=black, is_exact=is_full)
        seen = [self._seen(ask, layer.clip) for layer in layers]
        shown = seen[0] if len(seen) == 1 else self._mixed(seen, layers[1].share, size)
        return shown if is_full else replace(shown, is_exact=False)

    def interrupt(self) -> None:
        """Give up the frame that is in work, where it still has to be decoded; from any thread."""
        self._pictures.interrupted.set()

    def invalidate(self) -> None:
        """Look again at what changed on the disk: files, analyses, patches."""
        self._takes.refresh()

    def close(self) -> None:
        """Let go of files and memory."""
        self._pictures.close()
        self._patches.clear()
        self._takes.clear()

    # ---- one clip -------------------------------------------------------------------

    def _seen(self, ask: _Ask, clip: Clip) -> Shown:
        try:
            medium = self._takes.book.medium(find_media(ask.project, clip.media))
            at = [clip.source_at(ask.frame)]
            number = int(medium.shown(at, ask.sequence.rate)[0])
            decoded = ask.get(medium, number)
        except InputError as error:
            return Shown(frame=ask.frame, source=None, result=None, note=str(error))
        is_right = decoded.number == number and not decoded.is_proxy
        box = fitted_box((medium.video.width, medium.video.height), ask.size, medium.pixel_aspect)
        if ask.size != (ask.sequence.width, ask.sequence.height):
            decoded = self._pictures.small(medium, decoded, (box.width, box.height))
        source = _looked_at(decoded.rgb(), medium, box, ask.size)
        if not ask.want_result:
            return Shown(
                frame=ask.frame,
                source=source,
                result=source,
                is_exact=is_right,
                is_right=is_right,
                is_proxy=decoded.is_proxy,
            )
        where = ask.project, ask.sequence.id, clip.id
        number = decoded.number
        found = self._patches.of(where, ask.frame, medium, number, exact=ask.exact)
        laid = self._laid(ask, clip, medium, decoded, found) if found.laid else None
        result = source if laid is None else _looked_at(laid, medium, box, ask.size)
        return Shown(
            frame=ask.frame,
            source=source,
            result=result,
            is_exact=is_right and found.is_settled,
            is_right=is_right and found.is_settled,
            is_proxy=decoded.is_proxy,
            state=found.state,
            note=found.note,
            engine=found.engine,
            face=None if found.face is None else in_frame(found.face, box, ask.size),
            laid=found.looks,
        )

    def _laid(
        self, ask: _Ask, clip: Clip, medium: Medium, decoded: Decoded, found: Found
    ) -> Rgb8 | None:
        """The picture with its patches; None where nothing shows, or a mask cannot be read."""
        overlay = Overlay(decoded, (medium.video.width, medium.video.height))
        plan = LookPlan.of(ask.project, clip, self._services.paintings)
        at = clip.source_at(ask.frame)
        try:
            for face, patch in found.laid:
                look = plan.at(at, face.face, decoded.picture.index)
                overlay.lay(patch, face.face, look)
                marks = np.array(face.face.landmarks[decoded.picture.index])
                found.looks += (Laid(clip.id, patch, marks, look),)
        except InputError as error:
            found.state, found.note, found.looks = "failed", told_of(error), ()
            return None
        return overlay.rgb() if overlay.is_changed else None

    # ---- pictures -------------------------------------------------------------------

    def _mixed(self, seen: list[Shown], share: float, size: tuple[int, int]) -> Shown:
        """A moment of a dissolve; an offline clip is black."""
        first, second = seen
        black = self._black_of(size)
        source = _blended(first.source, second.source, share, black)
        is_same = first.result is first.source and second.result is second.source
        result = source if is_same else _blended(first.result, second.result, share, black)
        states = sorted((first.state, second.state), key=WORST_FIRST.index)
        return Shown(
            frame=first.frame,
            source=source,
            result=result,
            is_exact=first.is_exact and second.is_exact,
            is_right=first.is_right and second.is_right,
            is_proxy=first.is_proxy or second.is_proxy,
            state=states[0],
            note=first.note or second.note,
            engine=first.engine or second.engine,
            face=first.face or second.face,
            laid=first.laid + second.laid,
        )

    def _black_of(self, size: tuple[int, int]) -> Rgb8:
        if self._black is None or self._black[0] != size:
            black = frozen(np.zeros((size[1], size[0], 3), np.uint8))
            self._black = size, cast("Rgb8", black)
        return self._black[1]


@dataclass(frozen=True, slots=True)
class _Ask:
    """What was asked for, and who gets the pictures of media for it."""

    project: Project
    sequence: Sequence
    frame: int
    exact: bool
    size: tuple[int, int]
    want_result: bool
    get: Callable[[Medium, int], Decoded]


def _looked_at(rgb: Rgb8, medium: Medium, box: Box, size: tuple[int, int]) -> Rgb8:
    """A picture in its box of a frame, as a screen of standard range shows it."""
    placed, video = placed_rgb(rgb, box, size), medium.video
    if not video.hdr:
        return placed
    return tone_mapped(placed, cast("Transfer", video.hdr), is_wide=video.primaries == "bt2020")


def _size_within(sequence: Sequence, most: tuple[int, int] | None) -> tuple[int, int]:
    width, height = sequence.width, sequence.height
    if most is None:
        return width, height
    scale = min(1.0, most[0] / width, most[1] / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _blended(first: Rgb8 | None, second: Rgb8 | None, share: float, black: Rgb8) -> Rgb8:
    a = black if first is None else first
    b = black if second is None else second
    return cast("Rgb8", frozen(cv2.addWeighted(a, 1.0 - share, b, share, 0.0)))
