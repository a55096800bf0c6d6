"""What `models list` tells: every known model and everything that was found, a row each."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Literal

import msgspec

from latentsync_studio.core.weights import WeightsError
from latentsync_studio.storage.weights.cards import all_cards, cards_of, known_card, url_of
from latentsync_studio.storage.weights.finding import all_models
from latentsync_studio.storage.weights.places import own_place
from latentsync_studio.storage.weights.verifying import suspicion

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from latentsync_studio.core.weights import Commercial, FoundModel, ModelCard, Role
    from latentsync_studio.storage.weights.finding import Search
    from latentsync_studio.storage.weights.ledger import Ledger
    from latentsync_studio.storage.weights.places import Candidate

State = Literal["found", "not converted", "converted", "missing", "mismatch", "test weights"]


class ModelState(msgspec.Struct, frozen=True, kw_only=True):
    """One row.

    Attributes:
        id: of the card; "" for weights of the user's own and of tests.
        title: name for people.
        role: what it is to an engine.
        state: "found": can be used; "not converted": the published U-Net, to be converted once;
            "converted": the same when its conversion is there too, so that it may be deleted;
            "missing"; "mismatch": it is there and is not what it should be, `detail` tells why;
            "test weights": made by a test.
        where: its file of tensors, or for a missing one where to put it.
        origin: the place it was found in; "" for a missing one.
        size: bytes: of the file that was found, or else as published; None where unknown.
        resolution: px it was trained at, None where that means nothing or is not known.
        license: short name, "" where unknown.
        commercial: whether results may be used commercially.
        terms: the same in a sentence.
        url: where it is published, "" for others.
        detail: what else there is to say.
    """

    id: str
    title: str
    role: Role
    state: State
    where: str
    origin: str
    size: int | None
    resolution: int | None
    license: str
    commercial: Commercial
    terms: str
    url: str
    detail: str = ""


def model_states(search: Search, ledger: Ledger) -> list[ModelState]:
    """All rows; reads names, sizes and headers only."""
    found = [_row(candidate, what, ledger) for candidate, what in all_models(search)]
    usable = {row.id for row in found if row.state == "found" and row.role == "unet"}
    rows = []
    for card in all_cards():
        own = [row for row in found if row.id == card.id]
        rows += [_spent(row) if row.id in usable else row for row in own] or [_gone(card, search)]
    return rows + [row for row in found if not row.id]


def _row(candidate: Candidate, what: FoundModel | WeightsError, ledger: Ledger) -> ModelState:
    if isinstance(what, WeightsError):
        card = known_card(candidate.card)
        detail = f"{what} {what.remedy}".strip()
        return _state(candidate, card, "mismatch", detail)
    card = known_card(what.card)
    if what.is_test:
        return _state(candidate, None, "test weights", "Of no use for real work.", what.resolution)
    wrong = suspicion(what, ledger)
    if wrong:
        return _state(candidate, card, "mismatch", wrong, what.resolution)
    if what.form == "checkpoint" and what.role == "unet":
        named = what.card if what.origin != "chosen folder" and what.card else f'"{what.weights}"'
        detail = f"Convert it once: latentsync-studio models convert {named}"
        return _state(candidate, card, "not converted", detail, what.resolution)
    return _state(candidate, card, "found", "", what.resolution)


def _state(
    candidate: Candidate,
    card: ModelCard | None,
    state: State,
    detail: str,
    resolution: int | None = None,
) -> ModelState:
    own = "Weights of your own" if state != "test weights" else "Test weights"
    return ModelState(
        id=card.id if card else "",
        title=card.title if card else f"{own} ({candidate.role})",
        role=candidate.role,
        state=state,
        where=str(candidate.weights),
        origin=candidate.origin,
        size=_size(candidate),
        resolution=resolution or (card.resolution if card else None),
        license=card.license if card else "",
        commercial=card.commercial if card else "unknown",
        terms=card.terms if card else "nothing is known of their license",
        url=url_of(card, card.files[0].name) if card else "",
        detail=detail,
    )


def _size(candidate: Candidate) -> int | None:
    with suppress(OSError):
        return candidate.weights.stat().st_size
    return None


def _spent(row: ModelState) -> ModelState:
    """A published U-Net beside its conversion."""
    if row.state != "not converted":
        return row
    detail = "Its conversion is used; this file may be deleted."
    return msgspec.structs.replace(row, state="converted", detail=detail)


def _gone(card: ModelCard, search: Search) -> ModelState:
    sizes = [file.size for file in card.files]
    place = own_place(card, card.files[0].name, search.models)
    return ModelState(
        id=card.id,
        title=card.title,
        role=card.role,
        state="missing",
        where=str(place),
        origin="",
        size=None if None in sizes else sum(size or 0 for size in sizes),
        resolution=card.resolution,
        license=card.license,
        commercial=card.commercial,
        terms=card.terms,
        url=url_of(card, card.files[0].name),
        detail=_fetching(card, place),
    )


def _fetching(card: ModelCard, place: Path) -> str:
    if card.source:
        return f"Load {url_of(card, card.files[0].name)} and put it into {place.parent}"
    other = [each.id for each in cards_of(card.role) if each.id != card.id]
    instead = f"; {other[0]} does as well" if card.role == "whisper" and other else ""
    return f"latentsync-studio models fetch {card.id}{instead}"


def models_here(search: Search, model: str) -> Iterator[FoundModel]:
    """All that was found of one card, the first place first."""
    for _, what in all_models(search):
        if not isinstance(what, WeightsError) and what.card == model:
            yield what
