"""How good a result has to be: one limit a measure, a page of settings."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

# Limits are held against judged values (core.quality.measures): ratios and differences to the
# source where a measure is judged so. No result looks different for them.
_SHAPES_NOTHING: dict[str, object] = {"shapes": False}


def _limit(low: float, high: float, title: str, unit: str, description: str = "") -> Meta:
    extra = {**_SHAPES_NOTHING, "unit": unit} if unit else _SHAPES_NOTHING
    return Meta(ge=low, le=high, title=title, extra=extra, description=description or None)


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What lies beyond these limits needs somebody's attention."""

    shortest: Annotated[
        float,
        _limit(0.0, 10.0, "Shortest span", "s", "What is beyond a limit for less is let pass"),
    ] = 0.2
    sharpness: Annotated[
        float,
        _limit(0, 2, "Least sharpness", "x source", "Of the mouth; 0 lets everything pass"),
    ] = 0.6
    seam_gradient: Annotated[float, _limit(1, 20, "Most edge at the seam", "x source")] = 1.5
    seam_color: Annotated[float, _limit(0, 100, "Most color step at the seam", "ΔE")] = 3.0
    flicker: Annotated[float, _limit(1, 50, "Most flicker", "x source")] = 1.8
    outside_psnr: Annotated[
        float,
        _limit(
            0,
            100,
            "Least likeness outside of the mask",
            "dB",
            "Of encoded movies; pictures before encoding have to be exact",
        ),
    ] = 34.0
    face_px: Annotated[float, _limit(0, 4000, "Smallest face", "px")] = 50.0
    model_px: Annotated[
        float, _limit(0, 1, "Coarsest drawing", "x source", "Pixels drawn for one of the source")
    ] = 0.4
    yaw: Annotated[float, _limit(0, 90, "Farthest turn to a side", "°")] = 42.0
    pitch: Annotated[float, _limit(0, 90, "Farthest turn up or down", "°")] = 38.0
    occlusion: Annotated[float, _limit(0, 1, "Most covered", "", "Share of the lower face")] = 0.3
    agreement: Annotated[
        float,
        _limit(-1, 1, "Least agreement with the speech", "", "Correlations of opening and width"),
    ] = 0.2
    confidence: Annotated[
        float, _limit(0, 1, "Least certainty of a lag", "", "Below it no lag counts")
    ] = 0.15
    lag_frames: Annotated[float, _limit(0, 8, "Longest lag", "frames", "Late or early")] = 2.0
    closure_recall: Annotated[
        float, _limit(0, 1, "Fewest lips that meet", "", "Share of the p, b and m")
    ] = 0.35
    silence_leak: Annotated[float, _limit(0, 10, "Most movement in silence", "x speech")] = 0.7
    movement_share: Annotated[
        float, _limit(0, 1, "Least movement in speech", "", "Share of the spoken seconds")
    ] = 0.5
    lse_c: Annotated[float, _limit(-20, 0, "Least LSE-C beside the source's", "")] = -2.0
    lse_d: Annotated[float, _limit(0, 20, "Most LSE-D beside the source's", "")] = 2.0
    lse_offset_frames: Annotated[float, _limit(0, 15, "Longest SyncNet offset", "frames")] = 3.0
    lpips: Annotated[float, _limit(0, 2, "Most perceived difference", "", "LPIPS")] = 0.25
    face_identity: Annotated[
        float, _limit(-1, 1, "Least likeness of the person", "", "A cosine")
    ] = 0.6
