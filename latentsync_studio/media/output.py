"""Where encoded segments go: one movie file, or a folder of numbered pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.core.delivery.codecs import CODECS, FOLDER, NO_ENDING, SUFFIXES
from latentsync_studio.media.mux import write_movie
from latentsync_studio.media.picture_folder import write_pictures

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from latentsync_studio.core.settings.pages import EncodeSettings
    from latentsync_studio.media.encode import EncodedSegment
    from latentsync_studio.media.facts import MediaFacts
    from latentsync_studio.media.soundtrack import AudioPlan, MixPlan
    from latentsync_studio.media.target import VideoTarget


def suffix_of(output: Path, settings: EncodeSettings) -> str:
    """The ending that decides on the container; "" where a folder of pictures is asked for.

    A movie whose name lacks its ending has NO_ENDING, which no container has.
    """
    suffix = output.suffix.lower()
    wants_folder = settings.codec != "auto" and CODECS[settings.codec].is_folder
    if wants_folder:
        return suffix if suffix in SUFFIXES else FOLDER
    return suffix or NO_ENDING


def write_output(
    output: Path,
    target: VideoTarget,
    segments: Iterable[EncodedSegment],
    audio: AudioPlan | MixPlan | None,
    facts: MediaFacts,
    *,
    end_pts: int | None = None,
) -> tuple[str, ...]:
    """Write what `target` asks for; see `write_movie` and `write_pictures`."""
    if target.is_folder:
        return write_pictures(output, target, segments, audio, facts)
    return write_movie(output, target, segments, audio, facts, end_pts=end_pts)
