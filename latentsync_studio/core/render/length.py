"""Which source frame is shown when, where clip and speech differ in length.

All in integer ticks of the clip's own time base, so that VFR stays exact: a frame that is shown
again keeps its own duration. With the clip ABCD:

    speech shorter   cut, hold, loop, bounce: AB     tail: ABCD (the rest passes through)
    speech longer    cut, tail: ABCD   hold: ABCDDDD   loop: ABCDABC   bounce: ABCDCBA

Frames are whole: the picture ends with the frame during which the speech ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, cast

import numpy as np

from latentsync_studio.core.arrays import frozen
from latentsync_studio.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    import numpy.typing as npt

    from latentsync_studio.core.arrays import F64, I32
    from latentsync_studio.core.settings.pages import LengthPolicy

_MOST_FRAMES = 12_000_000  # 24 hours at 120 frames a second, and some


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthPlan:
    """The output's frames: what each shows and when.

    Attributes:
        source: (T,) i32 source frame of each output frame.
        pts: (T,) i64 start of each output frame in ticks, from 0, strictly increasing.
        end_pts: where the last one ends, ticks.
        time_base: seconds of a tick.
        n_spoken: output frames that begin before the speech ends; the rest pass through.
        note: what was done, for the user.
    """

    source: I32
    pts: npt.NDArray[np.int64]
    end_pts: int
    time_base: Fraction
    n_spoken: int
    note: str

    def middle_seconds(self) -> F64:
        """(T,) f64 time of each output frame's middle within the speech."""
        ends = np.append(self.pts[1:], self.end_pts)
        middles: F64 = (self.pts + ends) * (float(self.time_base) / 2.0)
        return middles


def map_frames(
    pts: npt.NDArray[np.int64] | Sequence[int],
    end_pts: int,
    time_base: Fraction,
    speech: Fraction,
    policy: LengthPolicy,
) -> LengthPlan:
    """Lay the frames of a clip along a speech.

    Args:
        pts: (n,) i64 start of each source frame in ticks, strictly increasing; any origin.
        end_pts: where the last source frame ends, ticks.
        time_base: seconds of a tick.
        speech: length of the speech in seconds; it begins with the first frame.
        policy: what to do where the lengths differ; see the picture above.

    Returns:
        The plan; at least one frame.

    Raises:
        InputError: no frames, times that do not increase, no speech, or more than 12 million
            output frames.
    """
    starts = np.asarray(pts, dtype=np.int64)
    _require_times(starts, end_pts, speech)
    durations = np.diff(starts, append=np.int64(end_pts))
    clip_ticks, speech_ticks = int(end_pts - starts[0]), ceil(speech / time_base)
    if speech_ticks > clip_ticks and policy in {"hold", "loop", "bounce"}:
        source = _repeated(durations, speech_ticks, policy)
    else:
        source = np.arange(len(starts))
    ends = np.cumsum(durations[source])
    out = ends - durations[source]
    n_spoken = int(np.searchsorted(out, speech_ticks))
    count = len(out) if policy == "tail" else n_spoken
    return LengthPlan(
        source=cast("I32", frozen(source[:count].astype(np.int32))),
        pts=cast("npt.NDArray[np.int64]", frozen(out[:count].copy())),
        end_pts=int(ends[count - 1]),
        time_base=time_base,
        n_spoken=n_spoken,
        note=_note(clip_ticks * time_base, speech, int(durations[-1]) * time_base, policy),
    )


def _require_times(starts: npt.NDArray[np.int64], end_pts: int, speech: Fraction) -> None:
    if not len(starts):
        raise InputError("The clip has no frames.", remedy="Choose another clip.")
    if speech <= 0:
        raise InputError("The speech has no sound in it: 0.00 s.", remedy="Choose another speech.")
    late = np.flatnonzero(np.diff(starts, append=np.int64(end_pts)) <= 0)
    if len(late):
        raise InputError(
            f"The clip's frame times do not increase after frame {late[0]}.",
            remedy="Convert the clip to MP4 or MOV and try again.",
        )


def _repeated(
    durations: npt.NDArray[np.int64], speech_ticks: int, policy: LengthPolicy
) -> npt.NDArray[np.int64]:
    """Source frames in the order shown, for at least `speech_ticks` (the speech is longer)."""
    n = len(durations)
    forward = np.arange(n)
    if policy == "hold":
        first, cycle = forward, forward[-1:]
    elif policy == "loop":
        first, cycle = forward[:0], forward
    else:  # back without showing a turn frame twice: ABCD CB ABCD CB
        first, cycle = forward[:0], np.concatenate((forward, forward[-2:0:-1]))
    missing = speech_ticks - int(durations[first].sum())
    times = -(-missing // int(durations[cycle].sum()))
    if len(first) + times * len(cycle) > _MOST_FRAMES:
        raise InputError(
            f"The speech would need {len(first) + times * len(cycle)} frames of this clip; the"
            f" most is {_MOST_FRAMES}.",
            remedy="Use a longer clip, or the length policy cut.",
        )
    return np.concatenate((first, np.tile(cycle, times)))


def _note(clip: Fraction, speech: Fraction, frame: Fraction, policy: LengthPolicy) -> str:
    """Say how the lengths differ and what was done; lengths in seconds."""
    gap = float(abs(speech - clip))
    if abs(speech - clip) < frame:
        return f"Clip and speech are equally long: {_seconds(clip)}."
    if speech < clip:
        if policy == "tail":
            return (
                f"The clip is {gap:.2f} s longer than the speech; after {_seconds(speech)} it"
                " passes through unchanged."
            )
        return (
            f"The clip is {gap:.2f} s longer than the speech; cut at {_seconds(speech)}."
            " Choose the length policy tail to keep the rest of the clip."
        )
    done = {
        "hold": f"its last frame is held to {_seconds(speech)}",
        "loop": f"it is played again from its start until {_seconds(speech)}",
        "bounce": f"it is played backwards and forwards until {_seconds(speech)}",
    }.get(policy)
    if done:
        return f"The speech is {gap:.2f} s longer than the clip; {done}."
    return (
        f"The speech is {gap:.2f} s longer than the clip; cut at {_seconds(clip)}."
        " Choose the length policy hold, loop or bounce to keep it."
    )


def _seconds(value: Fraction) -> str:
    return f"{float(value):.2f} s"
