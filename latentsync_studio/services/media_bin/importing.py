"""Files, folders and numbered pictures to media items, with what is unusual about them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import msgspec

from latentsync_studio.core.errors import Cancelled, InputError, StudioError
from latentsync_studio.core.timeline.model import AudioFacts, MediaId, MediaItem, VideoFacts
from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.services.media_bin.badges import Badge, badges_of
from latentsync_studio.services.media_bin.content import content_digest, facts_of, files_of
from latentsync_studio.services.media_bin.sources import Source, sources_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import ImageRun
    from latentsync_studio.media import facts as media_facts
    from latentsync_studio.media.facts import MediaFacts
    from latentsync_studio.services.wiring import Services

IMPORT: Final = "import"  # the stage that progress is told of, in media
IMAGES_RATE: Final = FrameRate(25)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came of one file, folder or run of pictures.

    Attributes:
        path: what was looked at.
        item: the medium, not yet with an id; None where there is a problem.
        badges: what is unusual about it.
        problem: why it cannot be used; None where it can.
    """

    path: Path
    item: MediaItem | None = None
    badges: tuple[Badge, ...] = ()
    problem: StudioError | None = None


def import_media(
    paths: Iterable[Path],
    services: Services,
    progress: Progress,
    *,
    images_rate: FrameRate = IMAGES_RATE,
    join_images: bool = True,
) -> tuple[Imported, ...]:
    """Look at files and folders; what cannot be used is reported and stops no other.

    Args:
        paths: files and folders, in the order in which they shall come.
        services: remember digests and facts.
        progress: told of stage "import" in media; may cancel.
        images_rate: pictures a second of numbered pictures.
        join_images: False makes a still of every picture.

    Raises:
        Cancelled: the user stopped it.
        DiskFullError, StorageError: nothing can be remembered.
    """
    sources = sources_of((Path(path) for path in paths), progress, join_images=join_images)
    found = []
    for done, source in enumerate(sources):
        progress.report(IMPORT, done, len(sources), source.path.name)
        found.append(_imported(source, services, progress, images_rate))
    progress.report(IMPORT, len(sources), len(sources))
    return tuple(found)


def item_at(
    path: Path,
    images: ImageRun | None,
    services: Services,
    progress: Progress,
    images_rate: FrameRate = IMAGES_RATE,
) -> tuple[MediaItem, MediaFacts]:
    """One medium, without an id, and the facts of its file.

    Raises:
        InputError: it cannot be used.
        Cancelled: the user stopped it.
    """
    path = path.absolute()
    digest = content_digest(path, images, services, progress)
    bare = MediaItem(
        id=MediaId(""),
        name=path.name if images is None else _name_of(images),
        path=str(path),
        size=sum(each.stat().st_size for each in files_of(path, images)),
        digest=digest,
        images=images,
    )
    if images is not None:  # the reader wants to know the rate; size and count follow
        rough = VideoFacts(n_frames=images.count, rate=images_rate, width=1, height=1)
        bare = msgspec.structs.replace(bare, video=rough)
    facts = facts_of(bare, path, services)
    item = msgspec.structs.replace(
        bare,
        video=None if facts.video is None else _video(facts.video, bare),
        audio=None if facts.audio is None else _audio(path, facts.audio, progress),
        is_still=images is None and facts.video is not None and facts.video.frames == 1,
    )
    return item, facts


def _imported(
    source: Source, services: Services, progress: Progress, images_rate: FrameRate
) -> Imported:
    if source.problem is not None:
        return Imported(path=source.path, problem=source.problem)
    try:
        item, facts = item_at(source.path, source.images, services, progress, images_rate)
    except Cancelled:
        raise
    except InputError as problem:
        return Imported(path=source.path, problem=problem)
    except OSError as error:  # it vanished, or its disk did
        lost = InputError(
            f"{source.path} cannot be read: {error.strerror or error}.",
            remedy="Check that the file and its disk are there.",
        )
        return Imported(path=source.path, problem=lost)
    return Imported(path=source.path, item=item, badges=badges_of(item, facts))


def _name_of(images: ImageRun) -> str:
    last = images.first + images.count - 1
    return f"{images.name(0)[: -len(images.suffix)]}-{last:0{images.digits}d}{images.suffix}"


def _video(found: media_facts.VideoFacts, item: MediaItem) -> VideoFacts:
    width, height = shown_size(found)
    rate = found.rate
    if item.images is not None:
        rate = cast("VideoFacts", item.video).rate.fraction
    elif found.variable_rate and found.duration > 0:
        rate = Fraction(found.frames) / found.duration
    return VideoFacts(
        n_frames=found.frames,
        rate=FrameRate.of(rate),
        width=width,
        height=height,
        is_variable=found.variable_rate,
        timecode=found.timecode,
        reel=found.reel,
    )


def shown_size(found: media_facts.VideoFacts) -> tuple[int, int]:
    """Width and height in square pixels: of other shapes the longer side is stretched."""
    wide, high = found.sample_aspect
    if found.rotation in {90, 270}:
        wide, high = high, wide
    if wide <= 0 or high <= 0:
        return found.width, found.height
    if wide >= high:
        return max(1, round(found.width * wide / high)), found.height
    return found.width, max(1, round(found.height * high / wide))


def _audio(path: Path, found: media_facts.AudioFacts, progress: Progress) -> AudioFacts:
    from latentsync_studio.media.sound_length import sound_length

    return AudioFacts(
        rate_hz=found.rate_hz,
        n_samples=sound_length(path, found, progress),
        channels=found.channels,
        offset=round(found.offset_s * found.rate_hz),
    )
