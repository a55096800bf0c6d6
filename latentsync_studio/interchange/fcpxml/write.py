"""Writes FCPXML 1.9 to 1.13; they differ only in their number for what is written here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from latentsync_studio.interchange.fcpxml.grid import on_media_frames
from latentsync_studio.interchange.fcpxml.resources import Resources
from latentsync_studio.interchange.fcpxml.spine import SpineWriter
from latentsync_studio.interchange.fcpxml.times import frames
from latentsync_studio.interchange.fitting import at_normal_speed
from latentsync_studio.interchange.output import File, Losses, Output
from latentsync_studio.interchange.pairs import embedded_sounds
from latentsync_studio.interchange.xml_out import Element

if TYPE_CHECKING:
    from latentsync_studio.interchange.cut import Clip, Cut
    from latentsync_studio.interchange.output import Options

_AUDIO_RATES: Final = {
    32_000: "32k",
    44_100: "44.1k",
    48_000: "48k",
    88_200: "88.2k",
    96_000: "96k",
    176_400: "176.4k",
    192_000: "192k",
}
_RATES: Final = frozenset({"23.976", "24", "25", "29.97", "30", "50", "59.94", "60"})


def write(cut: Cut, options: Options) -> Output:
    """The cut as one file."""
    losses = Losses()
    cut = on_media_frames(at_normal_speed(cut, losses), losses)
    sounds = embedded_sounds(cut)
    _note_losses(cut, set(sounds) | {clip.id for clip in sounds.values()}, losses)
    root = Element("fcpxml", version=options.version)
    resources = Resources(root, cut, options.folder)
    project = root.add("library").add("event", name="LatentSync Studio").add("project")
    project.set("name", cut.name)
    sequence = project.add("sequence", format=resources.sequence_format)
    sequence.set("duration", frames(cut.stop, cut.rate))
    sequence.set("tcStart", frames(cut.first_label, cut.rate))
    sequence.set("tcFormat", "DF" if cut.is_drop else "NDF")
    sequence.set("audioLayout", "stereo")
    sequence.set("audioRate", _AUDIO_RATES.get(cut.audio_hz, "48k"))
    SpineWriter(cut, resources, sounds).write(sequence)
    data = root.to_bytes("fcpxml")
    return Output((File(options.name, data),), losses.told())


def _note_losses(cut: Cut, embedded: set[str], losses: Losses) -> None:
    if str(cut.rate) not in _RATES:
        losses.add("Final Cut Pro has no sequences of this frame rate", str(cut.rate))
    if cut.audio_hz not in _AUDIO_RATES:
        losses.add("The sound of the sequence becomes 48000 Hz", f"{cut.audio_hz} Hz")
    for medium in (each for each in cut.media if not each.path.isascii()):
        losses.add("DaVinci Resolve may not find media with letters beyond ASCII", medium.name)
    for track in cut.tracks:
        if not track.is_enabled and track.clips:
            losses.add("Clips of muted tracks are turned off one by one", track.name)
        if any(each.name for each in track.transitions):
            losses.add("Other transitions become dissolves")
        for clip in track.clips:
            _note_clip(clip, embedded, losses)
    _note_markers(cut, losses)


def _note_clip(clip: Clip, embedded: set[str], losses: Losses) -> None:
    if clip.channels:
        losses.add("All channels of a sound are heard", clip.name)
    if clip.link and clip.id not in embedded:
        losses.add("Some linked clips are not linked any more", clip.name)


def _note_markers(cut: Cut, losses: Losses) -> None:
    if any(marker.color not in {"", "green"} for marker in cut.markers):
        losses.add("Colors of markers are left out")
    stop = cut.stop
    if any(marker.start >= stop for marker in cut.markers):
        losses.add("Markers behind the last clip are left out")
