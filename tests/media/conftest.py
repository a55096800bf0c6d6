"""Clips for the reading tests, made once per session and only when a test asks for them."""

from fractions import Fraction

import pytest

from tests.media.frame_ids import X264, make_clip, uneven

_OPEN_GOP = "open-gop=1:keyint=12:min-keyint=12:scenecut=0:bframes=3"
_TIMES = uneven(1, 90)
RECIPES = {
    "rate 23.976": ("a b;é 日本 #1%.mov", {"rate": Fraction(24000, 1001), "sound_from_s": 0.25,
                    "metadata": {"timecode": "01:00:00:00", "title": "Take 1"}}),
    "rate 25": ("plain.mp4", {}),
    "rate 29.97": ("ntsc.mov", {"rate": Fraction(30000, 1001),
                   "metadata": {"timecode": "01:00:00;00"}}),
    "rate 59.94": ("fast.mp4", {"rate": Fraction(60000, 1001)}),
    "rounded times": ("ms.mkv", {"rate": Fraction(24000, 1001)}),
    "variable rate": ("vfr.mp4", {"frames": 90, "rate": 30, "pts": _TIMES.__getitem__,
                      "time_base": Fraction(1, 90000)}),
    "edit list": ("edit.mp4", {"frames": 80, "pts": lambda i: i - 13}),
    "late start": ("late.mov", {"pts": lambda i: i + 25, "sound_from_s": 0.5}),
    "turned 90": ("r90.mp4", {"turn": 90}),
    "turned 180": ("r180.mov", {"turn": 180}),
    "turned 270": ("r270.mp4", {"turn": 270}),
    "turned 90 and mirrored": ("r90m.mp4", {"turn": 90, "mirror": True}),
    "open GOP H.264": ("open264.mp4", {"options": {**X264, "x264-params": _OPEN_GOP}}),
    "open GOP transport stream": ("open264.ts", {"options": {**X264, "x264-params": _OPEN_GOP}}),
    "open GOP HEVC": ("open265.mp4", {"codec": "libx265", "options": {
        "preset": "ultrafast", "x265-params": f"log-level=none:pools=1:{_OPEN_GOP}"}}),
    "intra refresh": ("refresh.mp4", {"frames": 80, "options": {
        "crf": "18", "preset": "veryfast", "x264-params": "intra-refresh=1:keyint=20:bframes=0"}}),
    "10 bit": ("ten.mp4", {"codec": "libx265", "pix_fmt": "yuv420p10le", "options": {
        "preset": "ultrafast", "x265-params": "log-level=none:pools=1"}}),
    "4:2:2 10 bit": ("prores.mov", {"codec": "prores_ks", "pix_fmt": "yuv422p10le",
                     "options": {}, "frames": 30}),
    "4:2:2 turned": ("turned422.mov", {"pix_fmt": "yuv422p", "turn": 90}),
    "4:4:4": ("full.mkv", {"pix_fmt": "yuv444p"}),
    "RGB 10 bit": ("rgb.mkv", {"codec": "ffv1", "pix_fmt": "gbrp10le", "options": {},
                   "frames": 30}),
    "one keyframe": ("onekey.mp4", {"frames": 120, "gop": 1000, "options": {
        **X264, "x264-params": "scenecut=0"}}),
    "untimed AVI": ("old.avi", {}),
    "raw H.264": ("raw.h264", {}),
    "VP8": ("v8.webm", {"codec": "libvpx", "frames": 40, "options": {
        "cpu-used": "8", "deadline": "good", "auto-alt-ref": "1", "lag-in-frames": "16"}}),
    "MPEG-2": ("old.mpg", {"codec": "mpeg2video", "options": {"bf": "2"}}),
    "motion JPEG": ("mj.avi", {"codec": "mjpeg", "pix_fmt": "yuvj420p", "frames": 30,
                    "options": {"qscale": "2"}}),
    "one frame": ("one.mp4", {"frames": 1}),
}  # fmt: skip


@pytest.fixture(scope="session")
def clip(tmp_path_factory):
    """Return a function that gives the path of a clip of `RECIPES`."""
    folder = tmp_path_factory.mktemp("clips")

    def made(name):
        file, recipe = RECIPES[name]
        path = folder / file
        return path if path.exists() else make_clip(path, **recipe)

    return made
