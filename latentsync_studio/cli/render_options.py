"""What the words of the render command mean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from latentsync_studio.core.errors import InputError, InvalidSettingError, StorageError
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.settings.fields import apply, apply_strengths
from latentsync_studio.core.settings.pages import RenderSettings
from latentsync_studio.services.mask_files import MaskFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.core.mask.layer import LayerRole
    from latentsync_studio.core.settings.fields import Value
    from latentsync_studio.core.settings.pages import LengthPolicy
    from latentsync_studio.services.mask_files import MaskSpace

_SILENCE_HEARD: dict[str, Value] = {
    "mouthbank.silence.governor": False,
    "latentsync.silence.policy": "hear",
}
MAX_TRANSCRIPT_BYTES = 1_000_000
_FILE_NAME = re.compile(
    r"(?:\.{0,2}|~|[a-z]:)[/\\].*"  # a root, a drive
    r"|\S*[/\\]\S*"  # a separator where there are no spaces, unlike "he/she said"
    r"|.*\.(?:txt|text|md|srt|vtt|json|docx?|rtf)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the user chose, least specific first: each overrides the ones before.

    Attributes:
        preset: name, or "" for none.
        engine: id; None keeps the preset's.
        length_policy: None when not given.
        governor: False when the mouth may move in silence.
        strengths: "lips=0.8" for a part, "lips=0.8,jaw=0.5" for several, "0.8" for all.
        changes: "compose.feather=4".
    """

    preset: str = ""
    engine: str | None = None
    length_policy: LengthPolicy | None = None
    governor: bool = True
    strengths: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()

    def settings(self) -> RenderSettings:
        """Settle everything. Raise InvalidSettingError or UnknownNameError."""
        settings = _with_preset(self.preset) if self.preset else RenderSettings()
        if self.engine is not None:
            settings = apply(settings, {"engine": self.engine})
        if self.length_policy is not None:
            settings = apply(settings, {"length_policy": self.length_policy})
        if not self.governor:
            settings = apply(settings, _SILENCE_HEARD)
        strengths = [part for word in self.strengths for part in word.split(",")]
        settings = apply_strengths(settings, parse_pairs(strengths, alone="strength"))
        return apply(settings, parse_pairs(self.changes))


def _with_preset(name: str) -> RenderSettings:
    from latentsync_studio.storage.presets import load_preset

    return load_preset(name).apply(RenderSettings())


def mask_files(
    include: Sequence[Path] | None, protect: Sequence[Path] | None, space: MaskSpace
) -> tuple[MaskFile, ...]:
    """The masks of --mask and --protect."""
    roles: list[tuple[LayerRole, Sequence[Path]]] = [
        ("include", include or ()), ("protect", protect or ()),
    ]  # fmt: skip
    return tuple(
        MaskFile(path=path, role=role, space=space) for role, paths in roles for path in paths
    )


def device_names(text: str) -> tuple[str, ...]:
    """Read --devices: names between commas, none for "".

    Raises:
        InvalidSettingError: a name is empty.
    """
    names = tuple(name.strip() for name in text.split(",")) if text.strip() else ()
    if not all(names):
        raise InvalidSettingError(
            f"The devices {text!r} are not of the form A,B.",
            remedy="Name them with commas between, for instance --devices 0,1",
        )
    return names


def parse_pairs(words: Sequence[str], alone: str = "") -> dict[str, str]:
    """KEY=VALUE words as a dictionary; a word without = is the value of `alone`."""
    pairs = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals and alone:
            key, value = alone, word
        elif not equals or not key.strip():
            raise InvalidSettingError(
                f"{word!r} is not of the form KEY=VALUE.",
                remedy="Write for instance --set compose.feather=4",
            )
        pairs[key.strip()] = value.strip()
    return pairs


def parse_range(text: str) -> FrameRange | None:
    """Read IN:OUT, half-open frames; IN may be left out. None for "".

    Raises:
        InvalidSettingError: it is no such range.
    """
    if not text:
        return None
    first, colon, stop = text.partition(":")
    numbers = (first or "0", stop)
    if not colon or not all(number.isascii() and number.isdigit() for number in numbers):
        raise InvalidSettingError(
            f"The range {text!r} is not of the form IN:OUT.",
            remedy="Give two whole numbers of frames, for instance --range 0:250",
        )
    start, end = int(numbers[0]), int(numbers[1])
    if end <= start:
        raise InvalidSettingError(
            f"The range {text} holds no frame: OUT must be greater than IN.",
            remedy=f"OUT is the frame after the last one, for instance --range {start}:{start + 1}",
        )
    return FrameRange(start, end)


def transcript_file(given: str) -> Path | None:
    """Return the file that a transcript names, None when it is the words themselves.

    Raises:
        InputError: it looks like the name of a file, but there is none.
    """
    path = Path(given)
    try:
        if "\n" not in given and path.is_file():
            return path
        what = "is a folder" if path.is_dir() else "does not exist"
    except (OSError, ValueError):  # longer than a file name may be: it is the text
        return None
    if _FILE_NAME.fullmatch(given):
        raise InputError(
            f"The transcript {given} {what}.",
            remedy="Check the name of the file. Words that look like one go into a file of text.",
        )
    return None


def read_transcript(path: Path) -> str:
    """Return the words of a file, with a line end: so they never look like a file's name.

    Raises:
        InputError: the file is no text in UTF-8, or too long.
        StorageError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_TRANSCRIPT_BYTES + 1)
    except OSError as error:
        raise StorageError(
            f"The transcript {path} cannot be read: {error.strerror}.",
            remedy="Allow this user to read it.",
        ) from error
    if len(raw) > MAX_TRANSCRIPT_BYTES:
        raise InputError(
            f"The transcript {path} has more than {MAX_TRANSCRIPT_BYTES} bytes.",
            remedy="Give the text of this speech only.",
        )
    try:
        return raw.decode("utf-8-sig").rstrip() + "\n"
    except UnicodeDecodeError as error:
        raise InputError(
            f"The transcript {path} is no text in UTF-8 (byte {error.start}).",
            remedy="Save it as plain text in UTF-8.",
        ) from error
