"""The speech of a take: what lanes play, laid on the time axis of the medium that they drive.

    lane      ....[piece A.........][piece B....]......      frames of the sequence
    axis     |0 . . . [ clip shows this ] . . . . . . |      16 kHz, from the medium's first frame

A piece lies where the lane plays it while the clip plays, also beyond the clip's edges: so a cut in
the clip, a trim or moving clip and speech together changes no sample. Mouth shapes are made in
blocks of the axis, each kept under the digest of the samples that it hears; an edit of the speech
listens again to the blocks around it only.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.render.keys import cache_key
from latentsync_studio.core.speech.shapes import CHANNELS, SHAPE_RATE_HZ, SpeechShapes
from latentsync_studio.core.timeline.check import find_media
from latentsync_studio.core.timeline.rate import first_sample, frame_of_sample
from latentsync_studio.core.timeline.showing import SoundPiece, sound_pieces
from latentsync_studio.services.speech import RATE_HZ, SPEECH, SPEECH_VERSION
from latentsync_studio.services.timeline.medium import content_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline import model
    from latentsync_studio.core.timeline.rate import FrameRate
    from latentsync_studio.services.timeline.medium import Axis
    from latentsync_studio.services.wiring import Services
    from latentsync_studio.storage.store import Store

LANE_VERSION = "1"  # raise whenever the same pieces give other samples or shapes
CONTEXT_S = 10  # seconds beyond the clip that an engine may look at
BLOCK_ROWS = 1024  # shapes made and kept together
MARGIN_ROWS = 150  # the network hears 1.31 s on each side
HOP = RATE_HZ // SHAPE_RATE_HZ
SHAPES = "lane-shapes"


@dataclass(frozen=True, slots=True, kw_only=True)
class LanePlan:
    """Which samples lie where on the axis; cheap, made without opening a file.

    Attributes:
        pieces: of all lanes, cut to `heard`.
        items: media of the pieces.
        heard: samples of the axis that are laid out; beyond them is silence.
        count: samples of the whole axis.
    """

    pieces: tuple[SoundPiece, ...]
    items: dict[model.MediaId, model.MediaItem]
    heard: FrameRange
    count: int

    def key(self, digest_of: Callable[[model.MediaItem], str]) -> str:
        """Digest of everything that shapes the sound; opens no file that `digest_of` knows."""
        from latentsync_studio.engines.speech_shapes.network import version

        digests = {name: digest_of(item) for name, item in self.items.items()}
        told = [(digests[piece.media], *piece[1:]) for piece in self.pieces]
        return cache_key(
            "lane",
            version=LANE_VERSION,
            speech=SPEECH_VERSION,
            network=version(),
            pieces=told,
            heard=self.heard,
            count=self.count,
        )


@dataclass(frozen=True, slots=True)
class LaneSound:
    """What a take hears; memory maps.

    Attributes:
        pcm: (S,) f32 mono at 16 kHz from the beginning of the axis.
        shapes: mouth targets over the same time.
    """

    pcm: F32
    shapes: SpeechShapes


def plan_lane(
    project: model.Project,
    sequence: model.Sequence,
    lanes: Sequence[model.Track],
    axis: Axis,
    origin: int,
    shown: FrameRange,
) -> LanePlan:
    """Lay lanes on an axis.

    Args:
        project: holds their media.
        sequence: holds the lanes.
        lanes: heard together.
        axis: of the medium that they drive.
        origin: frame of the sequence at which the axis begins for the clip.
        shown: frames of the sequence that the clip may show.
    """
    rate = sequence.rate
    count = max(int(np.ceil(axis.seconds[-1] * RATE_HZ)) + HOP, 1) if len(axis.seconds) else 1
    first = first_sample(shown.start - origin, rate, RATE_HZ) - CONTEXT_S * RATE_HZ
    last = first_sample(shown.stop - origin, rate, RATE_HZ) + CONTEXT_S * RATE_HZ
    heard = _blocks_around(first, min(last, count))
    pieces: list[SoundPiece] = []
    for lane in lanes:
        late = (lane.speech.offset_ms if lane.speech else 0) * RATE_HZ // 1000
        near = _frames_of(heard, late, sequence.rate, origin)
        for piece in sound_pieces(sequence, lane, RATE_HZ, origin, near):
            cut = _cut(_moved(piece, late), heard, count)
            pieces += [cut] if cut else []
    items = {piece.media: find_media(project, piece.media) for piece in pieces}
    return LanePlan(pieces=tuple(pieces), items=items, heard=heard, count=count)


def lane_sound(plan: LanePlan, services: Services, progress: Progress) -> LaneSound:
    """Mix the planned samples and listen to them.

    Raises:
        InputError: a file is missing, unreadable or has no sound.
        DiskFullError, StorageError: the cache cannot be written.
        Cancelled: the user asked to stop.
    """
    store = services.store
    sources = {name: _source(item, services, progress) for name, item in plan.items.items()}
    pcm = _laid(plan, sources, store)
    return LaneSound(pcm, _shapes(plan, pcm, store, progress))


def _blocks_around(first: int, stop: int) -> FrameRange:
    """Samples of the whole blocks that hold first .. stop - 1, with what the network hears."""
    size = BLOCK_ROWS * HOP
    start = max(first, 0) // size * size
    end = -(-max(stop, start + 1) // size) * size
    return FrameRange(start - MARGIN_ROWS * HOP, end + MARGIN_ROWS * HOP)


def _frames_of(heard: FrameRange, late: int, rate: FrameRate, origin: int) -> FrameRange:
    """Frames of the sequence whose sound, `late` samples later, may fall into `heard`."""
    first = frame_of_sample(heard.start - late, rate, RATE_HZ) - 1
    return FrameRange(
        first + origin, frame_of_sample(heard.stop - late, rate, RATE_HZ) + 2 + origin
    )


def _moved(piece: SoundPiece, by: int) -> SoundPiece:
    if not by:
        return piece
    fades = [None if f is None else (f[0] + by, f[1] + by) for f in (piece.fade_in, piece.fade_out)]
    return SoundPiece(
        piece.media, piece.start + by, piece.stop + by, piece.shift + by, fades[0], fades[1]
    )


def _cut(piece: SoundPiece, heard: FrameRange, count: int) -> SoundPiece | None:
    start, stop = max(piece.start, heard.start, 0), min(piece.stop, heard.stop, count)
    return piece._replace(start=start, stop=stop) if start < stop else None


# ---- samples ----------------------------------------------------------------------------


def _source(item: model.MediaItem, services: Services, progress: Progress) -> tuple[F32, int]:
    """All sound of a medium at 16 kHz, and the sample of it at the medium's time 0."""
    from latentsync_studio.media.audio import audio_facts
    from latentsync_studio.services.speech import decoded_mono

    path, store = Path(item.path), services.store
    digest = content_digest(item, services, progress)
    key = cache_key(SPEECH, sound=digest, version=SPEECH_VERSION)
    found: Mapping[str, npt.NDArray[Any]] | None = store.get_arrays(key)
    if found is None:
        pcm, _ = decoded_mono(path, store.root, progress)
        lead = round(max(-audio_facts(path).offset_s, 0.0) * RATE_HZ)
        made = {"pcm": pcm, "lead": np.array([lead])}
        store.put_arrays(key, SPEECH, made)
        found = store.get_arrays(key) or made
    return cast("F32", found["pcm"]), int(found["lead"][0])


def _laid(plan: LanePlan, sources: Mapping[model.MediaId, tuple[F32, int]], store: Store) -> F32:
    from latentsync_studio.storage.scratch import Scratch

    start, stop = max(plan.heard.start, 0), min(plan.heard.stop, plan.count)
    with Scratch(store.root, np.float32) as out:
        out.skip(min(start, plan.count))
        for at in range(start, stop, BLOCK_ROWS * HOP):
            out.append(mixed(plan.pieces, sources, at, min(at + BLOCK_ROWS * HOP, stop)))
        out.skip(plan.count - len(out))
        return cast("F32", out.mapped())


def mixed(
    pieces: Iterable[SoundPiece],
    sources: Mapping[model.MediaId, tuple[F32, int]],
    start: int,
    stop: int,
) -> F32:
    """Samples start .. stop - 1 of an axis: the sum of the pieces, faded.

    sources: mono samples of a medium and the one at its time 0. Returns (stop - start,) f32.
    """
    out = np.zeros(stop - start, np.float32)
    for piece in pieces:
        a, b = max(piece.start, start), min(piece.stop, stop)
        if a >= b:
            continue
        samples, lead = sources[piece.media]
        first = a - piece.shift + lead
        skip = max(-first, 0)
        part = samples[first + skip : first + b - a]
        if not len(part):
            continue
        a += skip
        out[a - start : a - start + len(part)] += part * fade_gain(piece, a, len(part))
    return out


def fade_gain(piece: SoundPiece, start: int, count: int) -> F32 | np.float32:
    """Gain of `count` samples of the axis from `start`: equal power (sine) within fades, else 1."""
    gain: F32 | np.float32 = np.float32(1.0)
    for fade, rises in ((piece.fade_in, True), (piece.fade_out, False)):
        if fade is None or start + count <= fade[0] or start >= fade[1]:
            continue
        share = (np.arange(start, start + count) + 0.5 - fade[0]) / (fade[1] - fade[0])
        share = np.clip(share if rises else 1.0 - share, 0.0, 1.0)
        gain = gain * np.sin(share * (np.pi / 2)).astype(np.float32)
    return gain


# ---- shapes -----------------------------------------------------------------------------


def _shapes(plan: LanePlan, pcm: F32, store: Store, progress: Progress) -> SpeechShapes:
    from latentsync_studio.engines.speech_shapes.network import CONTEXT_S as HEARD_S
    from latentsync_studio.storage.scratch import Scratch

    total = plan.count // HOP + 1
    with (
        Scratch(store.root, np.float32, (len(CHANNELS),)) as channels,
        Scratch(store.root, np.float32) as loudness,
    ):
        first = (plan.heard.start // HOP + MARGIN_ROWS) // BLOCK_ROWS
        last = (plan.heard.stop // HOP - MARGIN_ROWS) // BLOCK_ROWS
        before = min(first * BLOCK_ROWS, total)
        channels.skip(before)
        loudness.skip(before)
        for block, (some_channels, some_loudness) in _blocks(first, last, pcm, store):
            rows = min(BLOCK_ROWS, total - block * BLOCK_ROWS)
            if rows <= 0:
                break
            channels.append(np.asarray(some_channels[:rows]))
            loudness.append(np.asarray(some_loudness[:rows]))
            progress.report(
                SPEECH,
                (block + 1 - first) * BLOCK_ROWS // SHAPE_RATE_HZ,
                (last - first) * BLOCK_ROWS // SHAPE_RATE_HZ,
            )
        channels.skip(total - len(channels))
        loudness.skip(total - len(loudness))
        return SpeechShapes(
            channels=cast("F32", channels.mapped()),
            loudness=cast("F32", loudness.mapped()),
            source="network",
            context_s=HEARD_S,
        )


def _blocks(first: int, last: int, pcm: F32, store: Store) -> Iterator[tuple[int, tuple[F32, F32]]]:
    for block in range(first, last):
        start = (block * BLOCK_ROWS - MARGIN_ROWS) * HOP
        stop = ((block + 1) * BLOCK_ROWS + MARGIN_ROWS) * HOP
        yield block, _heard(_padded(pcm, start, stop), store)


def _padded(pcm: F32, start: int, stop: int) -> F32:
    """Samples start .. stop - 1, silence where there are none."""
    out = np.zeros(stop - start, np.float32)
    a, b = max(start, 0), min(stop, len(pcm))
    if a < b:
        out[a - start : b - start] = pcm[a:b]
    return out


def _heard(window: F32, store: Store) -> tuple[F32, F32]:
    """Shapes of a block from its samples with margins, kept by what is heard."""
    from latentsync_studio.engines.speech_shapes.network import shape_blocks, version

    key = cache_key(SHAPES, samples=window, network=version(), version=LANE_VERSION)
    found: Mapping[str, npt.NDArray[Any]] | None = store.get_arrays(key)
    if found is None:
        parts = list(shape_blocks(window))
        rows = slice(MARGIN_ROWS, MARGIN_ROWS + BLOCK_ROWS)
        found = {
            "channels": np.concatenate([part[0] for part in parts])[rows],
            "loudness": np.concatenate([part[1] for part in parts])[rows],
        }
        store.put_arrays(key, SHAPES, found)
    return cast("F32", found["channels"]), cast("F32", found["loudness"])
