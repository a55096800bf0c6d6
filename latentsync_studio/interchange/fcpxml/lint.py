"""Checks an FCPXML for what a DTD cannot say and Final Cut Pro refuses or misreads.

Edits lie on frames of the sequence, clips within their assets with their transitions, the spine has
no holes, what hangs on a clip begins within it, every name refers to something.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from latentsync_studio.interchange.fcpxml.lint_form import form_problems
from latentsync_studio.interchange.fcpxml.read_values import Values
from latentsync_studio.interchange.xml_in import parse_xml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.interchange.xml_in import Node

_CLIPS: Final = frozenset(("asset-clip", "video", "audio", "clip", "gap", "title", "ref-clip"))
_MEDIA: Final = frozenset(("asset-clip", "video", "audio"))


class Problem(NamedTuple):
    """What is wrong, and in which line."""

    line: int
    text: str


def lint(data: bytes, name: str = "timeline.fcpxml") -> tuple[Problem, ...]:
    """Everything that is wrong with a document, in its order.

    Raises:
        InputError: it is no FCPXML at all, or has times that are none.
    """
    root = parse_xml(data, name, "fcpxml")
    found = [Problem(line, text) for line, text in form_problems(root)]
    values = Values(root, name)
    for sequence in root.descendants("sequence"):
        found += _Sequence(sequence, values).problems()
    return tuple(sorted(found))


class _Sequence:
    """Checks one sequence."""

    def __init__(self, node: Node, values: Values) -> None:
        self._node, self._values = node, values
        rate = values.rate(values.resource(node, "format", "format"))
        self._frame = Fraction(0) if rate is None else 1 / rate.fraction

    def problems(self) -> Iterator[Problem]:
        """What is wrong with it and all in it."""
        if not self._frame:
            yield Problem(self._node.line, "the sequence has no frame rate")
            return
        start = self._values.time(self._node, "tcStart")
        duration = self._values.time(self._node, "duration")
        for time, what in ((start, "tcStart"), (duration, "duration")):
            if time % self._frame:
                yield Problem(self._node.line, f"{what} is no whole number of frames")
        for spine in self._node.all("spine"):
            yield from self._line(spine, start)
            stop = self._stop(spine, start)
            if stop != start + duration:
                yield Problem(
                    spine.line, f"the spine lasts {stop - start} s, the sequence {duration} s"
                )

    def _line(self, spine: Node, start: Fraction) -> Iterator[Problem]:
        """A storyline whose own time begins with `start`."""
        clips = [node for node in spine.children if node.tag in _CLIPS]
        at = start
        for clip in clips:
            offset = self._values.time(clip, "offset", at)
            if offset != at:
                yield Problem(clip.line, f"{clip.tag} begins at {offset} s, not {at} s")
            if clip.get("lane"):
                yield Problem(clip.line, "an element of a storyline has a lane")
            at = offset + self._values.time(clip, "duration")
        for clip in clips:
            yield from self._clip(clip, start, self._handles(spine, clip))
        yield from self._transitions(spine, clips, start)

    def _transitions(self, spine: Node, clips: list[Node], start: Fraction) -> Iterator[Problem]:
        edges = {start, *(self._end(clip) for clip in clips)}
        spans = []
        for node in spine.all("transition"):
            first = self._values.time(node, "offset")
            stop = first + self._values.time(node, "duration")
            spans.append((first, stop, node))
            if (first - start) % self._frame or (stop - start) % self._frame:
                yield Problem(node.line, "the transition lies between frames")
            if not any(first <= edge <= stop for edge in edges):
                yield Problem(node.line, "the transition lies over no cut")
        for (_, stop, _), (first, _, node) in pairwise(sorted(spans, key=lambda each: each[0])):
            if first < stop:
                yield Problem(node.line, "transitions overlap")

    def _clip(
        self, node: Node, base: Fraction, handles: tuple[Fraction, Fraction]
    ) -> Iterator[Problem]:
        """A clip whose parent's own time has a frame of the sequence at `base`."""
        offset, duration = self._values.time(node, "offset"), self._values.time(node, "duration")
        if (offset - base) % self._frame:
            yield Problem(node.line, f"{node.tag} begins between frames of the sequence")
        if duration <= 0 or duration % self._frame:
            yield Problem(node.line, f"{node.tag} lasts no whole number of frames")
        if node.tag in _MEDIA:
            yield from self._inside(node, handles)
        start = self._values.time(node, "start")
        for child in node.children:
            if child.tag not in _CLIPS and child.tag != "spine":
                continue
            hung = self._values.time(child, "offset", start)
            if child.get("lane", "0") == "0":
                yield Problem(child.line, f"{child.tag} hangs on a clip without a lane")
            if not start <= hung < start + duration:
                yield Problem(child.line, f"{child.tag} begins outside of what it hangs on")
            if child.tag == "spine":
                if (hung - start) % self._frame:
                    yield Problem(child.line, "a storyline begins between frames of the sequence")
                yield from self._line(child, Fraction(0))
            else:
                yield from self._clip(child, start, (Fraction(0), Fraction(0)))

    def _inside(self, node: Node, handles: tuple[Fraction, Fraction]) -> Iterator[Problem]:
        asset = self._values.resource(node, "asset")
        if asset is None:
            return  # a generator, or a name that the form's check finds
        begins = self._values.time(asset, "start")
        lasts = self._values.time(asset, "duration")
        if not lasts:
            return  # a still
        start = self._values.time(node, "start", begins)
        stop = start + self._values.time(node, "duration") + handles[1]
        if start - handles[0] < begins or stop > begins + lasts:
            yield Problem(
                node.line,
                f"{node.tag} needs {start - handles[0]} s to {stop} s of an asset of {begins} s to"
                f" {begins + lasts} s",
            )
        rate = self._values.rate(self._values.resource(asset, "format", "format"))
        is_picture = node.get("srcEnable", "all") != "audio" and node.tag != "audio"
        if rate is not None and is_picture and ((start - begins) * rate.fraction) % 1:
            yield Problem(node.line, f"{node.tag} begins between frames of its asset")

    def _handles(self, spine: Node, clip: Node) -> tuple[Fraction, Fraction]:
        """Seconds that transitions need before and behind a clip."""
        first = self._values.time(clip, "offset")
        last = first + self._values.time(clip, "duration")
        before = behind = Fraction(0)
        for node in spine.all("transition"):
            start = self._values.time(node, "offset")
            stop = start + self._values.time(node, "duration")
            if start < first < stop:
                before = first - start
            if start < last < stop:
                behind = stop - last
        return before, behind

    def _stop(self, spine: Node, start: Fraction) -> Fraction:
        clips = [node for node in spine.children if node.tag in _CLIPS]
        return self._end(clips[-1]) if clips else start

    def _end(self, clip: Node) -> Fraction:
        return self._values.time(clip, "offset") + self._values.time(clip, "duration")
