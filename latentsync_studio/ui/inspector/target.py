"""What the inspector changes: the selected pictures, or the project where nothing is selected.

Where a take of a picture is chosen at the playhead, its settings are read and written instead of
the clip's own, which show nowhere there.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from latentsync_studio.core.settings.fields import apply, describe, value_of
from latentsync_studio.core.settings.pages import RenderSettings
from latentsync_studio.core.timeline.edits.clips import override, settings_of
from latentsync_studio.core.timeline.edits.media import set_settings
from latentsync_studio.core.timeline.edits.takes import change_take, is_of_span, settings_with
from latentsync_studio.core.timeline.takes import chosen_takes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from latentsync_studio.core.settings.fields import Value
    from latentsync_studio.core.timeline.model import Clip, ClipId, Project, Sequence, Track
    from latentsync_studio.core.timeline.takes import SpanTake

_NO_TAKES: Mapping[ClipId, SpanTake] = MappingProxyType({})


class Target(NamedTuple):
    """What is selected.

    Attributes:
        clips: with pictures; settings go to them.
        sounds: with the tracks they lie on; they have no settings.
        takes: of the clips, those that are chosen at the playhead; settings go to them instead.
    """

    clips: tuple[Clip, ...] = ()
    sounds: tuple[tuple[Track, Clip], ...] = ()
    takes: Mapping[ClipId, SpanTake] = _NO_TAKES

    @property
    def is_sound(self) -> bool:
        """Whether nothing but sound is selected, which has no settings."""
        return bool(self.sounds) and not self.clips

    @property
    def is_project(self) -> bool:
        """Whether settings go to the project."""
        return not self.clips and not self.sounds

    def settings(self, project: Project) -> RenderSettings:
        """The settings of the first clip, or the project's where no picture is selected.

        Raises:
            InvalidSettingError: one is unknown to this program or out of its limits.
        """
        if not self.clips:
            return project.settings
        return settings_with(project, self.clips[0], self.take)

    @property
    def take(self) -> SpanTake | None:
        """The take of the first clip whose settings are shown."""
        return self.takes.get(self.clips[0].id) if self.clips else None

    def own_keys(self, project: Project) -> frozenset[str]:
        """Settings that the first clip has of its own, or in which its take differs from it."""
        if not self.clips:
            return frozenset()
        first, take = self.clips[0], self.take
        if take is None:
            return frozenset(own.key for own in first.overrides)
        clips = settings_of(project, first)
        return frozenset(own.key for own in take.overrides if own.value != value_of(clips, own.key))

    def with_values(
        self, project: Project, values: Mapping[str, Value], *, preset: str = ""
    ) -> Project:
        """The project with other values of settings; as it is where only sound is selected.

        A take has no settings of the whole delivery; those are left out for it.

        preset: name of the preset that the values came from.
        """
        if self.is_project:
            return set_settings(project, apply(project.settings, values))
        if self.is_sound:
            return project
        ids = [clip.id for clip in self.clips if clip.id not in self.takes]
        for key, value in values.items():
            project = override(project, ids, key, value) if ids else project
        own = {key: value for key, value in values.items() if is_of_span(key)}
        for clip, take in self._held():
            project = change_take(project, clip, take.id, own, preset=preset)
        return project

    def with_defaults(self, project: Project) -> Project:
        """The project with the default of every setting; a take learns what differs from it."""
        usual = RenderSettings()
        values = {f.key: value_of(usual, f.key) for f in describe(RenderSettings)}
        if not self.takes:
            return self.with_values(project, values)
        rest = self._replace(clips=tuple(c for c in self.clips if c.id not in self.takes))
        project = rest.with_values(project, values) if rest.clips else project
        for clip in self.clips:
            take = self.takes.get(clip.id)
            if take is not None:
                now = settings_with(project, clip, take)
                told = {k: v for k, v in values.items() if value_of(now, k) != v and is_of_span(k)}
                project = change_take(project, clip.id, take.id, told)
        return project

    def without_own(self, project: Project, keys: Collection[str]) -> Project:
        """The project where clips have the project's settings again, and takes the clip's."""
        ids = [clip.id for clip in self.clips if clip.id not in self.takes]
        for key in keys if ids else ():
            project = override(project, ids, key, None)
        for clip, take in self._held():
            project = change_take(project, clip, take.id, {}, forget=keys)
        return project

    def _held(self) -> Iterator[tuple[ClipId, SpanTake]]:
        """The clips whose takes are changed."""
        for clip in self.clips:
            if clip.id in self.takes:
                yield clip.id, self.takes[clip.id]


def target_of(
    sequence: Sequence | None, selected: Collection[ClipId], playhead: int | None = None
) -> Target:
    """The selected clips in the order of their tracks, with takes that hold at the playhead."""
    tracks = sequence.tracks if sequence is not None and selected else ()
    found = [(track, clip) for track in tracks for clip in track.clips if clip.id in selected]
    clips = tuple(clip for track, clip in found if track.kind == "video")
    return Target(
        clips,
        tuple((track, clip) for track, clip in found if track.kind == "audio"),
        takes_at(clips, playhead),
    )


def takes_at(clips: Iterable[Clip], playhead: int | None) -> Mapping[ClipId, SpanTake]:
    """The chosen takes of clips that lie under the playhead."""
    return {
        clip.id: take
        for clip in clips
        if playhead is not None and playhead in clip.placed
        for take in chosen_takes(clip.takes)
        if clip.source_at(playhead) in take.frames
    }


def lanes_of(sequence: Sequence | None, clip: Clip) -> tuple[Track, ...]:
    """Audio tracks that drive lips while `clip` is shown."""
    tracks = sequence.tracks if sequence is not None else ()
    return tuple(
        track
        for track in tracks
        if track.speech is not None
        and any(each.start < clip.stop and clip.start < each.stop for each in track.clips)
    )
