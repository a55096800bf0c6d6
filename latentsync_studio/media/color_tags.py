"""Colour tags of streams: their names, and what holds where they are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.picture import PixelFormat

if TYPE_CHECKING:
    from latentsync_studio.core.picture import Matrix
    from latentsync_studio.media.facts import ColorTags
    from latentsync_studio.media.planes import Layout

UNSPECIFIED: Final = 2
# ITU-T H.273 tables 4 (MatrixCoefficients), 2 (ColourPrimaries) and 3 (TransferCharacteristics).
_MATRICES: Final[dict[int, Matrix]] = {
    1: "bt709",
    4: "bt601",
    5: "bt601",
    6: "bt601",
    7: "bt709",
    9: "bt2020",
    10: "bt2020",
}
_NEAREST: Final = {4: "FCC", 7: "SMPTE 240M", 10: "BT.2020 constant luminance"}
_REFUSED: Final = {8: "YCgCo", 11: "YDzDx", 14: "ICtCp", 15: "IPT-PQ-C2", 16: "YCgCo-Re"}
_PRIMARIES: Final = {
    1: "bt709",
    4: "bt470m",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "film",
    9: "bt2020",
    10: "smpte428",
    11: "smpte431",
    12: "smpte432",
    22: "ebu3213",
}
_TRANSFERS: Final = {
    1: "bt709",
    4: "gamma22",
    5: "gamma28",
    6: "smpte170m",
    7: "smpte240m",
    8: "linear",
    11: "iec61966-2-4",
    13: "iec61966-2-1",
    14: "bt2020-10",
    15: "bt2020-12",
    16: "smpte2084",
    18: "arib-std-b67",
}
_HDR: Final = {16: "pq", 18: "hlg"}


class ColorMeaning(msgspec.Struct, frozen=True, kw_only=True):
    """What samples of a stream mean.

    Attributes:
        format: of the planes in coded orientation.
        primaries: FFmpeg's name.
        transfer: FFmpeg's name.
        hdr: "pq", "hlg" or empty.
        assumed: which of "matrix", "range", "primaries", "transfer" were not tagged.
        notes: sentences for the user.
    """

    format: PixelFormat
    primaries: str
    transfer: str
    hdr: str
    assumed: tuple[str, ...]
    notes: tuple[str, ...]


def meaning_of(tags: ColorTags, layout: Layout, coded_height: int) -> ColorMeaning:
    """Read the tags; where they are missing, HD is BT.709 and smaller is BT.601, limited range.

    Raises:
        InputError: the matrix is none of luma and colour differences (YCgCo, ICtCp).
    """
    assumed: list[str] = []
    notes: list[str] = []
    by_size = "bt709" if coded_height >= 720 else "smpte170m"
    primaries = _PRIMARIES.get(tags.primaries, "")
    transfer = _TRANSFERS.get(tags.transfer, "")
    matrix = _matrix(tags, layout, coded_height, notes, assumed)
    full = _full_range(tags, layout, assumed)
    if not primaries:
        assumed.append("primaries")
        primaries = "bt2020" if matrix == "bt2020" else by_size
    if not transfer:
        assumed.append("transfer")
        transfer = "iec61966-2-1" if matrix == "rgb" else by_size
    fmt = PixelFormat(
        name=layout.planar,
        bits=layout.bits,
        sub_x=layout.sub_x,
        sub_y=layout.sub_y,
        matrix=matrix,
        full_range=full,
    )
    hdr = _HDR.get(tags.transfer, "")
    if hdr:
        notes.append(
            f"The picture is HDR ({hdr.upper()}): it is kept as it is; previews show it toned "
            "down to SDR, and the face model takes its values as they are."
        )
    return ColorMeaning(
        format=fmt,
        primaries=primaries,
        transfer=transfer,
        hdr=hdr,
        assumed=tuple(assumed),
        notes=tuple(notes),
    )


def _matrix(
    tags: ColorTags, layout: Layout, coded_height: int, notes: list[str], assumed: list[str]
) -> Matrix:
    if layout.rgb:
        return "rgb"
    if tags.matrix in _REFUSED and not layout.gray:
        raise InputError(
            f"The colours are coded as {_REFUSED[tags.matrix]}, which cannot be edited in place.",
            remedy="Convert the clip to BT.709 or BT.2020 YUV.",
        )
    if tags.matrix in _NEAREST:
        notes.append(
            f"The colours are tagged {_NEAREST[tags.matrix]}; they are read with the nearest "
            f"matrix, {_MATRICES[tags.matrix]}."
        )
    if tags.matrix in _MATRICES:
        return _MATRICES[tags.matrix]
    assumed.append("matrix")
    if tags.primaries == 9:
        return "bt2020"
    return "bt709" if coded_height >= 720 else "bt601"


def _full_range(tags: ColorTags, layout: Layout, assumed: list[str]) -> bool:
    if tags.color_range == 2 or layout.jpeg:
        return True
    if tags.color_range == 1:
        return False
    if layout.rgb:
        return True
    assumed.append("range")
    return layout.gray  # FFmpeg, too, takes untagged grey for full range
