"""Writes MLT XML: profile, producers, a playlist for every track, the tractor that mixes them."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.interchange.mlt.playlist import PlaylistWriter
from latentsync_studio.interchange.mlt.producers import Producers, add_property
from latentsync_studio.interchange.output import File, Losses, Output
from latentsync_studio.interchange.xml_out import Element

if TYPE_CHECKING:
    from latentsync_studio.interchange.cut import Cut, Marker, Track
    from latentsync_studio.interchange.output import Options

_VERSION = "7.0.0"  # of MLT, from which on it reads what is written here


def write(cut: Cut, options: Options) -> Output:
    """The cut as one file."""
    losses = Losses()
    _note_losses(cut, losses)
    root = Element("mlt", LC_NUMERIC="C", version=_VERSION, producer="main_bin", title=cut.name)
    _add_profile(root, cut)
    producers = Producers(root, cut, options.folder)
    writer = PlaylistWriter(root, cut, producers)
    playlists = [(writer.write(track, n), track) for n, track in enumerate(cut.tracks, 1)]
    black = root.add("producer", id="black", in_=0, out=cut.stop - 1)
    for name, value in (("mlt_service", "color"), ("resource", "#000000"), ("length", cut.stop)):
        add_property(black, name, value)
    tractor = root.add("tractor", id="main", title=cut.name, in_=0, out=cut.stop - 1)
    add_property(tractor, "shotcut", 1)
    _add_markers(tractor, cut)
    tractor.add("track", producer="black")
    for name, track in playlists:
        element = tractor.add("track", producer=name)
        hidden = _hidden(track)
        if hidden:
            element.set("hide", hidden)
    for number, (_, track) in enumerate(playlists, 1):
        _add_mix(tractor, number, track, _has_alpha(track, cut))
    return Output((File(options.name, root.to_bytes()),), losses.told())


def _note_losses(cut: Cut, losses: Losses) -> None:
    if cut.first_label:
        losses.add("Time code begins at 0")
    if any(clip.link for track in cut.tracks for clip in track.clips):
        losses.add("Links between pictures and sounds are left out")
    rates = {m.rate for m in cut.media if m.has_picture and not m.is_still}
    if rates - {cut.rate}:
        losses.add("Media of another frame rate may show a neighboring frame here and there")
    for track in cut.tracks:
        for clip in track.clips:
            if not clip.is_enabled:
                losses.add("Clips that are turned off become gaps", clip.name)
            if clip.channels:
                losses.add("All channels of a sound are heard", clip.name)
        for each in track.transitions:
            if each.name:
                losses.add("Other transitions become dissolves", each.name)


def _add_profile(root: Element, cut: Cut) -> None:
    common = gcd(cut.width, cut.height)
    values: dict[str, str | int] = {
        "description": "custom",
        "width": cut.width,
        "height": cut.height,
        "progressive": 1,
        "sample_aspect_num": 1,
        "sample_aspect_den": 1,
        "display_aspect_num": cut.width // common,
        "display_aspect_den": cut.height // common,
        "frame_rate_num": cut.rate.num,
        "frame_rate_den": cut.rate.den,
        "colorspace": 709,
    }
    profile = root.add("profile")
    for name, value in values.items():
        profile.set(name, value)


def _hidden(track: Track) -> str:
    if not track.is_enabled:
        return "both"
    return "video" if track.kind == "audio" else ""


def _has_alpha(track: Track, cut: Cut) -> bool:
    clear = {medium.id for medium in cut.media if medium.has_alpha}
    return any(clip.medium in clear for clip in track.clips)


def _add_mix(tractor: Element, number: int, track: Track, has_alpha: bool) -> None:
    """How a track comes to those below it: sounds add up, pictures cover by their alpha.

    Only `affine` asks movies of more than 8 bits for their alpha (melt 7.12, ProRes 4444).
    """
    element = tractor.add("transition", id=f"mix{number}")
    values: dict[str, str | int] = {"a_track": 0, "b_track": number}
    if track.kind == "audio":
        values |= {"mlt_service": "mix", "always_active": 1, "sum": 1}
    elif has_alpha:
        values |= {"mlt_service": "affine", "always_active": 1, "fill": 1, "distort": 0}
    else:
        values |= {
            "mlt_service": "composite",
            "always_active": 1,
            "progressive": 1,
            "fill": 1,
            "geometry": "0/0:100%x100%",
            "halign": "center",
            "valign": "middle",
        }
    for name, value in values.items():
        add_property(element, name, value)


def _add_markers(tractor: Element, cut: Cut) -> None:
    """Markers as Shotcut keeps them, those of clips among them."""
    markers: list[Marker] = list(cut.markers)
    for track in cut.tracks_of("video"):
        for clip in track.clips:
            moved = [replace(each, start=each.start + clip.start) for each in clip.markers]
            markers += [each for each in moved if clip.start <= each.start < clip.stop]
    if not markers:
        return
    parent = tractor.add("properties", name="shotcut:markers")
    for number, marker in enumerate(sorted(markers, key=lambda each: each.start)):
        element = parent.add("properties", name=number)
        add_property(element, "text", marker.name or f"Marker {number + 1}")
        add_property(element, "start", _clock(marker.start, cut))
        add_property(element, "end", _clock(marker.start + max(0, marker.length - 1), cut))
        add_property(element, "color", "#008000")


def _clock(frame: int, cut: Cut) -> str:
    """hh:mm:ss and thousandths of the start of a frame."""
    ms = (2000 * frame * cut.rate.den + cut.rate.num) // (2 * cut.rate.num)
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"
