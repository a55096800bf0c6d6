"""The sound of a sequence: audible tracks mixed sample by sample, for playing and for export.

    track   [piece A....fade]      gains within dissolves are of equal power, all others are 1
                 [fade....piece B]
    mix     sum of all audible tracks; gaps are silence; it may exceed full scale

A medium's sound is read at its own rate and, where that differs, resampled from a sample whose time
falls on both grids: so what is heard at a place never depends on where reading began.
"""

from __future__ import annotations

from math import gcd
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from latentsync_studio.core.arrays import frozen
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.check import find_media, find_sequence
from latentsync_studio.core.timeline.rate import frame_of_sample
from latentsync_studio.core.timeline.showing import active_tracks, sound_pieces
from latentsync_studio.services.timeline.lane import fade_gain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.audio.resampler import AudioResampler

    from latentsync_studio.core.arrays import F32
    from latentsync_studio.core.timeline.model import (
        MediaItem,
        Project,
        Sequence,
        SequenceId,
    )
    from latentsync_studio.core.timeline.showing import SoundPiece
    from latentsync_studio.media.audio import AudioReader
    from latentsync_studio.services.wiring import Services

READERS = 8
_SKIP_S = 2.0  # decoded and dropped rather than jumped over
_WARM_S = 0.05  # what a resampler needs before it sounds as it should
_EXACT_SEEKS = ("mov", "wav", "flac", "aiff", "w64")  # containers with a time for every sample


class SequenceMix:
    """Mixes sequences; for one thread at a time. Edits are heard at the next `read`."""

    def __init__(
        self, services: Services, hz: int, channels: int = 2, *, is_exact: bool = False
    ) -> None:
        """Open nothing yet.

        Args:
            services: kept for those who look for media elsewhere.
            hz: samples a second of the mix.
            channels: of the mix; mono is heard in the first two, more are mixed down.
            is_exact: never jump where a container's times are not exact to the sample.
        """
        del services
        self._hz, self._channels, self._is_exact = hz, channels, is_exact
        self._cursors: list[_Cursor] = []
        self.peak = 0.0

    def read(self, project: Project, sequence_id: SequenceId, samples: FrameRange) -> F32:
        """Samples of a sequence.

        Args:
            project: the document.
            sequence_id: of the sequence.
            samples: which, counted at the mix's rate from frame 0.

        Returns:
            (n, channels) f32, full scale 1.

        Raises:
            InputError: a medium is missing or cannot be decoded.
        """
        sequence = find_sequence(project, sequence_id)
        out = np.zeros((len(samples), self._channels), np.float32)
        busy: list[_Cursor] = []
        for piece in _pieces(sequence, samples, self._hz):
            start, stop = max(piece.start, samples.start), min(piece.stop, samples.stop)
            if start >= stop:
                continue
            cursor = self._cursor(find_media(project, piece.media), start - piece.shift, busy)
            busy.append(cursor)
            part = cursor.read(start - piece.shift, stop - start)
            gain = fade_gain(piece, start, stop - start)
            faded = part * (gain[:, None] if isinstance(gain, np.ndarray) else gain)
            out[start - samples.start : stop - samples.start] += faded
        self.peak = max(self.peak, float(np.abs(out).max(initial=0.0)))
        return cast("F32", frozen(out))

    def close(self) -> None:
        """Let go of the files."""
        for cursor in self._cursors:
            cursor.close()
        self._cursors.clear()

    def _cursor(self, item: MediaItem, start: int, busy: list[_Cursor]) -> _Cursor:
        """The open cursor that gets to a sample soonest, or a new one."""
        free = [c for c in self._cursors if c.path == item.path and c not in busy]
        best = max((c for c in free if c.position <= start), key=lambda c: c.position, default=None)
        if best is None and free and free[0].may_jump:
            best = free[0]
        if best is not None:
            self._cursors.remove(best)
        else:
            while len(self._cursors) >= READERS + len(busy):
                self._cursors.pop(0).close()
            best = _Cursor(item.path, self._hz, self._channels, is_exact=self._is_exact)
        self._cursors.append(best)
        return best


def _pieces(sequence: Sequence, samples: FrameRange, hz: int) -> list[SoundPiece]:
    rate = sequence.rate
    first, last = (frame_of_sample(at, rate, hz) for at in (samples.start, samples.stop))
    near = FrameRange(first - 1, last + 2)
    return [
        piece
        for track in active_tracks(sequence, "audio")
        for piece in sound_pieces(sequence, track, hz, within=near)
    ]


class _Cursor:
    """The sound of one file at the mix's rate and channels, read on and on.

    Attributes:
        path: of the file.
        position: sample of the medium's time that comes next.
    """

    def __init__(self, path: str, hz: int, channels: int, *, is_exact: bool) -> None:
        from latentsync_studio.media.audio import AudioReader

        self.path, self._hz, self._channels = path, hz, channels
        self._reader: AudioReader = AudioReader(Path(path))
        facts = self._reader.facts
        self._own = facts.rate_hz
        self._lead = round(max(-facts.offset_s, 0.0) * facts.rate_hz)
        self.may_jump = not is_exact or self._reader.container_name.startswith(_EXACT_SEEKS)
        self.position = 0
        self._blocks: Iterator[F32] = iter(())
        self._held = np.zeros((0, channels), np.float32)
        self._is_begun = False

    def read(self, start: int, count: int) -> F32:
        """(count, channels) samples from `start` of the medium's time; silence where none are."""
        skip = max(-start, 0)
        far = start - self.position > _SKIP_S * self._hz
        if not self._is_begun or start + skip < self.position or (far and self.may_jump):
            self._begin(start + skip)
        self._drop(start + skip - self.position)
        out = np.zeros((count, self._channels), np.float32)
        at = skip
        while at < count and self._fill():
            part = self._held[: count - at]
            out[at : at + len(part)] = part
            at += len(part)
            self._take(len(part))
        self.position = start + count  # also past the end, where nothing is left
        return out

    def close(self) -> None:
        """Close the file."""
        self._reader.__exit__(None, None, None)

    def _begin(self, start: int) -> None:
        """Read on from a sample that lies on both grids, a little before `start`."""
        step = self._own // gcd(self._own, self._hz)
        begin = max(start - round(_WARM_S * self._hz), 0) * self._own // self._hz
        own = (begin // step) * step
        if self._is_begun:
            self._reopen()
        self._is_begun = True
        lead = own + self._lead
        near = self.may_jump and own > _SKIP_S * self._own
        blocks = self._reader.blocks_near(lead) if near else self._reader.blocks(lead)
        self._blocks = _converted(blocks, self._reader, self._hz, self._channels)
        self._held = np.zeros((0, self._channels), np.float32)
        self.position = own * self._hz // self._own

    def _reopen(self) -> None:
        from latentsync_studio.media.audio import AudioReader

        self.close()
        self._reader = AudioReader(Path(self.path))

    def _drop(self, count: int) -> None:
        while count > 0 and self._fill():
            gone = min(count, len(self._held))
            self._take(gone)
            count -= gone

    def _take(self, count: int) -> None:
        self._held = self._held[count:]
        self.position += count

    def _fill(self) -> bool:
        while not len(self._held):
            block = next(self._blocks, None)
            if block is None:
                return False
            self._held = block
        return True


def _converted(
    blocks: Iterator[np.ndarray], reader: AudioReader, hz: int, channels: int
) -> Iterator[F32]:
    """(n, channels) f32 at `hz` from blocks at the file's own rate and channels."""
    from latentsync_studio.media.audio import audio_frame
    from latentsync_studio.media.channels import floats_of, known_layout

    resampler = _resampler(reader, hz, channels)
    layout, position = known_layout(reader.facts), 0
    for block in blocks:
        floats = floats_of(block)
        if resampler is None:
            yield _spread(floats.T, channels)
            continue
        frame = audio_frame(floats, layout, reader.facts.rate_hz, position)
        position += floats.shape[1]
        for made in resampler.resample(frame):
            yield _spread(np.asarray(made.to_ndarray(), np.float32).T, channels)
    if resampler is not None and position:
        for made in resampler.resample(None):
            if made is not None:
                yield _spread(np.asarray(made.to_ndarray(), np.float32).T, channels)


def _resampler(reader: AudioReader, hz: int, channels: int) -> AudioResampler | None:
    """What changes rate or mixes down; None where neither is needed (or nobody knows how)."""
    import av  # noqa: F401 - whole before its parts, see media/__init__.py
    from av.audio.resampler import AudioResampler

    from latentsync_studio.media.channels import known_layout, usual_layout

    facts = reader.facts
    layout = known_layout(facts)
    mixes = facts.channels > 2 and facts.channels != channels and layout != ""
    if (facts.rate_hz == hz and not mixes) or not layout:
        return None
    return AudioResampler(
        format="fltp",
        layout=usual_layout(channels) if mixes else layout,
        rate=hz,
        options={"rematrix_maxval": "1.0", "internal_sample_fmt": "fltp"},
    )


def _spread(samples: F32, channels: int) -> F32:
    """(n, own) samples in (n, channels): mono in the first two, others in the first ones."""
    own = samples.shape[1]
    if own == channels:
        return np.ascontiguousarray(samples)
    if channels == 1:
        return np.asarray(samples.mean(axis=1, keepdims=True), np.float32)
    out = np.zeros((len(samples), channels), np.float32)
    if own == 1:
        out[:, :2] = samples
    else:
        shared = min(own, channels)
        out[:, :shared] = samples[:, :shared]
    return out
