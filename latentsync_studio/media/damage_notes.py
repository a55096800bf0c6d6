"""What is damaged in a file, in sentences for the user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

_MOST_RANGES: Final = 6  # named in one sentence


def frame_notes(repeated: Collection[int], traces: Collection[int]) -> tuple[str, ...]:
    """Say which frames of a clip are damaged.

    Args:
        repeated: frames in whose place another one is shown.
        traces: frames that are shown, but that are built upon a damaged one.
    """
    notes = []
    if repeated:
        which, one = _named(repeated), len(repeated) == 1
        verb = "is" if one else "are"
        notes.append(f"{which} of the clip {verb} damaged; the last good picture is shown instead.")
    if shown := set(traces) - set(repeated):
        notes.append(f"{_named(shown)} of the clip may show traces of damage before.")
    return tuple(notes)


def sound_notes(name: str, packets: int, missing_s: float) -> tuple[str, ...]:
    """Say what is damaged in the sound of the file `name`.

    Args:
        name: of the file.
        packets: how many could not be decoded.
        missing_s: seconds that its times leave out on the way.
    """
    notes = []
    if packets == 1:
        notes.append(f"One packet of the sound of {name!r} is damaged and left out.")
    elif packets:
        notes.append(f"{packets} packets of the sound of {name!r} are damaged and left out.")
    if missing_s:
        notes.append(
            f"{missing_s:.2f} s of the sound of {name!r} are missing; there is silence instead."
        )
    return tuple(notes)


def _named(numbers: Collection[int]) -> str:
    """Name frames as `Frame 7` or `Frames 3, 20..41`, both ends included."""
    ranges: list[list[int]] = []
    for number in sorted(numbers):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    texts = [f"{a}..{b}" if a < b else f"{a}" for a, b in ranges[:_MOST_RANGES]]
    if len(numbers) == 1:
        return f"Frame {texts[0]}"
    more = sum(b - a + 1 for a, b in ranges[_MOST_RANGES:])
    return f"Frames {', '.join(texts)}" + (f" and {more} more" if more else "")
