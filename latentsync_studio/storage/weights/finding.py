"""Which weights an engine would load: chosen folder, then data folder, then Hugging Face cache.

The first place that holds a part decides. What lies there and cannot be used is told, never passed
over for something else, with two exceptions that cannot go wrong: in the program's own folders a
U-Net that is not converted, or of another resolution than asked for, does not hide one that is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from latentsync_studio.core.weights import WeightsError, WeightSet
from latentsync_studio.storage.weights.cards import cards_of
from latentsync_studio.storage.weights.headers import read_config
from latentsync_studio.storage.weights.looking import look_into
from latentsync_studio.storage.weights.places import in_folder, in_hub_cache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from latentsync_studio.core.weights import FoundModel, ModelCard, Role
    from latentsync_studio.storage.weights.places import Candidate

ROLES: Final[tuple[Role, ...]] = ("unet", "vae", "whisper")  # of the engine
OTHER_ROLES: Final[tuple[Role, ...]] = ("syncnet", "perceptual", "backbone", "identity")


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Where to look, and for what.

    Attributes:
        models: the program's own folder of models.
        folder: folder of the user's choice.
        hub_cache: the local Hugging Face cache; by default that of every program.
        resolution: px asked for; None takes the largest that there is.
        recalled: sha256 of a file that was read before and has not changed since, else None.
    """

    models: Path
    folder: Path | None = None
    hub_cache: Path | None = None
    resolution: int | None = None
    recalled: Callable[[Path], str | None] = lambda _: None


@dataclass(slots=True, kw_only=True)
class Found:
    """What was found of one part: a model, or why not.

    Attributes:
        role: the part.
        model: what would be loaded.
        problems: (message, remedy) of what is there and cannot be used.
        waiting: U-Nets that only need to be converted.
    """

    role: Role
    model: FoundModel | None = None
    problems: list[tuple[str, str]] = field(default_factory=list)
    waiting: list[FoundModel] = field(default_factory=list)


def find_part(role: Role, search: Search) -> Found:
    """Look for one part in all places."""
    found = Found(role=role)
    for is_chosen, candidates in _places(role, search):
        problems, waiting = len(found.problems), len(found.waiting)
        _take_first(candidates, search, found, is_chosen=is_chosen)
        blocked = len(found.problems) > problems or (is_chosen and len(found.waiting) > waiting)
        if blocked and is_chosen:
            found.model = found.model or _conversion(found.waiting[waiting:], search)
        if found.model is not None or blocked:
            return found
    return found


def all_models(search: Search) -> Iterator[tuple[Candidate, FoundModel | WeightsError]]:
    """Everything that lies in all places, with what it is or why it cannot be used."""
    for role in (*ROLES, *OTHER_ROLES):
        for _, candidates in _places(role, search):
            for candidate in candidates:
                try:
                    yield candidate, look_into(candidate)
                except WeightsError as error:
                    yield candidate, error


def find_parts(search: Search) -> tuple[list[Found], str]:
    """Look for all parts; second, a sentence where the folder of the user's choice is no use.

    Where that folder holds nothing at all, nothing else is taken in its stead without a word.
    """
    folder = search.folder
    if folder is not None and not any(
        True for role in ROLES for _ in in_folder(folder, role, "chosen folder")
    ):
        told = "holds none of these files" if folder.is_dir() else "is no folder"
        return [Found(role=role) for role in ROLES], f"{folder} {told}."
    return [find_part(role, search) for role in ROLES], ""


def complete(parts: Iterable[Found]) -> WeightSet | None:
    """All parts as one set, None where one is missing."""
    models = {part.role: part.model for part in parts}
    unet, vae, whisper = models["unet"], models["vae"], models["whisper"]
    if unet is None or vae is None or whisper is None or unet.resolution is None:
        return None
    return WeightSet(unet=unet, vae=vae, whisper=whisper, resolution=unet.resolution)


def wanted_card(role: Role, resolution: int | None) -> ModelCard:
    """The model to get for a part that is missing."""
    cards = cards_of(role)
    return next((card for card in cards if card.resolution == resolution), cards[0])


def _places(role: Role, search: Search) -> Iterator[tuple[bool, Iterable[Candidate]]]:
    """(chosen by the user?, what lies there) for every place in order."""
    if search.folder is not None:
        yield True, in_folder(search.folder, role, "chosen folder")
    yield False, in_folder(search.models, role, "data folder")
    yield False, in_hub_cache(role, search.hub_cache)


def _take_first(
    candidates: Iterable[Candidate], search: Search, found: Found, *, is_chosen: bool
) -> None:
    for candidate in candidates:
        try:
            model = look_into(candidate)
        except WeightsError as error:
            found.problems.append((str(error), error.remedy))
            return
        if model.form == "checkpoint":
            found.waiting.append(model)
        elif model.role == "unet" and search.resolution not in {None, model.resolution}:
            if is_chosen:
                found.problems.append(_other_resolution(model, search))
        else:
            found.model = model
            return


def _other_resolution(model: FoundModel, search: Search) -> tuple[str, str]:
    trained, asked = model.resolution, search.resolution
    return (
        f"The U-Net {model.weights} was trained at {trained} px; {asked} px are asked for.",
        f"Choose a folder with weights for {asked} px.",
    )


def _conversion(waiting: Iterable[FoundModel], search: Search) -> FoundModel | None:
    """The converted U-Net in the data folder that was made of one of these very files."""
    digests = {search.recalled(model.weights) for model in waiting} - {None}
    if not digests:
        return None
    for candidate in in_folder(search.models, "unet", "data folder"):
        if candidate.form == "checkpoint" or candidate.config is None:
            continue
        try:
            model = look_into(candidate)
            source = read_config(candidate.config).get("source_sha256")
        except WeightsError:
            continue
        if source in digests and search.resolution in {None, model.resolution}:
            return model
    return None
