"""What the file of a clip says by itself: times, range and color, scan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from latentsync_studio.core.preflight import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.core.preflight import Severity
    from latentsync_studio.media.facts import VideoFacts

_MATRICES: Final = {"bt601": "BT.601", "bt709": "BT.709", "bt2020": "BT.2020", "rgb": "RGB"}


class Subject(NamedTuple):
    """Whose picture it is: name and id of the medium."""

    name: str
    id: str = ""


def picture_findings(video: VideoFacts, subject: Subject) -> Iterator[Finding]:
    """All that the facts say."""
    for name, severity, sentence, numbers in (*_timing(video), *_color(video), *_scan(video)):
        yield Finding(
            id=name,
            severity=severity,
            sentence=sentence,
            numbers=numbers,
            subject=subject.name,
            subject_id=subject.id,
        )


_Told = tuple[str, "Severity", str, dict[str, float]]


def _timing(video: VideoFacts) -> Iterator[_Told]:
    rate = float(video.rate)
    if video.variable_rate:
        yield (
            "vfr",
            "info",
            (
                f"The frame rate varies (mean {rate:.3f}). Every frame keeps its own time; other"
                " programs may want a constant rate."
            ),
            {"mean_rate": round(rate, 3)},
        )
    if video.counted:
        yield (
            "untimed",
            "warning",
            (
                "The file stores no usable times: frames are counted, so picture and sound may"
                " drift apart. Convert it to MP4 or MOV."
            ),
            {"assumed_rate": round(rate, 3)},
        )


def _color(video: VideoFacts) -> Iterator[_Told]:
    fmt = video.format
    matrix, levels = _MATRICES[fmt.matrix], "full range" if fmt.full_range else "limited range"
    bits = {"bits": float(fmt.bits)}
    if video.hdr:
        yield (
            "hdr",
            "info",
            (
                f"High dynamic range ({video.hdr.upper()}, {fmt.bits} bits, {matrix}, {levels}):"
                " kept in the result; faces and mouths are drawn on its values as they are."
            ),
            bits,
        )
    guessed = [
        name for name in ("matrix", "range", "primaries", "transfer") if name in video.assumed
    ]
    if "matrix" in guessed or "range" in guessed:
        yield (
            "color-untagged",
            "info",
            (
                f"The file does not tell its color ({', '.join(guessed)}): {matrix} in {levels} is"
                " assumed. Outside of the mouth nothing changes; where the guess is wrong the new"
                " mouth has a tint."
            ),
            bits,
        )
    elif not video.hdr:
        yield "color", "info", f"Color: {matrix}, {levels}, {fmt.bits} bits a sample.", bits


def _scan(video: VideoFacts) -> Iterator[_Told]:
    if video.interlaced:
        yield (
            "interlaced",
            "warning",
            (
                "Frames consist of two fields of different times and are not deinterlaced: a moving"
                " mouth is drawn on combed edges. Deinterlace it first."
            ),
            {},
        )
    if video.has_alpha:
        yield "alpha", "info", "The picture is partly transparent; that is not exported.", {}
