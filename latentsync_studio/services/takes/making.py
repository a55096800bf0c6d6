"""Making takes: from a preset, with another seed, and drawing what they need."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from latentsync_studio.core.settings.fields import describe
from latentsync_studio.core.settings.pages import RenderSettings
from latentsync_studio.core.timeline.edits.takes import add_take, settings_with
from latentsync_studio.core.timeline.fades import with_fades
from latentsync_studio.services.takes.naming import placed_span, shown_take
from latentsync_studio.services.timeline.requests import SynthesisRequest
from latentsync_studio.services.timeline.takes import placed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.settings.presets import Preset
    from latentsync_studio.core.timeline.model import (
        Clip,
        ClipId,
        Project,
        SequenceId,
        SettingValue,
    )
    from latentsync_studio.services.takes.naming import TakeRef

_NOT_OF_A_SPAN = ("encode.", "quality.", "length_policy")


class PresetValues(NamedTuple):
    """What a preset sets for a take.

    Attributes:
        values: settings by key, its engine among them.
        skipped: keys that are unknown here, or that no single span can have.
    """

    values: dict[str, SettingValue]
    skipped: tuple[str, ...]


def values_of_preset(preset: Preset) -> PresetValues:
    """The settings of a preset that a take can have."""
    known = {field.key for field in describe(RenderSettings)}
    usable = {key for key in preset.settings if key in known and not _is_of_all(key)}
    values: dict[str, SettingValue] = {
        key: value
        for key, value in preset.settings.items()
        if key in usable and isinstance(value, bool | int | float | str)
    }
    if preset.engine:
        values["engine"] = preset.engine
    return PresetValues(values, tuple(sorted(set(preset.settings) - set(values))))


def add_seeded_take(
    project: Project, clip: Clip, frames: FrameRange, *, like: TakeRef | None = None
) -> Project:
    """Add a chosen take with a seed that no take of the clip has.

    Args:
        project: before.
        clip: as the project holds it.
        frames: of the medium's grid.
        like: the take whose settings it has otherwise; None: the clip's own.
    """
    wanted = "" if like is None else like.take
    take = next((each for each in clip.takes if each.id == wanted), None)
    values: dict[str, SettingValue] = {} if take is None else dict(take.values)
    values["seed"] = unused_seed(project, clip)
    preset = "" if take is None else take.preset
    return add_take(project, clip.id, values, frames, preset=preset)


def unused_seed(project: Project, clip: Clip) -> int:
    """The smallest seed above all that a clip and its takes have."""
    seeds = [settings_with(project, clip, take).seed for take in (None, *clip.takes)]
    return max(seeds) + 1


def synthesis_of(project: Project, refs: Iterable[TakeRef]) -> tuple[SynthesisRequest, ...]:
    """One request a take, each for just the frames of its span and those in which it fades.

    Raises:
        InvalidEditError: there is no such take, or its clip shows nothing of the span.
    """
    requests = []
    for ref in refs:
        shown = shown_take(project, ref).project
        clip = clip_of(shown, ref.sequence, ref.clip)
        requests.append(
            SynthesisRequest(
                project=shown,
                sequence=ref.sequence,
                clips=(ref.clip,),
                frames=placed_span(clip, with_fades(shown, clip, ref.frames)),
            )
        )
    return tuple(requests)


def clip_of(project: Project, sequence: SequenceId, clip: ClipId) -> Clip:
    """The clip of a sequence; raise InvalidEditError where there is none."""
    return placed(project, sequence, clip)[2]


def _is_of_all(key: str) -> bool:
    return key.startswith(_NOT_OF_A_SPAN)
