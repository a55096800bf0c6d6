"""A small picture of a frame, or of one nearby that is quick to decode."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from latentsync_studio.imaging.pixels import sized_rgb
from latentsync_studio.imaging.tone import tone_mapped

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import Rgb8
    from latentsync_studio.imaging.tone import Transfer
    from latentsync_studio.media.index import FrameIndex
    from latentsync_studio.media.opening_reader import Reader


def nearest_key(index: FrameIndex, number: int) -> int:
    """The keyframe nearest to a frame: the shown one before it or after it."""
    key = index.key_for(number)
    before = 0 if key is None else index.first_from(key)
    later = next((k for k in index.key_pts if k > index.pts[number]), None)
    after = None if later is None else index.rank(later)
    if after is not None and after - number < number - before:
        return after
    return before


def thumbnail(reader: Reader, number: int, size: tuple[int, int]) -> Rgb8:
    """Decode a frame small.

    Args:
        reader: open.
        number: of the frame.
        size: width and height, px; pixel shape is the caller's.

    Returns:
        u8 (height, width, 3), read-only; of high dynamic range as a usual screen shows it.

    Raises:
        InputError: it cannot be decoded.
    """
    picture, video = sized_rgb(reader.read(number), *size), reader.video
    if not video.hdr:
        return picture
    return tone_mapped(picture, cast("Transfer", video.hdr), is_wide=video.primaries == "bt2020")
