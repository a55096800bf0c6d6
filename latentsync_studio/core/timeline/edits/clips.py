"""What a clip is, apart from where: name, on or off, its own settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.core.settings.fields import apply, find_field, value_of
from latentsync_studio.core.timeline.edits.draft import Draft
from latentsync_studio.core.timeline.model import Override

if TYPE_CHECKING:
    from collections.abc import Collection

    from latentsync_studio.core.settings.pages import RenderSettings
    from latentsync_studio.core.timeline.model import Clip, ClipId, Project, SettingValue


def rename(project: Project, clip: ClipId, name: str) -> Project:
    """Give a clip a name; "" shows the medium's again."""
    draft = Draft.around(project, [clip])
    picked = draft.pick([clip], linked=False)
    draft.change_each((each, replace(each.clip, name=name)) for each in picked)
    return draft.done()


def enable(
    project: Project, clips: Collection[ClipId], *, enabled: bool, linked: bool = True
) -> Project:
    """Switch clips on or off."""
    draft = Draft.around(project, clips)
    picked = [
        each for each in draft.pick(clips, linked=linked) if each.clip.is_enabled is not enabled
    ]
    draft.change_each((each, replace(each.clip, is_enabled=enabled)) for each in picked)
    return draft.done()


def override(
    project: Project, clips: Collection[ClipId], key: str, value: SettingValue | None
) -> Project:
    """Give clips a setting of their own, or with None the project's again.

    Raises:
        InvalidSettingError: no such setting, or a value outside of its limits.
    """
    key = find_field(type(project.settings), key).key
    if value is not None:
        value = value_of(apply(project.settings, {key: value}), key)
    draft = Draft.around(project, clips)
    changes = []
    for each in draft.pick(clips, linked=False):
        values = {own.key: own for own in each.clip.overrides}
        values.pop(key, None)
        if value is not None:
            values[key] = Override(key=key, value=value)
        changes.append(
            (each, replace(each.clip, overrides=tuple(values[k] for k in sorted(values))))
        )
    draft.change_each(changes)
    return draft.done()


def settings_of(project: Project, clip: Clip) -> RenderSettings:
    """The settings that a clip is rendered with: the project's, and its own over them."""
    return apply(project.settings, {own.key: own.value for own in clip.overrides})
