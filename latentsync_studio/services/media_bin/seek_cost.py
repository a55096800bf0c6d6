"""How long a jump to any frame takes, estimated from numbers: whether a proxy is worth it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from latentsync_studio.media.facts import VideoFacts

GOAL_MS: Final = 10.0  # a jump must not take longer while somebody drags the playhead
# ms a megapixel to decode a frame on two cores (1080p clips, PyAV 18.1); others as the slowest
_MS_A_MEGAPIXEL: Final = {
    "h264": 0.95,
    "hevc": 1.8,
    "vp8": 1.2,
    "vp9": 1.6,
    "av1": 2.0,
    "mpeg4": 0.9,
    "mpeg2video": 0.8,
    "mjpeg": 1.8,
    "prores": 1.9,
    "dnxhd": 1.6,
    "png": 12.0,
    "webp": 30.0,
    "exr": 30.0,
}
_SLOWEST: Final = 3.0
_SEEK_MS: Final = 1.5  # finding the keyframe, converting the frame
_DEEP: Final = 1.6  # times as long for more than 8 bits


def seek_ms(video: VideoFacts) -> float:
    """Mean time of a jump: half a group of pictures is decoded, then the frame itself."""
    group = video.frames if video.counted else video.frames / max(video.keyframes, 1)
    decoded = max((group - 1) / 2, 0) + 1
    effort = _MS_A_MEGAPIXEL.get(video.codec, _SLOWEST)
    if video.format.bits > 8:
        effort *= _DEEP
    megapixels = video.coded_width * video.coded_height / 1e6
    return _SEEK_MS + decoded * megapixels * effort


def proxy_reason(video: VideoFacts) -> str:
    """Why jumping in a clip is too slow, with numbers; empty when it is quick enough."""
    if video.frames < 2:
        return ""
    cost = seek_ms(video)
    if cost <= GOAL_MS:
        return ""
    group = video.frames / max(video.keyframes, 1)
    every = "the file does not tell where" if video.counted else f"every {group:.0f} frames"
    return (
        f"{video.codec.upper()} of {video.width} x {video.height} px that can be entered "
        f"{every}: a jump takes about {cost:.0f} ms (at most {GOAL_MS:.0f} are smooth)."
    )
