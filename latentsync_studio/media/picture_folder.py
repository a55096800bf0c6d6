"""Encoded pictures as numbered files in a folder, with the sound beside them.

`frames/` gets `frames.0090000.png`, `frames.0090001.png`, ... and `frames.wav`. The numbers are
those of the time code where there is one, so that a host that reads them places the pictures.
"""

from __future__ import annotations

import re
from contextlib import ExitStack, suppress
from functools import partial
from typing import TYPE_CHECKING, Final

import av
from av.error import FFmpegError

from latentsync_studio.core.errors import Cancelled, StorageError, StudioError
from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.core.timeline.timecode import from_timecode
from latentsync_studio.media.light_boxes import loses_light
from latentsync_studio.media.part_file import PartFile
from latentsync_studio.media.part_folder import PartFolder
from latentsync_studio.media.soundtrack import Soundtrack

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from latentsync_studio.media.encode import EncodedSegment
    from latentsync_studio.media.facts import MediaFacts
    from latentsync_studio.media.soundtrack import AudioPlan, MixPlan
    from latentsync_studio.media.target import VideoTarget

SOUND_SUFFIX: Final = ".wav"
DIGITS: Final = 7  # holds a day of frames at 100 a second


def write_pictures(
    folder: Path,
    target: VideoTarget,
    segments: Iterable[EncodedSegment],
    audio: AudioPlan | MixPlan | None,
    facts: MediaFacts,
) -> tuple[str, ...]:
    """Write the pictures of `segments`, and their sound as WAV, into the new folder `folder`.

    Args:
        folder: final name; an older export of this name is replaced when all is written.
        target: what the segments were encoded with; its output is a folder.
        segments: in order; taken one at a time.
        audio: sound from the first picture on, or None.
        facts: of the source; the numbers begin with its timecode.

    Returns:
        Sentences on what pictures cannot hold.

    Raises:
        InputError: the folder holds something else, or its name is too long.
        InvalidSettingError: the audio codec does not fit.
        DiskFullError, StorageError: it cannot be written; what is done is kept.
        Cancelled and others: raised by `segments`; only then the part is removed if cancelled.
    """
    soundtrack = None if audio is None else Soundtrack(audio, SOUND_SUFFIX)
    with PartFolder(folder, partial(is_of_run, folder)) as part:
        try:
            number = first_number(facts, target)
            for segment in segments:
                for packet in segment.packets:
                    part.write(picture_name(folder, target, number), packet.data)
                    number += 1
            if soundtrack is not None:
                _write_sound(part.part / f"{folder.name}{SOUND_SUFFIX}", soundtrack)
            part.commit()
        except Cancelled:
            part.discard()
            raise
        except Exception as error:
            error.add_note(part.kept.strip())
            raise
    notes = () if soundtrack is None else soundtrack.notes
    return (*notes, *_losses(target))


def picture_name(folder: Path, target: VideoTarget, number: int) -> str:
    """Name of a picture in `folder`."""
    return f"{folder.name}.{number:0{DIGITS}d}.{target.codec}"


def is_of_run(folder: Path, held: Path) -> bool:
    """Whether a file in `folder` is one that an export to it writes."""
    name = re.escape(folder.name)
    is_ours = re.fullmatch(rf"{name}\.(?:\d{{{DIGITS},}}\.(?:png|tiff)|wav)", held.name)
    return is_ours is not None and held.is_file()


def first_number(facts: MediaFacts, target: VideoTarget) -> int:
    """Number of the first picture: that of its time code, else 0."""
    label = facts.video.timecode if facts.video is not None else ""
    if not label:
        return 0
    with suppress(StudioError):
        return from_timecode(label, FrameRate.of(target.rate), drop=";" in label)
    return 0


def _write_sound(path: Path, soundtrack: Soundtrack) -> None:
    with PartFile(path) as file, ExitStack() as held:
        container = held.enter_context(
            av.open(file, "w", format="wav", container_options={"fflags": "+bitexact"})
        )
        try:
            packets = soundtrack.packets(container)
            container.start_encoding()
            for packet in packets:
                container.mux_one(packet)
            container.close()
        except FFmpegError as error:
            raise file.failure or StorageError(
                f"{str(path)!r} cannot be written: {error}", remedy="Choose another audio codec."
            ) from error
        file.commit()


def _losses(target: VideoTarget) -> tuple[str, ...]:
    notes = []
    if target.sample_aspect != 1:
        notes.append(f"Pictures do not tell that pixels are {target.sample_aspect} wide.")
    if loses_light(target):
        notes.append("The light levels of the HDR master are not stored in pictures.")
    return tuple(notes)
