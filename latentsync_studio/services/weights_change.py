"""Weights as use cases that write: fetch from the Hub, convert what is published once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from latentsync_studio.core.errors import InputError, MissingFileError, StorageError
from latentsync_studio.core.weights import CardFile, FoundModel, WeightsError
from latentsync_studio.storage import paths
from latentsync_studio.storage.weights.cards import card, card_by_digest, cards_of
from latentsync_studio.storage.weights.fetching import FetchError, fetch_file
from latentsync_studio.storage.weights.finding import Search, all_models
from latentsync_studio.storage.weights.headers import check_weights, read_config
from latentsync_studio.storage.weights.ledger import Ledger
from latentsync_studio.storage.weights.looking import (
    RESOLUTIONS,
    MismatchedWeightsError,
)
from latentsync_studio.storage.weights.missing import describe_one, file_lines, missing_files
from latentsync_studio.storage.weights.places import (
    CHECKPOINT,
    CONFIG,
    TENSORS,
    own_place,
)
from latentsync_studio.storage.weights.placing import folder_at_once
from latentsync_studio.storage.weights.turns import taking_turns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.weights import ModelCard

_HALF: Final = 0.5  # of float32 tensors remain as float16
_ROOM: Final = 64_000_000


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """One file that is here now.

    Attributes:
        model: id of its card.
        file: path.
        size: bytes.
        sha256: hex digest; of the published file where its conversion is here.
        state: whether it had to be loaded.
    """

    model: str
    file: str
    size: int
    sha256: str
    state: Literal["fetched", "already here", "converted before"]


class Converted(msgspec.Struct, frozen=True, kw_only=True):
    """A U-Net that can be used now.

    Attributes:
        model: id of its card, "" for one of the user's own.
        folder: holds config.json and the tensors.
        resolution: px it was trained at.
        source: the published file.
        source_sha256: its hex digest.
        size: bytes of the tensors.
        state: whether it had to be converted.
    """

    model: str
    folder: str
    resolution: int
    source: str
    source_sha256: str
    size: int
    state: Literal["converted", "already here"]


def fetch_models(
    models: Sequence[str],
    progress: Progress,
    *,
    home: Path | None = None,
    endpoint: str | None = None,
) -> list[Fetched]:
    """Load models from the Hub into the program's own folder; the only use of the network.

    Args:
        models: ids of cards.
        progress: told the stages "fetch" and "verify" in MB.
        home: the user's data folder.
        endpoint: of the Hub; by default that of HF_ENDPOINT, or huggingface.co.

    Raises:
        UnknownNameError: there is no such card.
        MissingWeightsError: users bring it themselves; says where from and where to.
        FetchError: no connection; lists all files that are still missing and where to put them.
        WeightsError: what arrived is not what was published.
        DiskFullError, StorageError: the disk refuses.
        Cancelled: the user stopped it; the same call goes on from there.
    """
    wanted = [card(model) for model in models]
    search = Search(models=paths.models_folder(home))
    done: list[Fetched] = []
    with Ledger(home) as ledger:
        for each in wanted:
            for file in each.files:
                try:
                    done.append(_fetch(each, file, search, ledger, progress, endpoint))
                except FetchError as error:
                    raise _with_list(error, wanted, search) from error
    return done


def convert_checkpoint(
    source: str,
    progress: Progress,
    *,
    resolution: int | None = None,
    output: Path | None = None,
    home: Path | None = None,
    network: Mapping[str, Any] | None = None,
) -> Converted:
    """Convert a U-Net as it is published into what the engine maps into memory.

    Which of 1.5 and 1.6 it is cannot be told by its tensors. It is told by its digest; for any
    other file the user has to say the resolution that it was trained at.

    Args:
        source: id of a card, a file, or a folder with latentsync_unet.pt.
        progress: told the stages "read" (MB) and "convert".
        resolution: 256 or 512; needed only for weights that nobody knows.
        output: folder to make; by default in the program's own folder, or for weights that
            nobody knows `unet` beside the file.
        home: the user's data folder.
        network: configuration of a test's network; what comes out are test weights.

    Raises:
        UnknownNameError, MissingFileError, InputError: there is no such file.
        WeightsError: it is damaged, holds code, is another model, or was trained at another
            resolution than is said.
        DiskFullError, StorageError: the disk refuses.
        Cancelled: the user stopped it; nothing is left behind.
    """
    with Ledger(home) as ledger:
        models = paths.models_folder(home)
        path = _source(source, Search(models=models, recalled=ledger.recalled))
        check_weights(path)
        digest = ledger.sha256(path, progress)
        known = card_by_digest(digest)
        trained = _resolution(path, known, resolution, for_test=network is not None)
        target = output or (own_place(known, "unet", models) if known else path.parent / "unet")
        with taking_turns(target, models / "locks", progress):
            done = _converted_before(target, digest, trained)
            if not done:
                notes = {"model": known.id if known else "", "source_sha256": digest}
                tested = {} if network is None else {"test": True}
                _convert(path, target, trained, {**notes, **tested}, progress, network)
            tensors = target / TENSORS
            size, made = tensors.stat().st_size, ledger.sha256(tensors, progress)
            if known is not None and not done:
                ledger.remember(known.id, f"unet/{TENSORS}", made)
                config = ledger.sha256(target / CONFIG, progress)
                ledger.remember(known.id, f"unet/{CONFIG}", config)
    return Converted(
        model=known.id if known else "",
        folder=str(target),
        resolution=trained,
        source=str(path),
        source_sha256=digest,
        size=size,
        state="already here" if done else "converted",
    )


def _fetch(
    model: ModelCard,
    file: CardFile,
    search: Search,
    ledger: Ledger,
    progress: Progress,
    endpoint: str | None,
) -> Fetched:
    target = own_place(model, file.name, search.models)
    before = _unet_before(model, file, search)
    if before is not None:
        return before
    name = target.name
    known = ledger.known(model.id, name)
    wanted = file.sha256 or (known.sha256 if known else "")
    file = msgspec.structs.replace(file, sha256=wanted)
    digest, is_here = "", target.is_file() and file.size in {None, target.stat().st_size}
    if is_here:
        digest = ledger.sha256(target, progress)
        is_here = wanted in {"", digest}
    if not is_here and model.source:
        raise describe_one(model, search).error()
    if not is_here:
        digest = fetch_file(model, file, target, progress, endpoint=endpoint)
    if not wanted:
        ledger.remember(model.id, name, digest)
    return Fetched(
        model=model.id,
        file=str(target),
        size=target.stat().st_size,
        sha256=digest,
        state="already here" if is_here else "fetched",
    )


def _unet_before(model: ModelCard, file: CardFile, search: Search) -> Fetched | None:
    """The conversion of a published U-Net, for which that is needed no more."""
    folder = own_place(model, "unet", search.models)
    if model.role != "unet" or not file.sha256 or not (folder / CONFIG).is_file():
        return None
    if not _converted_before(folder, file.sha256, model.resolution or 0):
        return None
    tensors = folder / TENSORS
    return Fetched(
        model=model.id,
        file=str(tensors),
        size=tensors.stat().st_size,
        sha256=file.sha256,
        state="converted before",
    )


def _with_list(error: FetchError, wanted: Sequence[ModelCard], search: Search) -> FetchError:
    missing = [
        file
        for each in wanted
        for file in missing_files(each, search)
        if not Path(file.place).is_file()
    ]
    lines = "\n".join(f"  {line}" for file in missing for line in file_lines(file))
    return FetchError(
        f"{error}\nStill missing:\n{lines}",
        remedy="Connect to the network and run the same command again: what has arrived is kept."
        " Or get these files on another machine and put them there.",
    )


def _source(source: str, search: Search) -> Path:
    ids = [each.id for each in cards_of("unet")]
    if source in ids:
        for _, what in all_models(search):
            if isinstance(what, FoundModel) and what.card == source and what.form == "checkpoint":
                return what.weights
        raise describe_one(card(source), search).error()
    path = Path(source).expanduser()
    inside = [path / CHECKPOINT, path / "checkpoints" / CHECKPOINT]
    path = next((each for each in inside if each.is_file()), path)
    if not path.exists():
        raise MissingFileError(
            f"There is no file {path}.",
            remedy=f"Give a file, a folder with {CHECKPOINT}, or one of: {', '.join(ids)}.",
        )
    if not path.is_file():
        raise InputError(
            f"There is no {CHECKPOINT} in {path}.", remedy="Give the file that is to be converted."
        )
    return path


def _resolution(path: Path, known: ModelCard | None, said: int | None, *, for_test: bool) -> int:
    if said is not None and said not in RESOLUTIONS and not for_test:
        raise InputError(
            f"LatentSync has no model for {said} px.",
            remedy="Say 256 for LatentSync 1.5 or 512 for 1.6.",
        )
    if known is None:
        if said is None:
            raise WeightsError(
                f"{path} is none of the published files, and its tensors do not tell whether it"
                " works at 256 or at 512 px: LatentSync 1.5 and 1.6 have the same.",
                remedy="Say what it was trained at: --resolution 256 (as 1.5) or 512 (as 1.6).",
            )
        return said
    if known.role != "unet" or known.resolution is None:
        raise WeightsError(
            f"{path} is {known.title}; it is used as it is.",
            remedy=f"Only {CHECKPOINT} has to be converted.",
        )
    if said not in {None, known.resolution}:
        raise MismatchedWeightsError(
            f"{path} holds the weights of {known.title}, which were trained at"
            f" {known.resolution} px. At {said} px mouths would be blurred or stay masked.",
            remedy=f"Leave --resolution out, or get the weights for {said} px.",
        )
    return known.resolution


def _converted_before(target: Path, digest: str, resolution: int) -> bool:
    """Whether `target` is the conversion of this very file. Refuses to replace anything else."""
    config = target / CONFIG
    if not config.is_file():
        if target.exists() and any(target.iterdir()):
            raise InputError(
                f"{target} exists and is no converted U-Net.",
                remedy="Choose another folder: -o FOLDER",
            )
        return False
    held = read_config(config)
    try:
        check_weights(target / TENSORS)
    except WeightsError:
        return False
    return held.get("source_sha256") == digest and held.get("resolution") == resolution


def _convert(
    path: Path,
    target: Path,
    resolution: int,
    notes: dict[str, object],
    progress: Progress,
    network: Mapping[str, Any] | None,
) -> None:
    from latentsync_studio.engines.latentsync.checkpoint import convert_unet

    needed = int(_HALF * path.stat().st_size) + _ROOM
    more: dict[str, Any] = {} if network is None else {"config": network}
    try:
        with folder_at_once(target, needed) as temporary:
            convert_unet(path, temporary, resolution, progress, notes=notes, **more)
    except StorageError as error:
        raise StorageError(
            str(error), remedy="Choose a folder that can be written: -o FOLDER"
        ) from error
