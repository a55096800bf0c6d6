"""How far a job is as a whole, out of what its stages report; frames that it is asked for count."""

from __future__ import annotations

from typing import Final

PLAN: Final = "plan"  # reported before anything else: how many frames the job is asked for
ENGINE: Final = "engine"  # only a note: what the engine runs on now; it moves no numbers
FRAME_STAGES: Final = frozenset({"synthesize", "render"})  # their numbers are frames of the job


class JobFrames:
    """Fed with the reports of one run of a job; not safe to share between threads.

    Looking at faces, listening and the like prepare frames: such a stage has numbers of its own
    and moves nothing of the job.

    Attributes:
        done: frames of the job that are finished; of a job that goes on, those of earlier runs
            until this run has found them again.
        total: frames that it is asked for; 0 until that is known.
    """

    def __init__(self, done: int = 0, total: int = 0) -> None:
        """Begin with what an earlier run told; one that came to its end tells nothing of this."""
        self.done, self.total = (done, total) if done < total else (0, 0)

    def take(self, stage: str, done: int, total: int) -> bool:
        """Take in a report; whether its numbers are frames of the job."""
        if stage not in FRAME_STAGES and stage != PLAN:
            return False
        if stage in FRAME_STAGES and done:
            self.done = done
        elif total != self.total:
            self.done = 0
        self.total = total
        return stage in FRAME_STAGES
