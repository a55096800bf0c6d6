"""What stands before jobs: it may look first, and begins them or does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.timeline.model import ClipId, Project
    from latentsync_studio.services.timeline.requests import SynthesisRequest


class Gate(Protocol):
    """Asked before a job of the user's is put into the queue."""

    def before_synthesis(self, clips: Sequence[ClipId], go: Callable[[], object]) -> None:
        """Call `go` at once, later, or never; no clips: all of the shown sequence."""

    def before_request(
        self, make: Callable[[Project], SynthesisRequest], go: Callable[[], object]
    ) -> None:
        """The same for a synthesis as `make` has it; that runs on a worker's thread."""

    def before_export(
        self,
        output: Path | None,
        frames: FrameRange | None,
        clips: Sequence[ClipId],
        go: Callable[[], object],
    ) -> None:
        """The same for a movie, or for a package, which has no `output` of its own here."""


class OpenGate:
    """Looks at nothing."""

    def before_synthesis(self, clips: Sequence[ClipId], go: Callable[[], object]) -> None:
        del clips
        go()

    def before_request(
        self, make: Callable[[Project], SynthesisRequest], go: Callable[[], object]
    ) -> None:
        del make
        go()

    def before_export(
        self,
        output: Path | None,
        frames: FrameRange | None,
        clips: Sequence[ClipId],
        go: Callable[[], object],
    ) -> None:
        del output, frames, clips
        go()
