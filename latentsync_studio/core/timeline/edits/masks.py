"""Mask layers of clips: adding, changing, painting; from here on and for every clip of a face."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from msgspec.structs import replace

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.mask.keyframes import cleared_after
from latentsync_studio.core.mask.layer import LayerId, RasterKey
from latentsync_studio.core.timeline.check import called
from latentsync_studio.core.timeline.edits.draft import Draft
from latentsync_studio.core.timeline.node import Node
from latentsync_studio.core.timeline.showing import drivers_of, find_placed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.core.mask.layer import MaskLayer, Raster
    from latentsync_studio.core.timeline.model import (
        Clip,
        ClipId,
        Override,
        Project,
        Sequence,
        Track,
    )

Part = TypeVar("Part", bound=Node)
_LOOK = "compose."  # settings of the look; the others shape what an engine draws


def layer_of(clip: Clip, layer: LayerId) -> MaskLayer:
    """The layer of a clip with this id; raise InvalidEditError where there is none."""
    for found in clip.masks:
        if found.id == layer:
            return found
    raise InvalidEditError(f"{called(clip)} has no mask {layer}.")


def add_layer(
    project: Project, clip: ClipId, layer: MaskLayer, place: int | None = None
) -> Project:
    """Add a layer, behind all or at a place; it gets a new id, "p" and `project.next_id`."""
    draft = Draft.around(project, [clip])
    [picked] = draft.pick([clip], linked=False)
    masks = picked.clip.masks
    at = len(masks) if place is None else max(0, min(place, len(masks)))
    new = replace(layer, id=LayerId(draft.new_id("p")))
    draft.change_each([(picked, replace(picked.clip, masks=(*masks[:at], new, *masks[at:])))])
    return draft.done()


def duplicate_layer(project: Project, clip: ClipId, layer: LayerId) -> Project:
    """Lay a copy of a layer, with its curves, right behind it."""
    draft = Draft.around(project, [clip])
    [picked] = draft.pick([clip], linked=False)
    found = layer_of(picked.clip, layer)
    new = replace(found, id=LayerId(draft.new_id("p")))
    at = picked.clip.masks.index(found) + 1
    masks = (*picked.clip.masks[:at], new, *picked.clip.masks[at:])
    own, mine = f"layer.{layer}.", f"layer.{new.id}."
    curves = [
        replace(curve, key=mine + curve.key.removeprefix(own))
        for curve in picked.clip.curves
        if curve.key.startswith(own)
    ]
    ordered = tuple(sorted((*picked.clip.curves, *curves), key=lambda curve: curve.key))
    draft.change_each([(picked, replace(picked.clip, masks=masks, curves=ordered))])
    return draft.done()


def change_layer(project: Project, clip: ClipId, layer: LayerId, **changes: object) -> Project:
    """Change fields of a layer: name, role, mode, space, face, opacity, feather, grow, ...

    Raises:
        InvalidEditError: there is no such layer, or a value is outside of its limits.
    """
    found = layer_of(_clip(project, clip), layer)
    return _with_layer(project, clip, found, _with(found, changes))


def remove_layer(project: Project, clip: ClipId, layer: LayerId) -> Project:
    """Take a layer away, with its curves."""
    held = _clip(project, clip)
    layer_of(held, layer)
    own = f"layer.{layer}."
    return _changed(
        project,
        clip,
        masks=tuple(each for each in held.masks if each.id != layer),
        curves=tuple(curve for curve in held.curves if not curve.key.startswith(own)),
    )


def move_layer(project: Project, clip: ClipId, layer: LayerId, place: int) -> Project:
    """Put a layer at another place of the order, 0 being the first."""
    held = _clip(project, clip)
    found = layer_of(held, layer)
    others = [each for each in held.masks if each.id != layer]
    at = max(0, min(place, len(others)))
    masks = (*others[:at], found, *others[at:])
    return project if masks == held.masks else _changed(project, clip, masks=masks)


def put_raster(
    project: Project,
    clip: ClipId,
    layer: LayerId,
    frame: int,
    raster: Raster,
    *,
    hold: bool = False,
) -> Project:
    """Give a layer a painted shape at a frame of the medium, in the place of one at that frame."""
    found = layer_of(_clip(project, clip), layer)
    keys = {key.frame: key for key in found.rasters}
    known = keys.get(frame)
    if known is None:
        keys[frame] = RasterKey(frame=frame, raster=raster, hold=hold)
    else:
        keys[frame] = replace(known, raster=raster)
    rasters = tuple(keys[at] for at in sorted(keys))
    return _with_layer(project, clip, found, replace(found, rasters=rasters))


def remove_raster(project: Project, clip: ClipId, layer: LayerId, frame: int) -> Project:
    """Take the shape at a frame away; where there is none nothing changes."""
    found = layer_of(_clip(project, clip), layer)
    rasters = tuple(key for key in found.rasters if key.frame != frame)
    return _with_layer(project, clip, found, replace(found, rasters=rasters))


def clean_up_from(project: Project, clip: ClipId, frame: int) -> Project:
    """Let what is shown at a frame of the medium hold from there on: later keys and shapes go."""
    held = _clip(project, clip)
    masks = tuple(_cleared(layer, frame) for layer in held.masks)
    curves = tuple(
        replace(curve, keys=cleared_after(curve.keys, frame))
        if curve.keys[-1].frame > frame
        else curve
        for curve in held.curves
    )
    if all(a is b for a, b in zip(masks + curves, held.masks + held.curves, strict=True)):
        return project
    return _changed(project, clip, masks=masks, curves=curves)


def clips_with_face(project: Project, clip: ClipId) -> tuple[ClipId, ...]:
    """Other clips of the sequence that show the same medium and drive a same face of it."""
    sequence, own, held = _placed(project, clip)
    faces = _faces(project, sequence, own, held)
    return tuple(
        other.id
        for track in sequence.tracks
        if track.kind == "video"
        for other in track.clips
        if other.id != clip
        and other.media == held.media
        and faces & _faces(project, sequence, track, other)
    )


def apply_to_face(project: Project, clip: ClipId) -> Project:
    """Give every other clip with this face the same masks, curves and look settings.

    Keys lie on frames of the medium, so they fall on the same pictures there.

    Raises:
        InvalidEditError: one of them lies on a locked track.
    """
    source = _clip(project, clip)
    look = [own for own in source.overrides if own.key.startswith(_LOOK)]
    others = clips_with_face(project, clip)
    if not others:
        return project
    draft = Draft.around(project, others)
    changes = []
    for each in draft.pick(others, linked=False):
        new = replace(
            each.clip,
            masks=source.masks,
            curves=source.curves,
            overrides=_overrides((o for o in each.clip.overrides if not _is_look(o)), look),
        )
        if new != each.clip:
            changes.append((each, new))
    draft.change_each(changes)
    return draft.done()


def _is_look(own: Override) -> bool:
    return own.key.startswith(_LOOK)


def _overrides(kept: Iterable[Override], look: Iterable[Override]) -> tuple[Override, ...]:
    return tuple(sorted((*kept, *look), key=lambda own: own.key))


def _cleared(layer: MaskLayer, frame: int) -> MaskLayer:
    """The layer without later shapes; between two shapes, the earlier one is kept and holds."""
    kept = [key for key in layer.rasters if key.frame <= frame] or list(layer.rasters[:1])
    if len(kept) == len(layer.rasters):
        return layer
    return replace(layer, rasters=(*kept[:-1], replace(kept[-1], hold=True)))


def _faces(project: Project, sequence: Sequence, track: Track, clip: Clip) -> set[int]:
    """Faces that are driven in a clip; where no speech plays, those that would be."""
    driven = {driver.face for driver in drivers_of(project, sequence, track, clip)}
    lanes = [lane.speech for lane in sequence.tracks if lane.speech is not None]
    return driven or {lane.face_of(clip.media) for lane in lanes} or {0}


def _clip(project: Project, clip: ClipId) -> Clip:
    return _placed(project, clip)[2]


def _placed(project: Project, clip: ClipId) -> tuple[Sequence, Track, Clip]:
    for sequence in project.sequences:
        found = find_placed(sequence, clip)
        if found is not None:
            return sequence, *found
    raise InvalidEditError(f"There is no clip {clip}.")


def _with_layer(project: Project, clip: ClipId, old: MaskLayer, new: MaskLayer) -> Project:
    if new == old:
        return project
    held = _clip(project, clip)
    return _changed(
        project, clip, masks=tuple(new if each.id == old.id else each for each in held.masks)
    )


def _with(part: Part, changes: dict[str, Any]) -> Part:
    return replace(part, **changes)


def _changed(project: Project, clip: ClipId, **changes: object) -> Project:
    draft = Draft.around(project, [clip])
    [picked] = draft.pick([clip], linked=False)
    draft.change_each([(picked, _with(picked.clip, changes))])
    return draft.done()
