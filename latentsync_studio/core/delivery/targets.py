"""Named targets of a movie: everything that a platform or a program wants, in one word."""

from __future__ import annotations

from typing import Final

import msgspec

from latentsync_studio.core.delivery.codecs import CODECS, FOLDER
from latentsync_studio.core.errors import UnknownNameError
from latentsync_studio.core.settings.pages import EncodeSettings


class NamedTarget(msgspec.Struct, frozen=True, kw_only=True):
    """Where a movie goes, and how it is encoded for that.

    Attributes:
        name: on the command line.
        title: shown to people.
        suffix: usual ending of the output; "" is a folder of pictures.
        encode: codec and all that belongs to it.
        note: what it is good for.
    """

    name: str
    title: str
    suffix: str
    encode: EncodeSettings
    note: str


_ALL: Final = (
    NamedTarget(
        name="source",
        title="H.264 or H.265 as the source",
        suffix=".mp4",
        encode=EncodeSettings(),
        note="Keeps depth and chroma of the media; the sound is copied where it can be.",
    ),
    NamedTarget(
        name="youtube",
        title="YouTube H.264",
        suffix=".mp4",
        encode=EncodeSettings(
            codec="h264", depth="8", chroma="420", quality=16, speed="faster", audio="aac"
        ),
        note="H.264 High of 8 bits with AAC, which every site and every player takes.",
    ),
    NamedTarget(
        name="h265-10bit",
        title="H.265, 10 bits",
        suffix=".mp4",
        encode=EncodeSettings(
            codec="h265", depth="10", chroma="420", quality=18, speed="faster", audio="aac"
        ),
        note="Half the size of H.264, for HDR and smooth gradients; newer players.",
    ),
    NamedTarget(
        name="av1-web",
        title="AV1 for the web",
        suffix=".webm",
        encode=EncodeSettings(
            codec="av1", chroma="420", quality=20, speed="veryfast", audio="opus"
        ),
        note="The smallest files; slow to encode.",
    ),
    NamedTarget(
        name="vp9-web",
        title="VP9 for the web",
        suffix=".webm",
        encode=EncodeSettings(
            codec="vp9", depth="8", chroma="420", quality=20, speed="veryfast", audio="opus"
        ),
        note="Plays in every browser, without licenses.",
    ),
    NamedTarget(
        name="prores-hq",
        title="ProRes 422 HQ master",
        suffix=".mov",
        encode=EncodeSettings(codec="prores", audio="pcm24"),
        note="For Premiere, Resolve, Final Cut and broadcasters: 10 bits, every frame a keyframe.",
    ),
    NamedTarget(
        name="prores-4444",
        title="ProRes 4444 master",
        suffix=".mov",
        encode=EncodeSettings(codec="prores4444", audio="pcm24"),
        note="For grading and effects: color for every pixel.",
    ),
    NamedTarget(
        name="avid-hqx",
        title="DNxHR HQX for Avid",
        suffix=".mov",
        encode=EncodeSettings(codec="dnxhr-hqx", audio="pcm24"),
        note="For Media Composer: 10 bits, every frame a keyframe.",
    ),
    NamedTarget(
        name="avid-hq",
        title="DNxHR HQ for Avid",
        suffix=".mov",
        encode=EncodeSettings(codec="dnxhr-hq", audio="pcm24"),
        note="For Media Composer: 8 bits, smaller than HQX.",
    ),
    NamedTarget(
        name="archive",
        title="FFV1 archive",
        suffix=".mkv",
        encode=EncodeSettings(codec="ffv1", audio="flac"),
        note="Keeps every sample of picture and sound; large.",
    ),
    NamedTarget(
        name="png-sequence",
        title="PNG sequence",
        suffix=FOLDER,
        encode=EncodeSettings(codec="png"),
        note="A folder of numbered pictures, 8 or 16 bits as the media are, and the sound as WAV.",
    ),
    NamedTarget(
        name="tiff-sequence",
        title="TIFF sequence, 16 bits",
        suffix=FOLDER,
        encode=EncodeSettings(codec="tiff", depth="16"),
        note="A folder of numbered pictures for compositing programs, and the sound as WAV.",
    ),
    NamedTarget(
        name="preview",
        title="Small preview",
        suffix=".mp4",
        encode=EncodeSettings(
            codec="h264", depth="8", chroma="420", quality=28, speed="superfast", audio="aac"
        ),
        note="Quick to make and small enough to send around.",
    ),
)
TARGETS: Final = {target.name: target for target in _ALL}


def find_target(name: str) -> NamedTarget:
    """The target with this name; raise UnknownNameError where there is none."""
    if name not in TARGETS:
        raise UnknownNameError("export preset", name, tuple(TARGETS))
    return TARGETS[name]


def target_of(encode: EncodeSettings) -> NamedTarget | None:
    """The target that these settings are, or None. Hardware may do its encoding all the same."""
    plain = msgspec.structs.replace(encode, hardware="off")
    return next((target for target in _ALL if target.encode == plain), None)


def usual_suffix(encode: EncodeSettings) -> str:
    """The ending that an output with these settings usually has; "" for a folder."""
    known = target_of(encode)
    if known is not None:
        return known.suffix
    return ".mp4" if encode.codec == "auto" else CODECS[encode.codec].containers[0]
