"""Takes of clips: add, choose, rename, remove; which settings hold at which frames.

A take is a record. It holds the engine, the seed and every setting of that engine that shapes a
mouth, as they were when it was made, so that later changes of the clip leave it as it is. How it is
laid over the picture (`compose.`) it holds only where that was asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
from msgspec.structs import replace

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.settings.fields import apply, describe, find_field, value_of
from latentsync_studio.core.timeline.check import called
from latentsync_studio.core.timeline.edits.clips import settings_of
from latentsync_studio.core.timeline.edits.draft import Draft
from latentsync_studio.core.timeline.takes import Override, SpanTake, TakeId, pieces_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.settings.pages import RenderSettings
    from latentsync_studio.core.timeline.model import Clip, ClipId, Project, SettingValue

_OTHER_PAGES = ("encode.", "quality.")  # of the whole; a span cannot have its own


class SettingsSpan(NamedTuple):
    """Frames of the medium's grid that are redrawn with the same settings.

    Attributes:
        frames: of the medium's grid.
        settings: that hold there.
        take: the chosen take, or None for the clip's own settings.
    """

    frames: FrameRange
    settings: RenderSettings
    take: SpanTake | None


def add_take(  # noqa: PLR0913 - a take has that many parts
    project: Project,
    clip: ClipId,
    values: Mapping[str, SettingValue],
    frames: FrameRange | None = None,
    *,
    name: str = "",
    preset: str = "",
    chosen: bool = True,
) -> Project:
    """Keep a further take of a span of a clip; it gets a new id, "v" and `project.next_id`.

    Args:
        project: before.
        clip: on a video track.
        values: settings in which it differs from the clip's own; none keeps those as they are.
        frames: of the medium's grid, limited to what the clip uses; None is all of that.
        name: shown to people; "" becomes "Take 1", "Take 2", ...
        preset: name of the preset that the values came from.
        chosen: it holds from now on, in the place of those that it overlaps.

    Raises:
        InvalidEditError: the frames lie outside of the clip.
        InvalidSettingError: an unknown setting, a value outside of its limits, or a setting that
            no single clip can have.
    """
    draft = Draft.around(project, [clip])
    [picked] = draft.pick([clip], linked=False)
    held = picked.clip
    if draft.tracks[picked.row].kind != "video":
        raise InvalidEditError(f"{called(held)} has no picture.", remedy="Choose a video clip.")
    span = held.source if frames is None else held.source.intersection(frames)
    if span is None:
        raise InvalidEditError(
            f"{called(held)} uses frames {held.source.start}..{held.source.stop} of its medium;"
            " none of those was asked for.",
            remedy="Choose frames that the clip shows.",
        )
    take = SpanTake(
        id=TakeId(draft.new_id("v")),
        frames=span,
        name=name.strip() or _next_name(held),
        preset=preset,
        overrides=_kept(settings_of(project, held), values),
        is_chosen=chosen,
    )
    others = _without(held.takes, span) if chosen else held.takes
    draft.change_each([(picked, replace(held, takes=(*others, take)))])
    return draft.done()


def choose_take(project: Project, clip: ClipId, take: TakeId) -> Project:
    """Let a take hold on its frames; chosen ones that it overlaps give way."""
    found = take_of(_clip(project, clip), take)

    def chosen(takes: tuple[SpanTake, ...]) -> tuple[SpanTake, ...]:
        return tuple(
            replace(each, is_chosen=True) if each.id == take else each
            for each in _without(takes, found.frames)
        )

    return project if found.is_chosen else _edited(project, clip, chosen)


def release_takes(project: Project, clip: ClipId, frames: FrameRange | None = None) -> Project:
    """Let the clip's own settings hold again where a take touches `frames` (None: everywhere)."""
    return _edited(project, clip, lambda takes: _without(takes, frames))


def rename_take(project: Project, clip: ClipId, take: TakeId, name: str) -> Project:
    """Give a take a name; an empty one is refused."""
    found = take_of(_clip(project, clip), take)
    name = name.strip()
    if not name:
        raise InvalidEditError("A take must have a name.", remedy="Write one.")
    new = replace(found, name=name)
    return _edited(
        project, clip, lambda takes: tuple(new if each.id == take else each for each in takes)
    )


def change_take(
    project: Project,
    clip: ClipId,
    take: TakeId,
    values: Mapping[str, SettingValue],
    *,
    forget: Collection[str] = (),
    preset: str = "",
) -> Project:
    """Give a take other settings; it no longer counts as made of a preset where they differ.

    Args:
        project: before.
        clip: whose take it is.
        take: id.
        values: settings that it has from now on.
        forget: keys of settings that become those of the clip.
        preset: name of the preset that the values came from.

    Raises:
        InvalidEditError: there is no such take, or a setting that no single clip can have.
        InvalidSettingError: an unknown setting, or a value outside of its limits.
    """
    held = _clip(project, clip)
    found = take_of(held, take)
    named = {find_field(type(project.settings), key).key: value for key, value in values.items()}
    kept = {key: value for key, value in found.values.items() if key not in forget}
    overrides = _kept(settings_of(project, held), {**kept, **named})
    if overrides == found.overrides and preset in ("", found.preset):
        return project
    new = replace(found, overrides=overrides, preset=preset)
    return _edited(
        project, clip, lambda takes: tuple(new if each.id == take else each for each in takes)
    )


def remove_take(project: Project, clip: ClipId, take: TakeId) -> Project:
    """Forget a take; where it was chosen the clip's own settings hold again.

    What was drawn of it stays in the store until room is needed.
    """
    take_of(_clip(project, clip), take)
    return _edited(project, clip, lambda takes: tuple(each for each in takes if each.id != take))


def take_of(clip: Clip, take: TakeId) -> SpanTake:
    """The take of a clip with this id; raise InvalidEditError where there is none."""
    for found in clip.takes:
        if found.id == take:
            return found
    raise InvalidEditError(f"{called(clip)} has no take {take}.")


def is_of_span(key: str) -> bool:
    """Whether a take can have a setting of its own, by its whole key."""
    return key != "length_policy" and not key.startswith(_OTHER_PAGES)


def settings_with(project: Project, clip: Clip, take: SpanTake | None) -> RenderSettings:
    """The settings that hold where `take` is chosen; None: where none is.

    Raises:
        InvalidSettingError: an override is unknown to this program or out of its limits.
    """
    own = settings_of(project, clip)
    return own if take is None else apply(own, take.values)


def settings_spans(project: Project, clip: Clip, frames: FrameRange) -> tuple[SettingsSpan, ...]:
    """Which settings hold at frames of the medium's grid: in order, without a gap.

    Raises:
        InvalidSettingError: an override is unknown to this program or out of its limits.
    """
    return tuple(
        SettingsSpan(part, settings_with(project, clip, take), take)
        for part, take in pieces_of(clip.takes, frames)
    )


def _kept(settings: RenderSettings, values: Mapping[str, SettingValue]) -> tuple[Override, ...]:
    """What a take with `values` over `settings` must hold so that it never changes."""
    keys = {find_field(type(settings), key).key for key in values}
    for key in keys:
        if not is_of_span(key):
            raise InvalidEditError(
                f"{key} is a setting of the whole delivery; a take cannot have its own."
            )
    full = apply(settings, values)
    keys |= set(_shaping_keys(full))
    return tuple(Override(key=key, value=value_of(full, key)) for key in sorted(keys))


def _shaping_keys(settings: RenderSettings) -> Iterator[str]:
    yield from ("engine", "seed")
    page = getattr(settings, settings.engine, None)
    if isinstance(page, msgspec.Struct):
        for field in describe(type(page)):
            if field.shapes:
                yield f"{settings.engine}.{field.key}"


def _next_name(clip: Clip) -> str:
    taken = {take.name for take in clip.takes}
    number = len(clip.takes) + 1
    while f"Take {number}" in taken:
        number += 1
    return f"Take {number}"


def _without(takes: tuple[SpanTake, ...], frames: FrameRange | None) -> tuple[SpanTake, ...]:
    """None that touches `frames` is chosen."""
    return tuple(
        replace(take, is_chosen=False)
        if take.is_chosen and (frames is None or take.frames.intersection(frames))
        else take
        for take in takes
    )


def _edited(
    project: Project, clip: ClipId, edit: Callable[[tuple[SpanTake, ...]], tuple[SpanTake, ...]]
) -> Project:
    draft = Draft.around(project, [clip])
    [picked] = draft.pick([clip], linked=False)
    takes = edit(picked.clip.takes)
    if takes == picked.clip.takes:
        return project
    draft.change_each([(picked, replace(picked.clip, takes=takes))])
    return draft.done()


def _clip(project: Project, clip: ClipId) -> Clip:
    draft = Draft.around(project, [clip])
    [picked] = draft.pick([clip], linked=False)
    return picked.clip
