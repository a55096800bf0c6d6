"""What the inspector changes: the selected pictures, or the project where nothing is selected."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from latentsync_studio.core.timeline.edits.clips import override, settings_of
from latentsync_studio.core.timeline.edits.media import set_settings

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from latentsync_studio.core.settings.fields import Value
    from latentsync_studio.core.settings.pages import RenderSettings
    from latentsync_studio.core.timeline.model import Clip, ClipId, Project, Sequence, Track

from latentsync_studio.core.settings.fields import apply


class Target(NamedTuple):
    """What is selected.

    Attributes:
        clips: with pictures; settings go to them.
        sounds: with the tracks they lie on; they have no settings.
    """

    clips: tuple[Clip, ...] = ()
    sounds: tuple[tuple[Track, Clip], ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether nothing but sound is selected, which has no settings."""
        return bool(self.sounds) and not self.clips

    @property
    def is_project(self) -> bool:
        """Whether settings go to the project."""
        return not self.clips and not self.sounds

    def settings(self, project: Project) -> RenderSettings:
        """The settings of the first clip, or the project's where no picture is selected."""
        return settings_of(project, self.clips[0]) if self.clips else project.settings

    def own_keys(self) -> frozenset[str]:
        """Settings that the first clip has of its own."""
        return frozenset(own.key for own in self.clips[0].overrides) if self.clips else frozenset()

    def with_values(self, project: Project, values: Mapping[str, Value]) -> Project:
        """The project with other values of settings; as it is where only sound is selected."""
        if self.is_project:
            return set_settings(project, apply(project.settings, values))
        ids = [clip.id for clip in self.clips]
        if self.is_sound:
            return project
        for key, value in values.items():
            project = override(project, ids, key, value)
        return project

    def without_own(self, project: Project, keys: Collection[str]) -> Project:
        """The project where the clips have the project's settings again."""
        ids = [clip.id for clip in self.clips]
        for key in keys:
            project = override(project, ids, key, None)
        return project


def target_of(sequence: Sequence | None, selected: Collection[ClipId]) -> Target:
    """The selected clips in the order of their tracks."""
    tracks = sequence.tracks if sequence is not None and selected else ()
    found = [(track, clip) for track in tracks for clip in track.clips if clip.id in selected]
    return Target(
        tuple(clip for track, clip in found if track.kind == "video"),
        tuple((track, clip) for track, clip in found if track.kind == "audio"),
    )


def lanes_of(sequence: Sequence | None, clip: Clip) -> tuple[Track, ...]:
    """Audio tracks that drive lips while `clip` is shown."""
    tracks = sequence.tracks if sequence is not None else ()
    return tuple(
        track
        for track in tracks
        if track.speech is not None
        and any(each.start < clip.stop and clip.start < each.stop for each in track.clips)
    )
