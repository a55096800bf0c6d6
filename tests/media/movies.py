"""Small pictures, facts and sounds made for the tests of writing."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import msgspec
import numpy as np

from latentsync_studio.core.picture import Picture, PixelFormat
from latentsync_studio.core.settings.pages import EncodeSettings
from latentsync_studio.media.encode import EncodedSegment, SegmentEncoder, VideoTarget
from latentsync_studio.media.facts import ColorTags, MediaFacts, VideoFacts
from latentsync_studio.media.orient import display_format, to_display
from latentsync_studio.media.target import choose_target

if TYPE_CHECKING:
    from pathlib import Path

WIDTH, HEIGHT = 96, 64
TIMES_25 = [512 * i for i in range(100)]


def pixel_format(name: str = "yuv420p", *, full_range: bool = False) -> PixelFormat:
    """The coded format called `name`."""
    digits = name.rsplit("p", 1)[-1] if not name.startswith("gray") else name[4:]
    sub = {"420": (1, 1), "422": (1, 0), "440": (0, 1), "411": (2, 0), "410": (2, 2)}
    sub_x, sub_y = sub.get(name[3:6], (0, 0))
    return PixelFormat(
        name=name,
        bits=int(digits.removesuffix("le") or 8),
        sub_x=sub_x,
        sub_y=sub_y,
        matrix="rgb" if name.startswith("gbr") else "bt709",
        full_range=full_range or name.startswith("gbr"),
    )


def facts(name: str = "yuv420p", **changes: object) -> MediaFacts:
    """Facts of a clip of 96 x 64 coded px, 25 frames/s in units of 1/12800 s, BT.709 limited."""
    fmt = pixel_format(name)
    width = changes.get("coded_width", WIDTH)
    height = changes.get("coded_height", HEIGHT)
    rotation = changes.get("rotation", 0)
    values: dict[str, object] = {
        "stream": 0,
        "codec": "h264",
        "profile": "",
        "coded_width": width,
        "coded_height": height,
        "width": height if rotation in {90, 270} else width,
        "height": width if rotation in {90, 270} else height,
        "sample_aspect": (1, 1),
        "rotation": 0,
        "mirrored": False,
        "time_base_ratio": (1, 12800),
        "rate_ratio": (25, 1),
        "declared_rate": (25, 1),
        "variable_rate": False,
        "frames": 100,
        "keyframes": 1,
        "start_pts": 0,
        "end_pts": 51200,
        "counted": False,
        "pixel_format": name,
        "planar_format": name,
        "format": display_format(fmt, rotation),
        "has_alpha": False,
        "tags": ColorTags(
            matrix=0 if fmt.matrix == "rgb" else 1,
            primaries=1,
            transfer=1,
            color_range=2 if fmt.full_range else 1,
        ),
        "primaries": "bt709",
        "transfer": "bt709",
        "assumed": (),
        "interlaced": False,
        "hdr": "",
        "mastering_display": "",
        "content_light": "",
        "timecode": "",
        "reel": "",
        "language": "",
    }
    video = VideoFacts(**(values | changes))
    return MediaFacts(
        path="/nowhere/source.mp4",
        size_bytes=1,
        container="mov",
        title="",
        duration_s=4.0,
        video=video,
        audio=None,
        audio_streams=0,
        notes=(),
    )


def target_of(known: MediaFacts, **settings: object) -> VideoTarget:
    """What `choose_target` says, without the notes."""
    return choose_target(known, EncodeSettings(**settings))[0]


def picture(number: int, known: MediaFacts) -> Picture:
    """A smooth picture, turned to display, whose mean brightness tells its number (0..99)."""
    video = known.video
    turned = video.rotation in {90, 270}
    fmt = video.format
    sub_x, sub_y = (fmt.sub_y, fmt.sub_x) if turned else (fmt.sub_x, fmt.sub_y)
    kind = np.uint8 if fmt.bits == 8 else np.uint16
    scale = 2 ** (fmt.bits - 8)
    planes = []
    for plane in range(1 if fmt.name.startswith("gray") else 3):
        width = -(-video.coded_width // (1 << (sub_x if plane else 0)))
        height = -(-video.coded_height // (1 << (sub_y if plane else 0)))
        ramp = np.add.outer(np.arange(height) / height, np.arange(width) / width) * 10
        level = 40 + 1.5 * number if plane == 0 else 90 + 20 * plane
        planes.append(np.rint((ramp + level) * scale).astype(kind))
    shown = to_display(planes, video.rotation, mirrored=video.mirrored)
    return Picture(planes=shown, format=fmt, index=number, pts=number)


def encoded(known: MediaFacts, times: list[int], size: int = 40) -> list[EncodedSegment]:
    """Pictures 0, 1, ... shown at `times`, in segments of `size`."""
    target = target_of(known)
    segments = []
    for start in range(0, len(times), size):
        encoder = SegmentEncoder(target)
        for number in range(start, min(start + size, len(times))):
            encoder.write(picture(number, known), times[number])
        segments.append(encoder.finish())
    return segments


def with_video(known: MediaFacts, **changes: object) -> MediaFacts:
    """The same facts with some of the video's replaced."""
    return msgspec.structs.replace(known, video=msgspec.structs.replace(known.video, **changes))


def shown_numbers(path: Path, *, up_to_damage: bool = False) -> list[int]:
    """The numbers of the pictures of a movie, by their brightness."""
    numbers: list[int] = []
    with av.open(str(path)) as container, suppress(av.InvalidDataError if up_to_damage else ()):
        numbers.extend(number_of(frame) for frame in container.decode(video=0))
    return numbers


def number_of(frame: av.VideoFrame) -> int:
    """The number of a decoded 8-bit picture made by `picture`."""
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, -1)
    return round((float(rows[:, : plane.width].mean()) - 50) / 1.5)


def write_sound(
    path: Path, codec: str, rate: int = 48000, layout: str = "stereo", seconds: float = 2.0
) -> Path:
    """A sound file with noise of low level and a click on all channels at 1.0 s."""
    rng = np.random.default_rng(7)
    channels = av.AudioLayout(layout).nb_channels
    samples = rng.normal(0, 0.01, (channels, round(rate * seconds))).astype(np.float32)
    samples[:, rate : rate + 4] = 0.9
    with av.open(str(path), "w", container_options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream(codec, rate=rate)
        stream.codec_context.layout = layout
        for at in range(0, samples.shape[1], 1024):
            block = np.ascontiguousarray(samples[:, at : at + 1024])
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
            frame.sample_rate, frame.pts = rate, at
            frame.time_base = Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def click_second(path: Path) -> float:
    """When the loudest sample of a file is heard, by the times of the decoded frames."""
    loudest, when = 0.0, -1.0
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            array = frame.to_ndarray().astype(np.float64)
            if array.shape[0] == 1:
                array = array.reshape(-1, frame.layout.nb_channels).T
            peak = np.abs(array).max()
            if peak > loudest:
                loudest = peak
                at = int(np.abs(array).max(axis=0).argmax())
                when = float(frame.pts * frame.time_base) + at / frame.sample_rate
    return when
