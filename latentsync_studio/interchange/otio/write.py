"""Writes OpenTimelineIO; every time counts at the sequence's rate.

    flavour    media are named          links
    resolve    by plain paths           Resolve_OTIO "Link Group ID"
    premiere   by URLs                  PremierePro_OTIO "LinkID"
    kdenlive   by plain paths           -
    generic    by URLs                  -

What our own reader needs beside that stands in the metadata of "latentsync_studio".
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from latentsync_studio.interchange.edges import Edges
from latentsync_studio.interchange.otio.own import CUT_KEY, clip_facts, cut_facts, medium_facts
from latentsync_studio.interchange.output import File, Losses, Output
from latentsync_studio.interchange.url import base_name, reference

if TYPE_CHECKING:
    from latentsync_studio.interchange.cut import Clip, Cut, Marker, Medium, Track
    from latentsync_studio.interchange.output import Options
    from latentsync_studio.interchange.url import Style

_STYLES: Final[dict[str, Style]] = {
    "resolve": "path",
    "premiere": "url",
    "kdenlive": "path",
    "generic": "url",
}
_LINKS: Final = {
    "resolve": ("Resolve_OTIO", "Link Group ID"),
    "premiere": ("PremierePro_OTIO", "LinkID"),
}
_COLORS: Final = frozenset(
    [
        "PINK",
        "RED",
        "ORANGE",
        "YELLOW",
        "GREEN",
        "CYAN",
        "BLUE",
        "PURPLE",
        "MAGENTA",
        "BLACK",
        "WHITE",
    ]
)


def write(cut: Cut, options: Options) -> Output:
    """The cut as one file."""
    losses = Losses()
    _note_losses(cut, options, losses)
    timeline = _Writer(cut, options).timeline()
    data = timeline.to_json_string(indent=2)
    return Output((File(options.name, (data + "\n").encode()),), losses.told())


class _Writer:
    """Makes the library's objects of one cut."""

    def __init__(self, cut: Cut, options: Options) -> None:
        from opentimelineio import opentime, schema

        self._time, self._schema = opentime, schema
        self._cut, self._options = cut, options
        self._rate = cut.rate.num / cut.rate.den
        self._media = {medium.id: medium for medium in cut.media}
        self._groups: dict[str, int] = {}

    def timeline(self) -> Any:  # noqa: ANN401 - the library has no types
        """The whole timeline."""
        cut = self._cut
        made = self._schema.Timeline(name=cut.name)
        made.global_start_time = self._moment(cut.first_label)
        made.metadata[CUT_KEY] = cut_facts(cut)
        for track in cut.tracks:
            made.tracks.append(self._track(track))
        for marker in cut.markers:
            made.tracks.markers.append(self._marker(marker, Fraction(marker.start)))
        return made

    def _track(self, track: Track) -> Any:  # noqa: ANN401 - as above
        kind = "Video" if track.kind == "video" else "Audio"
        made = self._schema.Track(name=track.name, kind=kind)
        made.enabled = track.is_enabled
        made.metadata[CUT_KEY] = {"locked": track.is_locked}
        edges = Edges(track)
        at = 0
        for clip in track.clips:
            if clip.start > at:
                made.append(self._schema.Gap(duration=self._moment(clip.start - at)))
            if clip.start in edges.changes:
                made.append(self._transition(edges.changes[clip.start]))
            made.append(self._clip(clip))
            at = clip.stop
            if edges.is_free_end(at):
                made.append(self._transition(edges.changes[at]))
        return made

    def _transition(self, transition: Any) -> Any:  # noqa: ANN401 - as above
        dissolve = self._schema.TransitionTypes.SMPTE_Dissolve
        return self._schema.Transition(
            name=transition.name or "Cross Dissolve",
            transition_type=self._schema.TransitionTypes.Custom if transition.name else dissolve,
            in_offset=self._moment(transition.before),
            out_offset=self._moment(transition.after),
        )

    def _clip(self, clip: Clip) -> Any:  # noqa: ANN401 - as above
        medium = self._media[clip.medium]
        grid = self._cut.rate.fraction / medium.rate.fraction
        first = (medium.first_label + clip.source) * grid
        made = self._schema.Clip(
            name=clip.name or medium.name,
            media_reference=self._reference(medium),
            source_range=self._range(first, clip.length),
        )
        made.enabled = clip.is_enabled
        made.metadata[CUT_KEY] = clip_facts(clip)
        if clip.link:
            self._link(made, clip.link)
        if clip.speed == 0:
            made.effects.append(self._schema.FreezeFrame())
        elif clip.speed != 1:
            made.effects.append(
                self._schema.LinearTimeWarp(name="Speed", time_scalar=float(clip.speed))
            )
        for marker in clip.markers:
            made.markers.append(self._marker(marker, first + marker.start))
        return made

    def _link(self, made: Any, word: str) -> None:  # noqa: ANN401 - as above
        number = self._groups.setdefault(word, len(self._groups) + 1)
        if self._options.flavour in _LINKS:
            program, key = _LINKS[self._options.flavour]
            made.metadata[program] = {key: number}

    def _reference(self, medium: Medium) -> Any:  # noqa: ANN401 - as above
        if not medium.path:
            return self._schema.MissingReference(
                name=medium.name, metadata={CUT_KEY: medium_facts(medium)}
            )
        place = reference(medium.path, _STYLES[self._options.flavour], self._options.folder)
        made = self._schema.ExternalReference(target_url=place)
        made.name = base_name(medium.path)
        made.metadata[CUT_KEY] = medium_facts(medium)
        if medium.frames is not None and not medium.is_still:
            grid = self._cut.rate.fraction / medium.rate.fraction
            made.available_range = self._range(medium.first_label * grid, medium.frames * grid)
        return made

    def _marker(self, marker: Marker, start: Fraction) -> Any:  # noqa: ANN401 - as above
        color = marker.color.upper() if marker.color.upper() in _COLORS else "GREEN"
        made = self._schema.Marker(
            name=marker.name, marked_range=self._range(start, marker.length), color=color
        )
        made.comment = marker.note
        return made

    def _range(self, start: Fraction | int, length: Fraction | int) -> Any:  # noqa: ANN401 - as above
        return self._time.TimeRange(self._moment(start), self._moment(length))

    def _moment(self, frames: Fraction | int) -> Any:  # noqa: ANN401 - as above
        return self._time.RationalTime(float(frames), self._rate)


def _note_losses(cut: Cut, options: Options, losses: Losses) -> None:
    if cut.is_drop:
        losses.add("Whether time code is drop-frame is for the program to say")
    for track in cut.tracks:
        for clip in track.clips:
            if clip.speed != 1:
                losses.add("Programs differ in how they read speeds", clip.name)
            if clip.link and options.flavour not in _LINKS:
                losses.add("Links are not known to every program", clip.name)
    if options.flavour == "kdenlive":
        if any(track.transitions for track in cut.tracks):
            losses.add("Kdenlive leaves dissolves out")
        if any(not clip.is_enabled for track in cut.tracks for clip in track.clips):
            losses.add("Kdenlive shows clips that are turned off")
