"""Which layout of samples a codec stores for a source: as little as possible is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, cast

import msgspec

from latentsync_studio.core.delivery.codecs import CODECS
from latentsync_studio.core.errors import InvalidSettingError

if TYPE_CHECKING:
    from latentsync_studio.core.delivery.codecs import Chroma, VideoCodec
    from latentsync_studio.core.picture import PixelFormat
    from latentsync_studio.core.settings.pages import EncodeSettings
    from latentsync_studio.media.facts import VideoFacts
    from latentsync_studio.media.orient import Rotation

Family = Literal["yuv", "gray", "rgb"]

_SUBSAMPLED: Final[dict[tuple[int, int], Chroma]] = {(0, 0): "444", (1, 0): "422", (1, 1): "420"}
_SHIFTS: Final = {name: shifts for shifts, name in _SUBSAMPLED.items()}
_SHOWN: Final = {"420": "4:2:0", "422": "4:2:2", "444": "4:4:4", "rgb": "RGB"}


class Samples(msgspec.Struct, frozen=True):
    """How samples are laid out in coded planes.

    Attributes:
        family: luma and chroma, luma alone, or R, G and B.
        bits: a sample.
        sub_x: log2 of the horizontal chroma subsampling.
        sub_y: log2 of the vertical chroma subsampling.
        alpha: one more plane tells how much of a pixel covers what is below.
    """

    family: Family
    bits: int
    sub_x: int = 0
    sub_y: int = 0
    alpha: bool = False

    @property
    def planar_name(self) -> str:
        """FFmpeg's name of the planar format."""
        deep = f"{self.bits}le" if self.bits > 8 else ""
        a = "a" if self.alpha else ""
        if self.family == "rgb":
            return f"gbr{a}p{deep}"
        return f"yuv{a}{_SUBSAMPLED[self.sub_x, self.sub_y]}p{deep}"


def coded_samples(shown: PixelFormat, rotation: Rotation) -> Samples:
    """Layout of a picture's planes before they were turned to display by `rotation`."""
    sub_x, sub_y = shown.sub_x, shown.sub_y
    if rotation in {90, 270}:
        sub_x, sub_y = sub_y, sub_x
    family: Family = "yuv"
    if shown.matrix == "rgb":
        family = "rgb"
    elif shown.name.startswith("gray"):
        family = "gray"
    return Samples(family, shown.bits, sub_x, sub_y)


def stored_samples(
    video: VideoFacts, source: Samples, codec: VideoCodec, settings: EncodeSettings
) -> tuple[Samples, list[str]]:
    """The nearest layout that `codec` stores, with sentences on what that changes.

    Where the settings ask for nothing else, no pixel, no chroma sample and no bit is lost that the
    codec can keep.

    Raises:
        InvalidSettingError: the codec cannot store the depth or chroma that is asked for.
    """
    notes: list[str] = []
    rgb_bits = 8 if codec == "h264" else 16  # H.264 has no deep RGB encoder
    chroma = _chroma(video, source, codec, settings, notes)
    bits = _depth(source, codec, settings, rgb_bits if chroma == "rgb" else 16, notes)
    alpha = video.has_alpha and CODECS[codec].alpha
    if video.has_alpha and not alpha:
        notes.append("The source's transparency (alpha) is not stored.")
    if chroma == "rgb":
        return Samples("rgb", bits, alpha=alpha), notes
    family: Family = "gray" if source.family == "gray" else "yuv"
    return Samples(family, bits, *_SHIFTS[chroma], alpha=alpha), notes


def _depth(
    source: Samples, codec: VideoCodec, settings: EncodeSettings, most: int, notes: list[str]
) -> int:
    depths = [bits for bits in CODECS[codec].depths if bits <= most]
    title = CODECS[codec].title
    if settings.depth != "source":
        wanted = int(settings.depth)
        if wanted not in depths:
            fitting = " or ".join(str(bits) for bits in depths)
            raise InvalidSettingError(
                f"{title} does not store {wanted} bits a sample here.",
                remedy=f"Set the bits a sample to source, or to {fitting}.",
            )
        bits = wanted
    else:
        bits = next((bits for bits in depths if bits >= source.bits), depths[-1])
    if bits < source.bits:
        why = ", the most it can store" if bits == depths[-1] else ""
        notes.append(f"{source.bits} bits a sample are rounded to {bits}{why}.")
    return bits


def _chroma(
    video: VideoFacts,
    source: Samples,
    codec: VideoCodec,
    settings: EncodeSettings,
    notes: list[str],
) -> Chroma:
    known = CODECS[codec]
    own = _own_chroma(source)
    if settings.chroma != "source":
        return _wanted(settings, codec, own, video, notes)
    if own == "rgb":
        return _of_rgb(codec, notes)
    fitting = [name for name in known.chroma if name != "rgb"]
    if not fitting:
        return "rgb"
    fits = own is not None and (known.odd or _fits(video, own))
    fine = [name for name in fitting if fits and own is not None and name >= own]
    chosen = next(iter(fine), fitting[-1])
    if source.family == "gray":
        notes.append("The grey picture is stored with neutral color, which every player shows.")
    elif own is None or chosen != own:
        notes.append(_other_chroma(video, own, chosen, known.title))
    return chosen


def _own_chroma(source: Samples) -> Chroma | None:
    """The source's chroma by name; None where no codec has such."""
    if source.family == "rgb":
        return "rgb"
    if source.family == "gray":
        return "420"
    return _SUBSAMPLED.get((source.sub_x, source.sub_y))


def _wanted(
    settings: EncodeSettings,
    codec: VideoCodec,
    own: Chroma | None,
    video: VideoFacts,
    notes: list[str],
) -> Chroma:
    """The chroma that the settings ask for."""
    known, chosen = CODECS[codec], cast("Chroma", settings.chroma)
    if chosen not in known.chroma or (not known.odd and not _fits(video, chosen)):
        fitting = [_SHOWN[n] for n in known.chroma if known.odd or _fits(video, n)]
        raise InvalidSettingError(
            f"{known.title} does not store {_SHOWN[chosen]} of {video.coded_width} x"
            f" {video.coded_height} px.",
            remedy=f"Set the chroma to source; the codec stores {', '.join(fitting)}.",
        )
    if own is None or own == "rgb" or chosen < own:
        before = _SHOWN[own] if own is not None else video.planar_format
        notes.append(f"Color of {before} is stored as {_SHOWN[chosen]}, averaged.")
    return chosen


def _of_rgb(codec: VideoCodec, notes: list[str]) -> Chroma:
    known = CODECS[codec]
    if "rgb" in known.chroma:
        if codec == "h264":
            notes.append("RGB is stored as H.264 High 4:4:4 RGB, which not every player shows.")
        return "rgb"
    chosen = known.chroma[-1]
    notes.append(f"RGB is converted to luma and chroma ({_SHOWN[chosen]}) for {known.title}.")
    return chosen


def _fits(video: VideoFacts, chroma: Chroma) -> bool:
    """Whether the sides can be subsampled without a rest."""
    sub_x, sub_y = _SHIFTS.get(chroma, (0, 0))
    return not (sub_x and video.coded_width % 2) and not (sub_y and video.coded_height % 2)


def _other_chroma(video: VideoFacts, own: Chroma | None, chosen: Chroma, title: str) -> str:
    """Say that the color is stored in another way, and why."""
    if own is not None and chosen < own:
        return f"Color is stored as {_SHOWN[chosen]}, averaged from {_SHOWN[own]}, for {title}."
    if own is None:
        why = f"{video.planar_format} has no equivalent"
    elif not _fits(video, own):
        why = f"{video.coded_width} x {video.coded_height} px is odd"
    else:
        why = f"{title} stores no {_SHOWN[own]}"
    every = "for every pixel (4:4:4)" if chosen == "444" else f"as {_SHOWN[chosen]}, repeated"
    return f"Color is stored {every}, because {why}."
