"""Movies whose frames tell which movie and which frame they are, and reading that from a render."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np

WIDTH, HEIGHT, BITS = 160, 96, 10


def id_picture(number, width=WIDTH, height=HEIGHT):
    """RGB: ten bits of `number` as black and white blocks in the upper half."""
    image = np.full((height, width, 3), 110, np.uint8)
    block = width // BITS
    for bit in range(BITS):
        image[: height // 2, bit * block : (bit + 1) * block] = 230 if number >> bit & 1 else 25
    return image


def write_id_movie(path, first, frames, rate, timecode="", reel=""):
    """Frames `first`, `first` + 1, ... as a small intra movie with pictures alone."""
    rate = Fraction(rate)
    with av.open(str(path), "w") as out:
        if timecode:
            out.metadata["timecode"] = timecode
        stream = out.add_stream("libx264", rate=rate, options={"crf": "12", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.gop_size = 12
        if reel:
            stream.metadata["reel_name"] = reel
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(id_picture(first + number), format="rgb24")
            frame = frame.reformat(format="yuv420p")
            frame.pts, frame.time_base = number, 1 / rate
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def read_ids(path):
    """The numbers that the frames of a movie show; None for black."""
    found = []
    with av.open(str(path)) as movie:
        for frame in movie.decode(video=0):
            gray = frame.to_ndarray(format="gray")
            found.append(_id_of(gray))
    return found


def _id_of(gray):
    height, width = gray.shape
    if gray.max() < 60:
        return None
    block, number = width // BITS, 0
    for bit in range(BITS):
        inner = gray[
            height // 8 : height // 3, bit * block + block // 4 : (bit + 1) * block - block // 4
        ]
        number |= int(inner.mean() > 127) << bit
    return number
