"""Timelines of other programs into a project: read, media found, sequences and media added."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path  # noqa: TC003 - msgspec reads it
from typing import TYPE_CHECKING

import msgspec

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.timeline.edits.media import add_media
from latentsync_studio.core.timeline.model import (
    AudioFacts,
    MediaId,
    MediaItem,
    Project,
    VideoFacts,
)
from latentsync_studio.core.timeline.rate import FrameRate  # noqa: TC001 - msgspec reads it
from latentsync_studio.core.timeline.timecode import to_timecode
from latentsync_studio.interchange.url import base_name
from latentsync_studio.services.interchange.find_media import MediaFinder
from latentsync_studio.services.interchange.from_cut import add_cut
from latentsync_studio.services.interchange.reading import read_timeline
from latentsync_studio.services.interchange.to_cut import first_label
from latentsync_studio.services.media_bin.importing import item_at
from latentsync_studio.services.media_bin.sources import numbered, sources_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import ImageRun
    from latentsync_studio.interchange.cut import Cut, Medium
    from latentsync_studio.interchange.reading import ReadCuts
    from latentsync_studio.services.wiring import Services

IMPORT = "import"  # the stage that progress is told of, in media
_HZ = 48_000
_OUTSIDE = "Media lie outside of the chosen folders and were not looked for there"


class ImportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which timeline is read, and where its media may be looked for.

    Attributes:
        timeline: FCP7 XML, FCPXML, EDL or OTIO.
        media_roots: folders in which media may be opened; the timeline's own folder always is one.
        media_files: files elsewhere that may be opened too.
        rate: frames a second of an EDL, which does not say it; None: as it seems.
    """

    timeline: Path
    media_roots: tuple[Path, ...] = ()
    media_files: tuple[Path, ...] = ()
    rate: FrameRate | None = None


class ImportedSequence(msgspec.Struct, frozen=True, kw_only=True):
    """One sequence that was added."""

    id: str
    name: str
    frames: int
    rate: tuple[int, int]
    width: int
    height: int
    tracks: int
    clips: int


class TimelineReport(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an import.

    Attributes:
        sequences: that were added.
        found: paths of the media that were found.
        missing: names of the media that were not; their clips are kept, offline.
        losses: sentences on what could not be taken over.
        notes: sentences on the media.
        outside: paths of media that the timeline names outside of the folders that were chosen.
    """

    sequences: tuple[ImportedSequence, ...]
    found: tuple[str, ...]
    missing: tuple[str, ...]
    losses: tuple[str, ...]
    notes: tuple[str, ...]
    outside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundTimeline:
    """A timeline that was read, with its media; it can be added to any project.

    Attributes:
        read: its sequences.
        media: what was found for every medium, by its id in the file.
        notes: sentences on the search.
        outside: places of this computer that it names outside of the folders that were chosen.
        folder: in which it lies.
    """

    read: ReadCuts
    media: Mapping[str, _Found]
    notes: tuple[str, ...]
    outside: tuple[Path, ...]
    folder: Path


def import_timeline(
    request: ImportRequest,
    services: Services,
    progress: Progress,
    project: Project | None = None,
) -> tuple[Project, TimelineReport]:
    """Add the sequences of a timeline file, and their media, to a project.

    Args:
        request: what, and where media may be looked for.
        services: remember digests and facts.
        progress: told of the stages "search" (folders) and "import" (media); may cancel.
        project: before; None begins a new one.

    Raises:
        InputError: the file is damaged, is none, or a chosen folder does not exist.
        Cancelled: the user stopped it.
    """
    found = find_timeline(request, services, progress)
    return add_timeline(project or Project(), found)


def find_timeline(request: ImportRequest, services: Services, progress: Progress) -> FoundTimeline:
    """Read a timeline file and look for its media.

    The part of `import_timeline` that takes long and needs no project; errors as there.
    """
    for root in request.media_roots:
        if not root.is_dir():
            raise InputError(f"There is no folder {root}.", remedy="Choose another media folder.")
    timeline = request.timeline.absolute()
    read = read_timeline(timeline, request.rate)
    roots = (timeline.parent, *request.media_roots)
    finder = MediaFinder(roots, progress, request.media_files)
    found = _found_items(read.cuts, finder, services, progress)
    again = None if request.rate else _rate_of(read, found)
    if again is not None:
        read = read_timeline(timeline, again)
        found = _found_items(read.cuts, finder, services, progress)
    named = {medium.id: medium for cut in read.cuts for medium in cut.media}.values()
    outside = [medium for medium in named if _lies_outside(medium, found, finder)]
    for medium in outside:
        finder.notes.add(_OUTSIDE, medium.path)
    return FoundTimeline(
        read=read,
        media=found,
        notes=finder.notes.told(),
        outside=tuple(dict.fromkeys(path for m in outside for path in finder.elsewhere(m))),
        folder=timeline.parent,
    )


def _lies_outside(medium: Medium, found: Mapping[str, _Found], finder: MediaFinder) -> bool:
    return found[medium.id].item is None and finder.outside(medium)


class _Found(msgspec.Struct, frozen=True):
    """A medium that was found, or why it cannot be used."""

    item: MediaItem | None
    note: str = ""


def _found_items(
    cuts: Iterable[Cut], finder: MediaFinder, services: Services, progress: Progress
) -> dict[str, _Found]:
    """What was found for every medium, by its id in the file."""
    media = {medium.id: medium for cut in cuts for medium in cut.media}
    found: dict[str, _Found] = {}
    for done, medium in enumerate(media.values()):
        progress.report(IMPORT, done, len(media), medium.name)
        path = finder.find(medium)
        if path is None:
            found[medium.id] = _Found(None)
            continue
        try:
            item, _ = item_at(path, _run_of(path, medium, progress), services, progress)
            found[medium.id] = _Found(item)
        except InputError as problem:
            found[medium.id] = _Found(None, f"{path} cannot be used: {problem}")
    progress.report(IMPORT, len(media), len(media))
    return _with_reels(media, found)


def _with_reels(media: Mapping[str, Medium], found: dict[str, _Found]) -> dict[str, _Found]:
    """Media of lists that were not found by name, but of whose reel and time code one was."""
    reels: dict[str, list[MediaItem]] = {}
    for medium in media.values():
        item = found[medium.id].item
        if item is not None and item.video is not None:
            for reel in {medium.reel, item.video.reel} - {""}:
                reels.setdefault(reel, []).append(item)
    for medium in media.values():
        if found[medium.id].item is None and medium.by_label:
            for item in reels.get(medium.reel, ()):
                if item.video is not None and _covers(item.video, medium):
                    found[medium.id] = _Found(item)
                    break
    return found


def _covers(video: VideoFacts, medium: Medium) -> bool:
    """Whether a picture has the first time code that is used of a medium."""
    first, _ = first_label(video)
    seconds = medium.first_label / medium.rate.fraction - first / video.rate.fraction
    return 0 <= seconds < video.n_frames / video.rate.fraction


def _run_of(path: Path, medium: Medium, progress: Progress) -> ImageRun | None:
    """The numbered pictures that begin with a file, where the medium is such a run."""
    parts = numbered(path.name)
    if not medium.is_run or parts is None:
        return None
    prefix, _, suffix = parts
    beside = [
        each
        for each in sorted(path.parent.iterdir())
        if each.name.startswith(prefix) and each.name.endswith(suffix)
    ]
    sources = sources_of(beside, progress)
    return next((source.images for source in sources if source.path == path), None)


def _rate_of(read: ReadCuts, found: Mapping[str, _Found]) -> FrameRate | None:
    """The one rate of all pictures that were found, where a list said none and seems another."""
    if len(read.cuts) != 1 or not any(m.by_label for m in read.cuts[0].media):
        return None
    from latentsync_studio.interchange.edl.read import ASSUMED

    if not any(loss.startswith(ASSUMED) for loss in read.losses):
        return None
    rates = {
        each.item.video.rate
        for each in found.values()
        if each.item is not None and each.item.video is not None and not each.item.is_still
    }
    return rates.pop() if len(rates) == 1 and rates != {read.cuts[0].rate} else None


def add_timeline(project: Project, timeline: FoundTimeline) -> tuple[Project, TimelineReport]:
    """Add the sequences of a timeline, and the media that the project does not have yet."""
    read, found = timeline.read, timeline.media
    items: dict[str, MediaItem] = {}
    paths: dict[str, MediaItem] = {item.path: item for item in project.media}
    missing: list[str] = []
    for medium in {medium.id: medium for cut in read.cuts for medium in cut.media}.values():
        made = found[medium.id].item
        if made is None:
            made = offline_item(medium, read.cuts, timeline.folder)
            missing.append(medium.name)
        known = paths.get(made.path)
        if known is None:
            project = add_media(project, made)
            known = paths[made.path] = project.media[-1]
        items[medium.id] = known
    losses: list[str] = list(read.losses)
    sequences = []
    for cut in read.cuts:
        project, told = add_cut(project, cut, items)
        losses += told
        sequences.append(_summary(project))
    online = [each.item for each in found.values() if each.item is not None]
    notes = [*timeline.notes, *(each.note for each in found.values() if each.note)]
    return project, TimelineReport(
        sequences=tuple(sequences),
        found=tuple(dict.fromkeys(item.path for item in online)),
        missing=tuple(dict.fromkeys(missing)),
        losses=tuple(dict.fromkeys(losses)),
        notes=tuple(dict.fromkeys(notes)),
        outside=tuple(str(path) for path in timeline.outside),
    )


def offline_item(medium: Medium, cuts: Iterable[Cut], folder: Path) -> MediaItem:
    """A medium without its file, as far as the timeline describes it.

    Its path is one in `folder` that is not there: what a timeline names elsewhere is never opened,
    and kept only to be given back.
    """
    reach = max((_reach(medium, cut) for cut in cuts), default=Fraction(1))
    frames = max(medium.frames or 0, ceil(reach * medium.rate.fraction), 1)
    video = audio = None
    if medium.has_picture:
        label = to_timecode(medium.first_label, medium.rate, drop=medium.is_drop)
        video = VideoFacts(
            n_frames=1 if medium.is_still else frames,
            rate=medium.rate,
            width=medium.width or 1920,
            height=medium.height or 1080,
            timecode=label if medium.first_label else "",
            reel=medium.reel,
        )
    if medium.channels or video is None:
        hz = medium.audio_hz or _HZ
        audio = AudioFacts(
            rate_hz=hz,
            n_samples=ceil(frames / medium.rate.fraction * hz),
            channels=max(1, medium.channels),
        )
    name = base_name(medium.path) or medium.name or medium.reel or medium.id
    safe = "".join("_" if letter in '/\\:*?"<>|' or ord(letter) < 32 else letter for letter in name)
    return MediaItem(
        id=MediaId(""),
        name=medium.name or name,
        path=str(folder / f"missing {medium.id}" / safe),
        video=video,
        audio=audio,
        is_still=medium.is_still,
        origin=medium.path or name,
    )


def _reach(medium: Medium, cut: Cut) -> Fraction:
    """Seconds of a medium that a cut uses, transitions included."""
    step = 1 / cut.rate.fraction
    found = Fraction(0)
    for track in cut.tracks:
        late = {each.at: each.after for each in track.transitions}
        for clip in track.clips:
            if clip.medium == medium.id:
                length = (clip.length + late.get(clip.stop, 0)) * step
                found = max(found, clip.source / medium.rate.fraction + length)
    return found


def _summary(project: Project) -> ImportedSequence:
    sequence = project.sequences[-1]
    return ImportedSequence(
        id=sequence.id,
        name=sequence.name,
        frames=sequence.stop,
        rate=(sequence.rate.num, sequence.rate.den),
        width=sequence.width,
        height=sequence.height,
        tracks=len(sequence.tracks),
        clips=sum(len(track.clips) for track in sequence.tracks),
    )
