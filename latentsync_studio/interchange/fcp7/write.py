"""Writes Final Cut Pro 7 XML.

flavour    for                  differs in
premiere   Premiere Pro, Avid   version 4, ticks, stereo pairs, "file://localhost/D%3a/..."
resolve    DaVinci Resolve      version 5, "file:///D:/..."
generic    OpenShot and others  version 4, every clip defines its file anew
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from latentsync_studio.interchange.edges import Edges
from latentsync_studio.interchange.fcp7.items import groups_of, in_and_out, rows_of
from latentsync_studio.interchange.fcp7.media import FileWriter
from latentsync_studio.interchange.fcp7.parts import (
    add_marker,
    add_picture,
    add_rate,
    add_sound,
    add_timecode,
    is_ntsc,
    ticks,
)
from latentsync_studio.interchange.fcp7.write_clip import ClipWriter
from latentsync_studio.interchange.output import File, Losses, Output
from latentsync_studio.interchange.xml_out import Element

if TYPE_CHECKING:
    from latentsync_studio.interchange.cut import Cut, Transition
    from latentsync_studio.interchange.fcp7.items import Row
    from latentsync_studio.interchange.output import Options

_VERSIONS: Final = {"premiere": "4", "resolve": "5", "generic": "4"}
_TRACK_TYPES: Final = {1: "Mono", 2: "Stereo", 6: "5.1"}


def write(cut: Cut, options: Options) -> Output:
    """The cut as one file."""
    losses = Losses()
    rows = rows_of(cut, losses)
    _note_losses(cut, options, losses)
    root = Element("xmeml", version=_VERSIONS[options.flavour])
    sequence = root.add("sequence", id="sequence-1")
    if options.flavour == "premiere":
        sequence.set("explodedTracks", "true")
    sequence.add("name", cut.name)
    sequence.add("duration", cut.stop)
    add_rate(sequence, cut.rate)
    add_timecode(sequence, cut.first_label, cut.rate, drop=cut.is_drop)
    media = sequence.add("media")
    video, audio = media.add("video"), Element("audio")
    add_picture(video.add("format"), cut.rate, cut.width, cut.height)
    _add_outputs(audio, cut)
    writer = ClipWriter(cut, options, FileWriter(_lengths(cut, rows), options), groups_of(rows))
    for row in rows:
        _add_track(audio if row.channels else video, row, cut, writer, options)
    media.append(audio)
    for marker in cut.markers:
        add_marker(sequence, marker, marker.start)
    data = root.to_bytes("xmeml")
    return Output((File(options.name, data),), losses.told())


def _lengths(cut: Cut, rows: list[Row]) -> dict[str, int]:
    """Frames of the sequence that each medium is used up to."""
    media = {medium.id: medium for medium in cut.media}
    used: dict[str, int] = {}
    for row in rows:
        for item in row.items:
            _, stop = in_and_out(item, media[item.clip.medium], cut)
            used[item.clip.medium] = max(stop, used.get(item.clip.medium, 1))
    return used


def _note_losses(cut: Cut, options: Options, losses: Losses) -> None:
    rates = {medium.rate for medium in cut.media if medium.has_picture} | {cut.rate}
    for rate in sorted(rates, key=str):
        if rate.fraction != rate.nominal and not is_ntsc(rate):
            losses.add("A frame rate has no name in this format and is rounded", str(rate))
    if any(marker.color not in {"", "green"} for marker in cut.markers):
        losses.add("Colors of markers are left out")
    if options.folder:
        losses.add("Media are named relative to the file; Premiere Pro asks where they are")
    for track in cut.tracks:
        for each in track.transitions:
            if each.name:
                losses.add("Other transitions become dissolves", each.name)


def _add_outputs(audio: Element, cut: Cut) -> None:
    audio.add("numOutputChannels", 2)
    add_sound(audio.add("format"), cut.audio_hz)
    outputs = audio.add("outputs")
    for index in (1, 2):
        group = outputs.add("group")
        group.add("index", index)
        group.add("numchannels", 1)
        group.add("downmix", 0)
        group.add("channel").add("index", index)


def _add_track(parent: Element, row: Row, cut: Cut, writer: ClipWriter, options: Options) -> None:
    track = parent.add("track")
    if row.channels and options.flavour == "premiere":
        joined = row.channels if row.channels in _TRACK_TYPES else 1
        track.set("currentExplodedTrackIndex", row.channel - 1 if joined > 1 else 0)
        track.set("totalExplodedTrackCount", joined)
        track.set("premiereTrackType", _TRACK_TYPES[joined])
    edges = Edges(row.track)
    for item in row.items:
        if item.clip.start in edges.changes:
            _add_transition(track, item.clip.start, edges, cut)
        writer.add(track, item)
        if edges.is_free_end(item.clip.stop):
            _add_transition(track, item.clip.stop, edges, cut)
    track.add("enabled", row.track.is_enabled)
    track.add("locked", row.track.is_locked)
    if row.channels:
        track.add("outputchannelindex", (row.channel - 1) % 2 + 1)


def _add_transition(parent: Element, at: int, edges: Edges, cut: Cut) -> None:
    transition = edges.changes[at]
    element = parent.add("transitionitem")
    element.add("start", transition.start)
    element.add("end", transition.stop)
    element.add("alignment", _alignment(transition, edges))
    element.add("cutPointTicks", ticks(transition.before, cut.rate))
    add_rate(element, cut.rate)
    effect = element.add("effect")
    if edges.kind == "video":
        effect.add("name", "Cross Dissolve")
        effect.add("effectid", "Cross Dissolve")
        effect.add("effectcategory", "Dissolve")
    else:
        effect.add("name", "Cross Fade ( 0dB)")
        effect.add("effectid", "KGAudioTransCrossFade0dB")
    effect.add("effecttype", "transition")
    effect.add("mediatype", edges.kind)


def _alignment(transition: Transition, edges: Edges) -> str:
    if transition.at not in edges.lefts:
        return "start-black"
    if transition.at not in edges.rights:
        return "end-black"
    if not transition.before:
        return "start"
    return "center" if transition.after else "end"
