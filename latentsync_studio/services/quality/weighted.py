"""Measures that need networks: SyncNet's scores, LPIPS, and whether it is the same person.

Each is told of the result beside the source clip's own value: a sync score of the source with its
own sound, the difference of the source from itself a moment later, the likeness of the source to
itself. The networks only measure, and users bring their weights; what is missing leaves its
measure unknown, with the reason. Looking for weights imports no torch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from latentsync_studio.core.errors import UnknownNameError
from latentsync_studio.core.weights import WeightsError
from latentsync_studio.services.weights import settle_model, usable_model

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import Protocol

    from latentsync_studio.core.arrays import F32, F64
    from latentsync_studio.core.face.track import FaceTrack
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.quality.curves import Figure
    from latentsync_studio.core.weights import FoundModel

    class Frames(Protocol):
        """The part of `media.reader.FrameReader` that is needed."""

        def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Picture]:
            """Pictures in order."""


LSE: Final = "lse"
LPIPS: Final = "lpips"
IDENTITY: Final = "identity"


@dataclass(frozen=True, slots=True)
class Group:
    """Measures that are made together, and the models without which they are not."""

    measures: tuple[str, ...]
    models: tuple[str, ...]


GROUPS: Final = {
    LSE: Group(("lse_c", "lse_d", "lse_offset_frames"), ("syncnet-v2",)),
    LPIPS: Group(("lpips",), ("lpips-alex", "alexnet")),
    IDENTITY: Group(("face_identity",), ("sface",)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which of `GROUPS` to measure, and where to look for weights first.

    Attributes:
        groups: names.
        weights: folder of the user's choice.
        home: the user's data folder.
    """

    groups: tuple[str, ...] = ()
    weights: Path | None = None
    home: Path | None = None

    @classmethod
    def of(cls, names: Iterable[str], weights: Path | None = None) -> Wanted:
        """Take over what a user names, also several with commas between.

        Raises:
            UnknownNameError: there is no such group.
        """
        split = [part for name in names for part in name.replace(",", " ").split()]
        for name in split:
            if name not in GROUPS:
                raise UnknownNameError("measure with weights", name, list(GROUPS))
        return cls(groups=tuple(name for name in GROUPS if name in split), weights=weights)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A film with the face that is measured in it.

    Attributes:
        frames: its pictures.
        starts: (T,) f64 seconds from the first frame to the beginning of each.
        end_s: seconds from the first frame to the end of the last.
        size: width, height, px.
        face: the person, None where nobody was found.
        pcm: (S,) f32 at 16 kHz of what is said, from the first frame on; None where it is silent.
    """

    frames: Frames
    starts: F64
    end_s: float
    size: tuple[int, int]
    face: FaceTrack | None
    pcm: F32 | None


@dataclass(slots=True)
class Weighted:
    """What came of it.

    Attributes:
        figures: id of a measure -> its figure, of those that are known.
        reasons: id of a measure -> why it is not.
    """

    figures: dict[str, Figure] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    def deny(self, group: str, reason: str) -> None:
        """Leave a group unknown."""
        self.reasons |= dict.fromkeys(GROUPS[group].measures, reason)

    def notes(self) -> tuple[str, ...]:
        """Every reason once, with what is unknown for it."""
        groups = {GROUPS[g].measures[0]: g for g in GROUPS}
        return tuple(
            f"Not measured ({groups[name]}): {reason}"
            for name, reason in self.reasons.items()
            if name in groups
        )


def why_not(wanted: Wanted) -> dict[str, str]:
    """Id of a measure -> why it cannot be made on this machine; quick, for greying it out."""
    found = Weighted()
    _located(wanted, found)
    return found.reasons


def weighted_figures(
    result: Side, source: Side | None, wanted: Wanted, progress: Progress
) -> Weighted:
    """Measure with networks.

    Frames are matched by rank; as many as both sides have are looked at, once.

    Args:
        result: with what is said in it.
        source: the clip that it was made of, with its own sound; None leaves unknown what is
            told beside it.
        wanted: what to measure.
        progress: told the stages "read" (MB of weights, once) and "networks" (frames).

    Raises:
        InputError: a film cannot be decoded.
        Cancelled: the user stopped it.
    """
    found = Weighted()
    models = _located(wanted, found)
    paths: dict[str, tuple[Path, ...]] = {}
    for group, files in models.items():
        reason = _sides_lack(group, result, source) or _not_settled(files, wanted, progress)
        if reason:
            found.deny(group, reason)
        else:
            paths[group] = tuple(file.weights for file in files)
    if paths:
        from latentsync_studio.services.quality.weighted_pass import run_networks

        run_networks(result, source, paths, found, progress)
    return found


def _located(wanted: Wanted, found: Weighted) -> dict[str, list[FoundModel]]:
    """Models of the groups that can be made; the others are denied."""
    models = {}
    for group in wanted.groups:
        try:
            models[group] = [
                usable_model(model, wanted.weights, wanted.home) for model in GROUPS[group].models
            ]
        except WeightsError as error:
            found.deny(group, str(error))
    return models


def _not_settled(models: list[FoundModel], wanted: Wanted, progress: Progress) -> str:
    """What is wrong with the content of files, "" for nothing."""
    try:
        for model in models:
            settle_model(model, progress, wanted.home)
    except WeightsError as error:
        return str(error)
    return ""


def _sides_lack(group: str, result: Side, source: Side | None) -> str:
    """Why films cannot be measured, "" for nothing."""
    if group != LSE and source is None:
        return "There is no reference to compare with."
    if group != LPIPS and result.face is None:
        return "No face was found in the result."
    if group != LSE and source is not None and source.face is None:
        return "No face was found in the reference."
    if group == LSE and result.pcm is None:
        return "There is no sound to compare the lips with."
    return ""
