"""Looks at a clip for a moment and proposes a preset, with its reasons in numbers.

At most 40 frames and a minute of sound are looked at, whatever the length; the same clip always
gets the same answer. The rules are few and plain, so that people can tell where they are wrong.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from latentsync_studio.services.content_picture import PictureMeasures, look
from latentsync_studio.services.content_sound import SoundMeasures, listen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import MediaItem
    from latentsync_studio.media.facts import VideoFacts
    from latentsync_studio.services.wiring import Services

SMALL_EYES_PX: Final = 40.0
NEAR_EYE_SHARE: Final = 0.06  # of the picture's shorter side between the eyes: head and shoulders
FEW_FACES: Final = 0.05
CALM: Final = 2.0  # % of brightness
MANY_CUTS: Final = 4.0  # a minute
DRAWN: Final = 0.5
FILM_RATES: Final = (23.0, 24.5)  # frames/s
WEB_HEIGHT: Final = 1080


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why a preset is proposed.

    Attributes:
        code: stable name.
        text: a sentence with the numbers.
        numbers: the same, by name.
    """

    code: str
    text: str
    numbers: dict[str, float] = {}


class Measures(msgspec.Struct, frozen=True, kw_only=True):
    """All that was measured.

    Attributes:
        width: px of the picture, 0 without one.
        height: px of the picture.
        fps: frames a second, the mean where they vary.
        is_variable: they vary.
        hdr: "pq", "hlg" or "".
        is_interlaced: frames consist of two fields.
        picture: of the sampled frames.
        sound: of the first minute.
    """

    width: int = 0
    height: int = 0
    fps: float = 0.0
    is_variable: bool = False
    hdr: str = ""
    is_interlaced: bool = False
    picture: PictureMeasures = PictureMeasures()
    sound: SoundMeasures = SoundMeasures()


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A preset that suits a clip.

    Attributes:
        preset: file name of a shipped preset, without .json.
        reasons: why, the weightiest first.
        notes: what else the user should know of the clip.
        measures: what was measured.
    """

    preset: str
    reasons: tuple[Reason, ...]
    notes: tuple[str, ...]
    measures: Measures


def propose(
    item: MediaItem, services: Services, progress: Progress, speech: MediaItem | None = None
) -> Proposal:
    """Look at a medium and propose a preset for it.

    Args:
        item: the clip.
        services: shared parts.
        progress: told of stage "detect"; may stop it.
        speech: the sound that will drive the lips, where it is known; else the clip's own is heard.

    Raises:
        InputError: a file is missing or nothing in it can be decoded.
        Cancelled: the user asked to stop.
    """
    del services  # all is quick enough to be measured again
    measures = Measures()
    if item.video is not None:
        measures = _seen(item, progress)
    heard = speech if speech is not None else item
    if heard.audio is not None:
        sound = listen(Path(heard.path), progress)
        measures = msgspec.structs.replace(measures, sound=sound)
    return choose(measures)


def _seen(item: MediaItem, progress: Progress) -> Measures:
    from latentsync_studio.media.opening_reader import open_reader

    with open_reader(Path(item.path), item, kept_frames=2) as reader:
        video: VideoFacts = reader.video
        return Measures(
            width=video.width,
            height=video.height,
            fps=round(float(video.rate), 3),
            is_variable=video.variable_rate,
            hdr=video.hdr,
            is_interlaced=video.interlaced,
            picture=look(reader, progress),
        )


def choose(measures: Measures) -> Proposal:
    """The rules: what was measured -> proposal. Pure."""
    reasons = tuple(_reasons(measures))
    preset = _PRESETS[reasons[0].code]
    return Proposal(
        preset=preset,
        reasons=tuple(r for r in reasons if _PRESETS[r.code] in {preset, ""}) or reasons[:1],
        notes=tuple(_notes(measures)),
        measures=measures,
    )


# what each reason speaks for; of several, the first in the order of `_reasons` decides
_PRESETS: Final = {
    "no-picture": "natural",
    "no-face": "natural",
    "drawn": "animation",
    "music": "singing",
    "small-face": "strong",
    "film-rate": "film",
    "hdr": "film",
    "near-and-calm": "interview",
    "web": "streaming",
    "ordinary": "natural",
}


def _reasons(measures: Measures) -> Iterator[Reason]:
    """All that speaks for some preset, the weightiest first; at least one."""
    picture, sound = measures.picture, measures.sound
    if picture.frames == 0:
        yield _reason("no-picture", "There is no picture to look at.")
        return
    if picture.drawn >= DRAWN:
        where = "its faces" if picture.face_share > FEW_FACES else "it"
        yield _reason(
            "drawn",
            f"{picture.flat:.0%} of {where} is flat color: it seems drawn.",
            flat=picture.flat,
        )
    if picture.face_share < FEW_FACES:
        yield _reason("no-face", f"No face was found in {picture.frames} frames.")
        return
    if sound.kind == "music":
        yield _reason(
            "music",
            f"The sound holds its notes ({sound.held:.2f}) and its level varies little"
            f" ({sound.depth:.2f}): it seems music.",
            held=sound.held,
            depth=sound.depth,
        )
    if picture.eye_px < SMALL_EYES_PX:
        yield _reason(
            "small-face",
            f"Only {picture.eye_px:.0f} px lie between the eyes: small movement would be lost.",
            eye_px=picture.eye_px,
        )
    yield from _manner(measures)
    yield _reason("ordinary", f"A face is seen in {picture.face_share:.0%} of the frames.")


def _manner(measures: Measures) -> Iterator[Reason]:
    """How it was filmed, and what for."""
    picture, cuts = measures.picture, measures.picture.cuts_per_minute
    if measures.hdr:
        yield _reason("hdr", f"The picture is HDR ({measures.hdr.upper()}).")
    many = cuts is not None and cuts >= MANY_CUTS
    if FILM_RATES[0] <= measures.fps <= FILM_RATES[1] and (many or measures.height > WEB_HEIGHT):
        told = f"{cuts:.0f} cuts a minute" if many else f"{measures.height} lines"
        yield _reason(
            "film-rate",
            f"{measures.fps:.4g} frames/s and {told}.",
            fps=measures.fps,
            cuts=cuts or 0,
        )
    near = picture.eye_share >= NEAR_EYE_SHARE and picture.faces == 1
    if near and picture.motion < CALM and (cuts or 0) < 1:
        yield _reason(
            "near-and-calm",
            f"One face from near ({picture.eye_px:.0f} px between the eyes), hardly any motion"
            f" ({picture.motion:.1f} % from frame to frame), no cuts seen.",
            eye_px=picture.eye_px,
            motion=picture.motion,
        )
    if measures.height > measures.width or measures.fps >= 29 or measures.is_variable:
        yield _reason(
            "web",
            f"{measures.width} x {measures.height} px at {measures.fps:.4g} frames/s looks like a"
            " recording for the web.",
            fps=measures.fps,
        )


def _notes(measures: Measures) -> Iterator[str]:
    if measures.is_variable:
        yield "The frame rate varies; the result keeps every frame's own time."
    if measures.hdr:
        yield f"The picture is HDR ({measures.hdr.upper()}); the result stays HDR."
    if measures.is_interlaced:
        yield "The picture is interlaced; it is not deinterlaced."
    if measures.picture.frames and 0 < measures.picture.eye_px < 20:
        yield "Faces are smaller than the 20 px between the eyes that redrawing needs."
    if measures.sound.kind == "silence":
        yield "The sound is silent."
    if measures.sound.kind in {"mixed", "other"}:
        yield "The sound is neither clearly speech nor music."


def _reason(code: str, text: str, **numbers: float) -> Reason:
    return Reason(code=code, text=text, numbers=numbers)
