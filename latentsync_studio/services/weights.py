"""Weights of the engines as use cases: what is there, what is missing, is it what it should be."""

from __future__ import annotations

import logging
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from latentsync_studio.core.errors import UnknownNameError
from latentsync_studio.core.weights import MissingWeights, MissingWeightsError, WeightsError
from latentsync_studio.storage import paths
from latentsync_studio.storage.weights.cards import LATENTSYNC, card
from latentsync_studio.storage.weights.finding import (
    Search,
    all_models,
    complete,
    find_parts,
)
from latentsync_studio.storage.weights.ledger import Ledger
from latentsync_studio.storage.weights.looking import MismatchedWeightsError
from latentsync_studio.storage.weights.missing import describe_missing, describe_one
from latentsync_studio.storage.weights.places import own_place
from latentsync_studio.storage.weights.states import ModelState, model_states, models_here
from latentsync_studio.storage.weights.verifying import BAD, Verified, verify_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.weights import FoundModel, WeightSet

log = logging.getLogger(__name__)


def find_weights(
    engine: str,
    folder: Path | None = None,
    *,
    resolution: int | None = None,
    home: Path | None = None,
) -> WeightSet | MissingWeights:
    """What `engine` would load, or why it cannot run; quick, without torch and the network.

    Args:
        engine: id of an engine that needs weights.
        folder: of the user's choice; looked into first, and what is wrong there is told.
        resolution: px asked for; None takes the largest that there is.
        home: the user's data folder.

    Raises:
        UnknownNameError: the engine needs no weights of this kind.
    """
    if engine != LATENTSYNC:
        raise UnknownNameError("engine with weights", engine, [LATENTSYNC])
    with Ledger(home) as ledger:
        search = _search(folder, home, ledger, resolution)
        parts, note = find_parts(search)
    return complete(parts) or describe_missing(engine, parts, search, note)


def find_model(
    model: str, folder: Path | None = None, home: Path | None = None
) -> FoundModel | MissingWeights:
    """One model by the id of its card (for what no engine but a measurement uses), or why not.

    Raises:
        UnknownNameError: there is no such card.
    """
    wanted = card(model)
    with Ledger(home) as ledger:
        search = _search(folder, home, ledger)
        return next(models_here(search, model), None) or describe_one(wanted, search)


def usable_model(model: str, folder: Path | None = None, home: Path | None = None) -> FoundModel:
    """One model by the id of its card; quick, reads names and headers only.

    Raises:
        MissingWeightsError: it is not here; says in one sentence which file goes where.
        WeightsError: what is here cannot be used.
        UnknownNameError: there is no such card.
    """
    wanted = card(model)
    with Ledger(home) as ledger:
        search = _search(folder, home, ledger)
        for candidate, what in all_models(search):
            if isinstance(what, WeightsError):
                if candidate.card == model:
                    raise what
            elif what.card == model:
                return what
    missing = describe_one(wanted, search)
    file = missing.files[0]
    place = Path(file.place)
    raise MissingWeightsError(
        f"{place.name} is missing: put it into {place.parent} ({file.url}).",
        remedy=missing.remedy,
    )


def settle_model(found: FoundModel, progress: Progress, home: Path | None = None) -> None:
    """Compare one model with what is known of it, as `settle` does; raises the same."""
    with Ledger(home) as ledger:
        for each in verify_model(found, ledger, progress, accept=not found.card):
            if each.verdict in BAD:
                raise MismatchedWeightsError(each.detail, remedy=_remedy(each))


def settle(found: WeightSet, progress: Progress, home: Path | None = None) -> WeightSet:
    """The same set with the digest of its contents, which are compared with what is known.

    Reads every file once (stage "read" in MB) and then remembers its digest while it is unchanged.
    Digests seen for the first time are trusted from now on.

    Raises:
        WeightsError: a file is not what was published, or not what it was.
        InputError: a file cannot be read.
        Cancelled: the user stopped it.
    """
    lines = []
    with Ledger(home) as ledger:
        for model in found.models:
            # Weights of the user's own may be trained further; their digest tells them apart.
            checked = tuple(verify_model(model, ledger, progress, accept=not model.card))
            bad = next((each for each in checked if each.verdict in BAD), None)
            if bad is not None:
                raise MismatchedWeightsError(bad.detail, remedy=_remedy(bad))
            lines += [f"{model.role} {each.sha256}" for each in checked]
    if found.is_test:
        log.info("Test weights are used: %s", found.unet.weights.parent)
    return replace(found, digest=sha256("\n".join(lines).encode("ascii")).hexdigest())


def list_models(folder: Path | None = None, home: Path | None = None) -> list[ModelState]:
    """Every known model and everything that was found; reads headers only."""
    with Ledger(home) as ledger:
        return model_states(_search(folder, home, ledger), ledger)


def verify_models(
    models: Sequence[str],
    progress: Progress,
    *,
    folder: Path | None = None,
    accept: bool = False,
    home: Path | None = None,
) -> tuple[list[Verified], list[str]]:
    """Read what was found and compare it.

    Args:
        models: ids of cards; empty for everything.
        progress: told the stage "read" in MB.
        folder: of the user's choice, looked into as well.
        accept: trust files that changed from now on.
        home: the user's data folder.

    Returns:
        A verdict a file, and a sentence for everything that cannot be used at all.

    Raises:
        UnknownNameError: there is no such card.
        MissingWeightsError: nothing of a named model was found.
        InputError: a file cannot be read.
    """
    wanted = {card(model).id for model in models}
    verdicts: list[Verified] = []
    unusable: list[str] = []
    seen: set[str] = set()
    with Ledger(home) as ledger:
        search = _search(folder, home, ledger)
        for candidate, what in all_models(search):
            model = candidate.card if isinstance(what, WeightsError) else what.card
            if wanted and model not in wanted:
                continue
            seen.add(model)
            if isinstance(what, WeightsError):
                unusable.append(str(what))
            else:
                verdicts += verify_model(what, ledger, progress, accept=accept)
        for model in sorted(wanted - seen):
            raise describe_one(card(model), search).error()
    return verdicts, unusable


def model_path(model: str | None, folder: Path | None = None, home: Path | None = None) -> Path:
    """Where a model lies, or where to put it; without an id the folder of all models.

    Raises:
        UnknownNameError: there is no such card.
    """
    if model is None:
        return paths.models_folder(home)
    found = find_model(model, folder, home)
    if isinstance(found, MissingWeights):
        wanted = card(model)
        return own_place(wanted, wanted.files[0].name, paths.models_folder(home))
    return found.weights


def _search(
    folder: Path | None, home: Path | None, ledger: Ledger, resolution: int | None = None
) -> Search:
    return Search(
        models=paths.models_folder(home),
        folder=None if folder is None else folder.expanduser().absolute(),
        resolution=resolution,
        recalled=ledger.recalled,
    )


def _remedy(bad: Verified) -> str:
    if bad.verdict == "wrong":
        return f"Delete it and run: latentsync-studio models fetch {bad.model}"
    return (
        "If you replaced it on purpose, run: latentsync-studio models verify --accept; else delete"
        " it and get it again."
    )
