"""Lays tracks out as Final Cut Pro has them: a spine, and storylines and clips hung on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from latentsync_studio.interchange.cut import Clip, Track, Transition


@dataclass(frozen=True, slots=True)
class Run:
    """Clips of one track that transitions join; mostly a single clip.

    Attributes:
        clips: one behind the other, without gaps.
        transitions: over their cuts and free edges.
    """

    clips: tuple[Clip, ...]
    transitions: tuple[Transition, ...]

    @property
    def start(self) -> int:
        """First frame on the sequence."""
        return self.clips[0].start


def runs_of(track: Track, left_out: Mapping[str, Clip]) -> list[Run]:
    """The clips of a track in runs, without those of which `left_out` has the id."""
    by_cut = {each.at: each for each in track.transitions}
    runs: list[Run] = []
    held: list[Clip] = []
    for clip in track.clips:
        if clip.id in left_out:
            continue
        joins = held and held[-1].stop == clip.start and clip.start in by_cut
        if held and not joins:
            runs.append(_run(held, by_cut))
            held = []
        held.append(clip)
    return [*runs, _run(held, by_cut)] if held else runs


def _run(clips: list[Clip], by_cut: Mapping[int, Transition]) -> Run:
    edges = [clips[0].start, *(clip.stop for clip in clips)]
    return Run(tuple(clips), tuple(by_cut[at] for at in edges if at in by_cut))
