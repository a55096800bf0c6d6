"""What the inspector changes: the selected clips, or the project where none is selected."""

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
    """Clips with pictures that settings go to; none means the project."""

    clips: tuple[Clip, ...]

    @property
    def is_project(self) -> bool:
        """Whether settings go to the project."""
        return not self.clips

    def settings(self, project: Project) -> RenderSettings:
        """The settings that are shown: of the first clip, or the project's."""
        return settings_of(project, self.clips[0]) if self.clips else project.settings

    def own_keys(self) -> frozenset[str]:
        """Settings that the first clip has of its own."""
        return frozenset(own.key for own in self.clips[0].overrides) if self.clips else frozenset()

    def with_values(self, project: Project, values: Mapping[str, Value]) -> Project:
        """The project with other values of settings."""
        if self.is_project:
            return set_settings(project, apply(project.settings, values))
        ids = [clip.id for clip in self.clips]
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
    """The selected clips of video tracks in their order."""
    tracks = sequence.tracks if sequence is not None and selected else ()
    return Target(
        tuple(
            clip
            for track in tracks
            if track.kind == "video"
            for clip in track.clips
            if clip.id in selected
        )
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
