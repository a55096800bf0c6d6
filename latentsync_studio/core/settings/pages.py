"""The settings pages. Defaults, limits, labels, units and help stand here and nowhere else."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from latentsync_studio.core.delivery.codecs import (  # noqa: TC001 - msgspec reads them
    Hardware,
    VideoCodec,
)
from latentsync_studio.core.quality.limits import Limits
from latentsync_studio.core.settings.latentsync import LatentSyncSettings

Fraction01 = Annotated[float, Meta(ge=0.0, le=1.0)]


class ComposeSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How patches are laid over the source. Changing these never runs an engine."""

    strength: Annotated[
        float,
        Meta(ge=0, le=1, title="Strength", description="0 keeps the source, 1 shows the new mouth"),
    ] = 1.0
    lips: Annotated[float, Meta(ge=0, le=1, title="Lips")] = 1.0
    mouth: Annotated[float, Meta(ge=0, le=1, title="Teeth and inner mouth")] = 1.0
    jaw: Annotated[float, Meta(ge=0, le=1, title="Jaw and chin")] = 1.0
    cheeks: Annotated[float, Meta(ge=0, le=1, title="Cheeks")] = 1.0
    nose: Annotated[float, Meta(ge=0, le=1, title="Nose base")] = 1.0
    skin: Annotated[
        float,
        Meta(
            ge=0,
            le=1,
            title="Skin around the mouth",
            description="Beard and skin next to the lips",
        ),
    ] = 1.0
    rest: Annotated[float, Meta(ge=0, le=1, title="Rest of the face")] = 1.0
    grow: Annotated[
        float,
        Meta(
            ge=-64,
            le=64,
            title="Grow or shrink",
            description="Moves the mask's edge outwards, or inwards below 0",
            extra={"unit": "source px"},
        ),
    ] = 0.0
    feather: Annotated[
        float,
        Meta(
            ge=0,
            le=64,
            title="Feather",
            description="Extra softness of the mask edge",
            extra={"unit": "source px"},
        ),
    ] = 0.0
    color_match: Annotated[
        float,
        Meta(ge=0, le=1, title="Color match", description="Pull the patch's skin to the source's"),
    ] = 0.0
    detail: Annotated[
        float,
        Meta(
            ge=0,
            le=1,
            title="Skin detail",
            description="The source's pores and stubble on the new skin, not on the lips",
        ),
    ] = 0.0
    sharpen: Annotated[
        float,
        Meta(
            ge=0,
            le=2,
            title="Sharpen",
            description="Crisper teeth and lips; beyond 1 for what was drawn much too soft",
        ),
    ] = 0.0
    grain: Annotated[
        float,
        Meta(
            ge=0,
            le=1,
            title="Grain match",
            description="As much noise on the new mouth as the source's skin has",
        ),
    ] = 0.0


class SilenceSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the mouth does where nobody speaks."""

    governor: Annotated[bool, Meta(title="Silence governor")] = True
    fade_ms: Annotated[
        float,
        Meta(
            ge=0,
            le=1000,
            title="Fade",
            description="Time over which the mouth comes to rest and wakes",
            extra={"unit": "ms"},
        ),
    ] = 120.0


class MouthBankSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The embedded engine's own settings; a change redraws."""

    expression: Annotated[
        float,
        Meta(ge=0.3, le=1.6, title="Expression", description="Scale of the mouth movement"),
    ] = 1.0
    silence: SilenceSettings = SilenceSettings()


class EncodeSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the result is written."""

    codec: Annotated[
        Literal["auto", VideoCodec],
        Meta(
            title="Video codec",
            description="auto keeps what the source stores: H.264 for 8 and 10 bits, else H.265;"
            " VP9 or AV1 in .webm",
        ),
    ] = "auto"
    depth: Annotated[
        Literal["source", "8", "10", "12", "16"],
        Meta(title="Bits a sample", description="source: as many as the media have"),
    ] = "source"
    chroma: Annotated[
        Literal["source", "420", "422", "444"],
        Meta(
            title="Chroma",
            description="How finely color is stored; most players want 4:2:0. source: as the media"
            " have it",
        ),
    ] = "source"
    quality: Annotated[
        int,
        Meta(
            ge=0,
            le=40,
            title="Quality",
            description="Constant rate factor, lower is better. ProRes, DNxHR, FFV1 and pictures"
            " have a quality of their own",
        ),
    ] = 18
    speed: Annotated[
        Literal["ultrafast", "superfast", "veryfast", "faster", "medium"],
        Meta(title="Encoder speed", description="Slower makes smaller files"),
    ] = "superfast"
    hardware: Annotated[
        Hardware,
        Meta(
            title="Hardware encoder",
            description="Faster, for larger files at the same quality, in 4:2:0 only; used where"
            " it is asked for and opens",
        ),
    ] = "off"
    audio: Annotated[
        Literal["auto", "copy", "aac", "alac", "flac", "opus", "pcm", "pcm24"],
        Meta(
            title="Audio codec",
            description="auto copies the sound where it is whole, else keeps PCM or encodes AAC"
            " (Opus in .webm); pcm keeps every sample, pcm24 is PCM of 24 bits",
        ),
    ] = "auto"
    chapters: Annotated[
        bool, Meta(title="Markers as chapters", description="Players list them; not in pictures")
    ] = True


LengthPolicy = Literal["cut", "hold", "loop", "bounce", "tail"]


class RenderSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that a user can set for one render, one field a page."""

    engine: Annotated[
        str, Meta(title="Engine", description="What redraws the mouth; never changed silently")
    ] = "mouthbank"
    length_policy: Annotated[
        LengthPolicy,
        Meta(
            title="Length policy",
            description="cut: end with the shorter one; hold: freeze the last frame for the rest of"
            " the speech; loop, bounce: play the clip again (backwards); tail: keep the whole clip",
        ),
    ] = "cut"
    seed: Annotated[
        int, Meta(ge=0, title="Seed", description="Another seed gives another take of the mouth")
    ] = 0
    take_fade: Annotated[
        int,
        Meta(
            ge=0,
            le=50,
            title="Fade between takes",
            description="Frames on both sides of where a chosen take begins or ends, in which the"
            " mouths go over into each other; 0 is a cut",
            extra={"unit": "frames"},
        ),
    ] = 4
    compose: ComposeSettings = ComposeSettings()
    encode: EncodeSettings = EncodeSettings()
    mouthbank: MouthBankSettings = MouthBankSettings()
    latentsync: LatentSyncSettings = LatentSyncSettings()
    quality: Limits = Limits()
