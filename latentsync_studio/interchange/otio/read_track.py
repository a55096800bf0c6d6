"""Reads a track: clips, gaps and transitions one behind the other, and their media."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from latentsync_studio.core.timeline.timecode import can_drop
from latentsync_studio.interchange.cut import Clip, Medium, Track, Transition
from latentsync_studio.interchange.frames import nearest
from latentsync_studio.interchange.media_book import is_still_name
from latentsync_studio.interchange.nesting import top_clips, window
from latentsync_studio.interchange.normal import require_clips, require_flat
from latentsync_studio.interchange.otio.own import ClipFacts, MediumFacts, own_facts
from latentsync_studio.interchange.otio.values import marker_of, objects, schema, text
from latentsync_studio.interchange.output import label_of
from latentsync_studio.interchange.url import base_name, path_of

if TYPE_CHECKING:
    from latentsync_studio.interchange.cut import Cut, Marker, TrackKind
    from latentsync_studio.interchange.otio.read import Reader
    from latentsync_studio.interchange.otio.values import Json

_NESTED: Final = frozenset(("Stack", "Track", "Timeline"))
_LINKS: Final = (("Resolve_OTIO", "Link Group ID"), ("PremierePro_OTIO", "LinkID"))
_SNAP: Final = Fraction(1, 1000)  # of a frame
_MOST_CHANNELS: Final = 64


class TrackReader:
    """Reads the tracks of one stack."""

    def __init__(self, cut: Cut, reader: Reader) -> None:
        """Take the sequence without tracks, and what is shared by the whole file."""
        self._cut, self._reader = cut, reader
        self._times, self._losses = reader.times, reader.losses
        self._count = 0

    def track(self, node: Json, number: int) -> Track:
        """A track with its clips and transitions."""
        kind: TrackKind = "audio" if text(node, "kind").lower().startswith("audio") else "video"
        clips: list[Clip] = []
        transitions: list[Transition] = []
        grid = self._cut.rate.fraction
        at = Fraction(0)  # seconds, so that lengths of other rates do not add up errors
        for child in objects(node, "children"):
            if schema(child) == "Transition":
                transitions.append(self._transition(child, nearest(at * grid)))
                continue
            length = self._length(child)
            start, stop = nearest(at * grid), nearest((at + length) * grid)
            at += length
            if stop <= start:
                continue
            if schema(child) == "Clip":
                clips += self._clip(child, start, stop, kind)
            elif schema(child) in _NESTED:
                clips += self._nested(child, start, stop, kind)
            elif schema(child) != "Gap":
                self._leave_out(child, start, "Parts of unknown kinds are left out")
        facts = node.get("metadata")
        own = facts.get("latentsync_studio") if isinstance(facts, dict) else None
        return Track(
            kind=kind,
            name=text(node, "name") or f"{kind[0].upper()}{number}",
            clips=tuple(clips),
            transitions=tuple(transitions),
            is_enabled=node.get("enabled") is not False,
            is_locked=isinstance(own, dict) and own.get("locked") is True,
        )

    def _clip(self, node: Json, start: int, stop: int, kind: TrackKind) -> list[Clip]:
        found = self._medium(node, kind)
        if found is None:
            self._leave_out(node, start, "Clips without a file on a disk are left out")
            return []
        key, medium = found
        facts = own_facts(node.get("metadata"), ClipFacts) or ClipFacts()
        channels = tuple(n for n in facts.channels if 1 <= n <= _MOST_CHANNELS)
        if kind == "audio":
            self._reader.book.heard(key, max(channels, default=1))
        else:
            self._reader.book.seen(key)
        self._count += 1
        require_clips(self._count, self._cut.name)
        speed = self._speed(node)
        return [
            Clip(
                id=f"c{self._count}",
                medium=medium.id,
                name=text(node, "name") or medium.name,
                start=start,
                length=stop - start,
                source=Fraction(0) if medium.is_still else self._source(node, medium),
                speed=Fraction(1) if medium.is_still else speed,
                is_enabled=node.get("enabled") is not False,
                link=_link(node, facts),
                channels=channels,
                markers=self._markers(node),
            )
        ]

    def _source(self, node: Json, medium: Medium) -> Fraction:
        """Where a clip begins in its medium, in the medium's own frames."""
        used = node.get("source_range")
        available = _reference(node).get("available_range")
        if not isinstance(used, dict):
            return Fraction(0)
        start = used.get("start_time")
        rate = self._times.rate(start) or self._cut.rate
        first = Fraction(0)
        if isinstance(available, dict):
            first = self._times.seconds(available.get("start_time")) * rate.fraction
        frames = self._times.frames(start) - first
        if abs(frames - nearest(frames)) < _SNAP:
            frames = Fraction(nearest(frames))
        return max(Fraction(0), frames * medium.rate.fraction / rate.fraction)

    def _length(self, node: Json) -> Fraction:
        """Seconds that a part lasts."""
        used = node.get("source_range")
        if isinstance(used, dict):
            return max(Fraction(0), self._times.seconds(used.get("duration")))
        if schema(node) == "Clip":
            available = _reference(node).get("available_range")
            if isinstance(available, dict):
                return max(Fraction(0), self._times.seconds(available.get("duration")))
        inside = node.get("tracks") if schema(node) == "Timeline" else node
        parts = [
            self._length(child)
            for child in objects(inside, "children")
            if schema(child) != "Transition"
        ]
        if not parts:
            return Fraction(0)
        return sum(parts, Fraction(0)) if schema(inside) == "Track" else max(parts)

    def _nested(self, node: Json, start: int, stop: int, kind: TrackKind) -> list[Clip]:
        inside = node.get("tracks") if schema(node) == "Timeline" else node
        inner = self._reader.nested(inside, self._cut.rate) if isinstance(inside, dict) else None
        if inner is None:
            self._leave_out(node, start, "Stacks that lie too deep are left out")
            return []
        self._losses.add("Nested sequences are laid out flat", inner.name)
        used = node.get("source_range")
        first = Fraction(0)
        if isinstance(used, dict):
            first = self._times.seconds(used.get("start_time"))
        frame = nearest(first * self._cut.rate.fraction)
        found = window(top_clips(inner, kind), inner, frame, stop - start, start)
        self._count += len(found)
        require_flat(self._count, self._cut.name)
        return [replace(clip, id=f"c{self._count - n}", link="") for n, clip in enumerate(found)]

    def _transition(self, node: Json, at: int) -> Transition:
        grid = self._cut.rate.fraction
        kind = text(node, "transition_type")
        return Transition(
            at=at,
            before=nearest(self._times.seconds(node.get("in_offset")) * grid),
            after=nearest(self._times.seconds(node.get("out_offset")) * grid),
            name="" if "dissolve" in kind.lower() else text(node, "name") or kind,
        )

    def _medium(self, node: Json, kind: TrackKind) -> tuple[str, Medium] | None:
        reference = _reference(node)
        path = _path(reference)
        facts = own_facts(reference.get("metadata"), MediumFacts)
        if not path and (schema(reference) != "MissingReference" or facts is None):
            return None
        key = path or f"name {text(reference, 'name')}"
        known = self._reader.book.known(key)
        if known is not None:
            return key, known
        made = self._found(reference, path, node, kind)
        if facts is not None:
            values = {name: getattr(facts, name) for name in facts.__struct_fields__}
            made = replace(made, **(values | {"rate": facts.frame_rate}))
            made = replace(made, is_drop=made.is_drop and can_drop(made.rate))
        return key, self._reader.book.medium(key, made)

    def _found(self, reference: Json, path: str, node: Json, kind: TrackKind) -> Medium:
        """A medium as the format itself describes it."""
        available = reference.get("available_range")
        start = available.get("start_time") if isinstance(available, dict) else None
        length = available.get("duration") if isinstance(available, dict) else None
        rate = (self._times.rate(start) or self._cut.rate) if kind == "video" else self._cut.rate
        frames = nearest(self._times.seconds(length) * rate.fraction)
        is_still = kind == "video" and schema(reference) != "ImageSequenceReference"
        is_still = is_still and is_still_name(path)
        return Medium(
            id="",
            name=base_name(path) or text(reference, "name") or text(node, "name"),
            path=path,
            rate=rate,
            frames=None if is_still or frames < 1 else frames,
            first_label=max(0, nearest(self._times.seconds(start) * rate.fraction)),
            has_picture=kind == "video",
            is_still=is_still,
            is_run=schema(reference) == "ImageSequenceReference",
        )

    def _speed(self, node: Json) -> Fraction:
        speed = Fraction(1)
        for effect in objects(node, "effects"):
            name = schema(effect)
            if name == "FreezeFrame":
                return Fraction(0)
            if name == "LinearTimeWarp":
                scalar = effect.get("time_scalar")
                if isinstance(scalar, int | float) and -1000 <= scalar <= 1000:
                    speed *= Fraction(scalar).limit_denominator(10_000)
            elif text(effect, "effect_name"):
                self._losses.add("Effects are left out", text(effect, "effect_name"))
        return speed

    def _markers(self, node: Json) -> tuple[Marker, ...]:
        used = node.get("source_range")
        first = self._times.seconds(used.get("start_time")) if isinstance(used, dict) else 0
        found, grid = [], self._cut.rate.fraction
        for marker in objects(node, "markers"):
            marked = marker.get("marked_range")
            if isinstance(marked, dict):
                start = self._times.seconds(marked.get("start_time")) - first
                length = self._times.seconds(marked.get("duration"))
                found.append(marker_of(marker, nearest(start * grid), nearest(length * grid)))
        return tuple(found)

    def _leave_out(self, node: Json, start: int, why: str) -> None:
        self._losses.add(why, f"{text(node, 'name')} at {label_of(self._cut, start)}".strip())


def _reference(node: Json) -> Json:
    """A clip's media reference, of either form of clips."""
    several = node.get("media_references")
    if isinstance(several, dict):
        key = text(node, "active_media_reference_key") or "DEFAULT_MEDIA"
        found = several.get(key)
    else:
        found = node.get("media_reference")
    return found if isinstance(found, dict) else {}


def _path(reference: Json) -> str:
    if schema(reference) == "ImageSequenceReference":
        number = reference.get("start_frame")
        digits = reference.get("frame_zero_padding")
        if isinstance(number, int) and isinstance(digits, int) and 0 <= digits <= 12:
            base = path_of(text(reference, "target_url_base")).rstrip("/")
            name = f"{text(reference, 'name_prefix')}{number:0{digits}d}"
            return f"{base}/{name}{text(reference, 'name_suffix')}"
    return path_of(text(reference, "target_url"))


def _link(node: Json, facts: ClipFacts) -> str:
    if facts.link:
        return facts.link
    metadata = node.get("metadata")
    for program, key in _LINKS:
        found = metadata.get(program) if isinstance(metadata, dict) else None
        number = found.get(key) if isinstance(found, dict) else None
        if isinstance(number, int | str) and number:
            return f"{program} {str(number)[:40]}"
    return ""
