"""What to tell when an engine lacks weights: which files, how large, which license, where to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from latentsync_studio.core.weights import MissingFile, MissingWeights
from latentsync_studio.storage.sizes import size_text
from latentsync_studio.storage.weights.cards import card, cards_of, url_of
from latentsync_studio.storage.weights.finding import wanted_card
from latentsync_studio.storage.weights.places import chosen_place, own_place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.core.weights import ModelCard
    from latentsync_studio.storage.weights.finding import Found, Search

PROGRAM: Final = "latentsync-studio"
_INSTEAD: Final = "--engine mouthbank works now, without any weights."


def describe_missing(
    engine: str, parts: Sequence[Found], search: Search, note: str = ""
) -> MissingWeights:
    """Say why `engine` cannot run with what was found, and what would change that."""
    gone = [part for part in parts if part.model is None and not part.problems]
    cards = [wanted_card(part.role, search.resolution) for part in gone if not part.waiting]
    files = tuple(missing for each in cards for missing in missing_files(each, search))
    unconverted = [model for part in gone for model in part.waiting[:1]]
    problems = [problem for part in parts for problem in part.problems]
    details = [note] if note else []
    details += [message for message, _ in problems]
    details += [f"{model.weights} is not converted yet." for model in unconverted]
    details += [line for file in files for line in file_lines(file)]
    remedies = [remedy for _, remedy in problems if remedy]
    if files:
        ids = " ".join(each.id for each in cards)
        fetching = f"et them with `{PROGRAM} models fetch {ids}`"
        remedies.append(
            f"G{fetching}, or put them there."
            if search.folder is None
            else f"Put them there, or choose no folder and g{fetching}."
        )
    for model in unconverted:
        known = f" {card(model.card).id}" if model.card and model.origin != "chosen folder" else ""
        named = known or f' "{model.weights}"'
        remedies.append(f"Convert it once with `{PROGRAM} models convert{named}`.")
    if any(each.role == "unet" for each in cards) and search.resolution is None:
        smaller = cards_of("unet")[-1]
        remedies.append(
            f"{smaller.id} instead works at {smaller.resolution} px with much less memory."
        )
    return MissingWeights(
        engine=engine,
        reason=_reason(engine, files, len(unconverted), len(problems)),
        problems=tuple(message for message, _ in problems),
        files=files,
        details=tuple(details),
        remedy=" ".join((*remedies, _INSTEAD)),
    )


def describe_one(model: ModelCard, search: Search) -> MissingWeights:
    """Say what to do about one model that is not here."""
    files = tuple(missing_files(model, search))
    return MissingWeights(
        engine="",
        reason=f"{model.title} is not on this machine:",
        files=files,
        details=tuple(line for file in files for line in file_lines(file)),
        remedy=getting(model),
    )


def getting(model: ModelCard) -> str:
    """How a model comes to this machine."""
    if model.source:
        return "Load it from that address to that place; this program does not load it by itself."
    return f"Get it with `{PROGRAM} models fetch {model.id}`, or put it there."


def missing_files(model: ModelCard, search: Search) -> list[MissingFile]:
    """All files of a model, with where to put them."""
    return [
        MissingFile(
            model=model.id,
            title=model.title,
            name=file.name,
            size=file.size,
            license=model.license,
            commercial=model.commercial,
            terms=model.terms,
            url=url_of(model, file.name),
            place=str(
                chosen_place(model, file.name, search.folder)
                if search.folder is not None
                else own_place(model, file.name, search.models)
            ),
        )
        for file in model.files
    ]


def file_lines(file: MissingFile) -> tuple[str, str]:
    """One missing file in two lines for people: what it is, and where from and where to."""
    size = "size unknown" if file.size is None else size_text(file.size)
    return (
        f"{file.title}: {file.name}, {size}, license {file.license}: {file.terms}",
        f"  {file.url} -> {file.place}",
    )


def _reason(engine: str, files: Sequence[MissingFile], unconverted: int, problems: int) -> str:
    name = "LatentSync" if engine == "latentsync" else engine
    if problems:
        return f"The engine {name} cannot use the weights that are here:"
    if files:
        known = [file.size for file in files if file.size is not None]
        total = f"{size_text(sum(known))}" + ("" if len(known) == len(files) else " and more")
        what = "1 file" if len(files) == 1 else f"{len(files)} files"
        return f"The engine {name} needs weights that are not on this machine ({what}, {total}):"
    if unconverted:
        return f"The engine {name} has weights that must be converted once before they are used:"
    return f"The engine {name} cannot use the weights that are here together:"
