"""How a clip's patches are laid over a frame: settings, their curves, protection, painted layers.

    settings of the clip  +  curves at the frame  +  protection of the face  +  painted layers
        -> Look -> imaging.masked.composite

Viewer, movie and command line ask the same plan. Frames are those of the medium's grid.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from dataclasses import replace as replace_in
from math import cos, radians, sin
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from msgspec.structs import replace

from latentsync_studio.core.errors import InvalidSettingError
from latentsync_studio.core.mask.keyframes import is_covered, simplified, value_at, values_at
from latentsync_studio.core.settings.fields import describe, find_field
from latentsync_studio.core.settings.pages import ComposeSettings
from latentsync_studio.imaging.masked import Beside, Look
from latentsync_studio.services.paintings import Paintings, around

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.core.arrays import F32, F64, Alpha
    from latentsync_studio.core.face.track import FaceTrack
    from latentsync_studio.core.mask.keyframes import Curve, Key
    from latentsync_studio.core.mask.layer import MaskLayer
    from latentsync_studio.core.mask.tiles import Canvas
    from latentsync_studio.core.picture import Box
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.timeline.fades import TakeFade
    from latentsync_studio.core.timeline.model import Clip, Project
    from latentsync_studio.imaging.coverage import LayerNow
    from latentsync_studio.imaging.masked import Cover

_SETTING, _USABLE = "compose.", "usable."
PROTECTION_TOLERANCE = 0.02  # by which an editable protection curve may be off


class LookFade(NamedTuple):
    """Frames in which one look goes over into another."""

    at: TakeFade
    left: ComposeSettings
    right: ComposeSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class LookPlan:
    """The look of a clip over time.

    Attributes:
        compose: settings where no curve and no take says otherwise.
        masks: painted layers.
        curves: by their keys.
        paintings: where painted shapes come from.
        taken: frames of the medium's grid in which a chosen take has settings of its own.
        fades: where one take goes over into another.
    """

    compose: ComposeSettings
    masks: tuple[MaskLayer, ...] = ()
    curves: dict[str, tuple[Key, ...]] = field(default_factory=dict)
    paintings: Paintings = field(default_factory=Paintings)
    taken: tuple[tuple[FrameRange, ComposeSettings], ...] = ()
    fades: tuple[LookFade, ...] = ()

    @classmethod
    def of(cls, project: Project, clip: Clip, paintings: Paintings) -> LookPlan:
        """The look of a clip of a project.

        Raises:
            InvalidSettingError: a setting or a curve is unknown here, or out of its limits.
        """
        from latentsync_studio.services.timeline.takes import settings_of  # a tenth of the start

        return cls(
            compose=settings_of(project, clip).compose,
            masks=tuple(layer for layer in clip.masks if layer.is_enabled),
            curves=_checked(clip.curves),
            paintings=paintings,
            taken=_taken(project, clip),
            fades=_fades(project, clip),
        )

    def at(self, frame: int, face: FaceTrack, index: int) -> Look:
        """The look at a frame.

        Args:
            frame: of the medium's grid.
            face: whose patch is laid.
            index: frame of the medium, of which the face is known.

        Raises:
            InputError: a painted tile is not there.
        """
        fade = self._fade(frame)
        look = Look(
            settings=self.settings_at(frame) if fade is None else self._now(fade.left, frame),
            usable=self.usable_at(frame, face, index),
            cover=self._cover(frame, face) if self.masks else None,
        )
        if fade is None:
            return look
        right = replace_in(look, settings=self._now(fade.right, frame))
        return replace_in(look, beside=Beside(right, fade.at.share_at(frame)))

    def settings_at(self, frame: int) -> ComposeSettings:
        """The settings with the values of their curves, of what holds there alone."""
        return self._now(self._base(frame), frame)

    def _now(self, base: ComposeSettings, frame: int) -> ComposeSettings:
        """Settings with what their curves say at a frame."""
        values = {
            key.removeprefix(_SETTING): value_at(keys, frame)
            for key, keys in self.curves.items()
            if key.startswith(_SETTING)
        }
        return replace(base, **values) if values else base

    def _fade(self, frame: int) -> LookFade | None:
        return next((fade for fade in self.fades if frame in fade.at.frames), None)

    def _told(self, frame: int) -> object:
        """What of the settings and fades shapes a frame."""
        fade = self._fade(frame)
        if fade is None:
            return self._base(frame)
        return fade.left, fade.right, fade.at.share_at(frame)

    def _base(self, frame: int) -> ComposeSettings:
        """The settings of the take that holds at a frame, else of the clip."""
        return next((own for frames, own in self.taken if frame in frames), self.compose)

    def usable_at(self, frame: int, face: FaceTrack, index: int) -> float:
        """0..1 protection: as edited where it is, else as measured."""
        edited = self.curves.get(f"{_USABLE}{face.id}", ())
        if is_covered(edited, frame):
            return value_at(edited, frame)
        return float(face.usable[index])

    def key(self, frames: Sequence[int]) -> object:
        """What shapes the look at some frames, for cache keys; only what they can see."""
        base: object = self.compose
        if self.taken or self.fades:
            each = [self._told(frame) for frame in frames]
            base = each if len(set(each)) > 1 else each[0]
        if not self.masks and not self.curves:
            return base
        curves = {key: values_at(keys, frames) for key, keys in self.curves.items()}
        for key, keys in self.curves.items():
            if key.startswith(_USABLE):
                outside = np.array([not is_covered(keys, frame) for frame in frames], np.bool_)
                curves[key][outside] = np.nan
        return (base, curves, [_told_of(layer, frames) for layer in self.masks])

    # ---- painted layers -------------------------------------------------------------

    def _cover(self, frame: int, face: FaceTrack) -> Cover | None:
        found = [
            now
            for layer in self.masks
            if layer.face is None or layer.face == face.id
            if (now := self.layer_at(layer, frame)) is not None
        ]
        return _Cover(tuple(found), frame, self.paintings) if found else None

    def layer_at(self, layer: MaskLayer, frame: int) -> LayerNow | None:
        """A layer as it is at a frame of the medium's grid; None: nothing was ever painted."""
        from latentsync_studio.imaging.coverage import LayerNow

        canvas = self.paintings.canvas_at(layer, frame)
        if canvas is None:
            return None
        opacity = self._value(layer, "opacity", layer.opacity, frame)
        return LayerNow(
            layer=layer, canvas=canvas, opacity=opacity, motion=self._motion(layer, canvas, frame)
        )

    def _motion(self, layer: MaskLayer, canvas: Canvas, frame: int) -> F64 | None:
        """Scaled and turned (clockwise degrees) about the middle of its space, then moved."""
        x, y = (self._value(layer, name, 0.0, frame) for name in ("x", "y"))
        scale = self._value(layer, "scale", 1.0, frame)
        turn = radians(self._value(layer, "rotation", 0.0, frame))
        if (x, y, scale, turn) == (0.0, 0.0, 1.0, 0.0):
            return None
        linear = scale * np.array([[cos(turn), -sin(turn)], [sin(turn), cos(turn)]])
        middle = np.array([canvas.width / 2, canvas.height / 2])
        return np.column_stack([linear, middle + np.array([x, y]) - linear @ middle])

    def _value(self, layer: MaskLayer, name: str, default: float, frame: int) -> float:
        keys = self.curves.get(f"layer.{layer.id}.{name}")
        return value_at(keys, frame) if keys else default


@dataclass(frozen=True, slots=True)
class _Cover:
    """The painted layers of a frame, see `imaging.masked.Cover`; what was asked last is kept."""

    layers: tuple[LayerNow, ...]
    frame: int
    paintings: Paintings

    def over(self, box: Box, size: tuple[int, int], landmarks: F32, scale: float) -> Alpha | None:
        from latentsync_studio.imaging.coverage import Painted

        told = tuple(
            (now.layer, now.opacity, None if now.motion is None else now.motion.tobytes())
            for now in self.layers
        )
        corners = box.x0, box.y0, box.x1, box.y1
        key = (told, self.frame, corners, size, landmarks.tobytes(), scale)
        painted = Painted(self.layers)
        return self.paintings.cover(key, lambda: painted.over(box, size, landmarks, scale))


def editable_protection(face: FaceTrack, frames: Sequence[int], first: int) -> tuple[Key, ...]:
    """The measured protection as few keys to edit, for the curve "usable.N" of a clip.

    Args:
        face: the person.
        frames: media frames that the clip shows, one for each frame of the medium's grid.
        first: the grid frame of the first of them.
    """
    return simplified([float(face.usable[at]) for at in frames], first, PROTECTION_TOLERANCE)


def _taken(project: Project, clip: Clip) -> tuple[tuple[FrameRange, ComposeSettings], ...]:
    """What chosen takes say of the look, where they do."""
    chosen = [take for take in clip.takes if take.is_chosen]
    if not any(own.key.startswith(_SETTING) for take in chosen for own in take.overrides):
        return ()
    from latentsync_studio.core.timeline.edits.takes import settings_with

    return tuple((take.frames, settings_with(project, clip, take).compose) for take in chosen)


def _fades(project: Project, clip: Clip) -> tuple[LookFade, ...]:
    if not any(take.is_chosen for take in clip.takes):
        return ()
    from latentsync_studio.core.timeline.edits.takes import settings_with
    from latentsync_studio.core.timeline.fades import fades_of

    return tuple(
        LookFade(
            fade,
            settings_with(project, clip, fade.left).compose,
            settings_with(project, clip, fade.right).compose,
        )
        for fade in fades_of(project, clip)
    )


def _checked(curves: tuple[Curve, ...]) -> dict[str, tuple[Key, ...]]:
    """Curves by key; raise InvalidSettingError for a setting that is not there or out of limits."""
    known = {each.name for each in describe(ComposeSettings)}
    for curve in curves:
        name = curve.key.removeprefix(_SETTING)
        if name == curve.key:
            continue
        if name not in known:
            raise InvalidSettingError(
                f"A clip has a curve of {curve.key}, which this program does not know.",
                remedy="Update the program, or delete the curve.",
            )
        limits = find_field(ComposeSettings, name)
        low = -np.inf if limits.low is None else limits.low
        high = np.inf if limits.high is None else limits.high
        for key in curve.keys:
            if not low <= key.value <= high:
                raise InvalidSettingError(
                    f"{curve.key} cannot be {key.value:g} at frame {key.frame}.",
                    remedy=f"Give {limits.allowed()}.",
                )
    return {curve.key: curve.keys for curve in curves}


def _told_of(layer: MaskLayer, frames: Sequence[int]) -> object:
    """A layer without its name and without shapes that the frames do not see."""
    if not layer.rasters:
        return replace(layer, name="")
    used = set()
    for frame in frames:
        left, right = around(layer, frame)
        used |= {left.frame} if right is None or left.hold else {left.frame, right.frame}
    rasters = tuple(key for key in layer.rasters if key.frame in used)
    shares = [
        (frame - left.frame) / (right.frame - left.frame)
        for frame in frames
        for left, right in [around(layer, frame)]
        if right is not None and not left.hold
    ]
    return replace(layer, name="", rasters=rasters), shares
