"""A child of `fleet`: draws its share of the windows of a job on one device, into the store."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, BinaryIO, Final

import msgspec

from latentsync_studio.core.decoding import decodable
from latentsync_studio.core.errors import Cancelled, to_studio_error
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.render.budget import WorkBudget
from latentsync_studio.core.timeline.document import from_json
from latentsync_studio.services.draw_windows import draw_windows
from latentsync_studio.services.fleet import Share, Told
from latentsync_studio.services.wiring import open_services

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from latentsync_studio.core.arrays import I32
    from latentsync_studio.core.engine import Patch, Running
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.services.prepare import Prepared
    from latentsync_studio.services.reading import Walker
    from latentsync_studio.services.timeline.face_take import FaceTake
    from latentsync_studio.services.windows import WindowStore
    from latentsync_studio.services.wiring import Services

_LAST_MOMENT_S: Final = 8.0


def main() -> int:
    """Do a share; 0 when all is stored, 1 after an error, which was told."""
    given, out = sys.stdin.buffer, _answers()
    stop = Event()

    def tell(told: Told) -> None:
        out.write(msgspec.json.encode(told) + b"\n")
        out.flush()

    try:
        share = msgspec.json.decode(given.readline(), type=decodable(Share))
        Thread(target=_watch, args=(given.fileno(), stop), daemon=True).start()
        _do(share, CallbackProgress(stop=stop), tell)
    except Exception as raised:  # noqa: BLE001 - the process boundary: every error is told
        error = to_studio_error(raised)
        tell(Told(code=error.code, message=str(error), remedy=error.remedy))
        return 1
    return 0


def _answers() -> BinaryIO:
    """Where answers go; what libraries print, native ones too, goes with the errors instead."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    sys.stdout.flush()
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return out


def _watch(given: int, stop: Event) -> None:
    """The input ends with the parent, or when it wants no more.

    Reads the descriptor itself: a thread that waits inside of sys.stdin holds its lock, without
    which the interpreter cannot end; it aborts instead.
    """
    while os.read(given, 1):
        pass
    stop.set()
    Event().wait(_LAST_MOMENT_S)
    os._exit(1)


def _do(share: Share, progress: Progress, tell: Callable[[Told], None]) -> None:
    room = share.in_flight_bytes
    budget = WorkBudget(workers=share.workers, in_flight_bytes=room, seen_bytes=room)
    windows = [FrameRange(*window) for window in share.windows]
    with open_services(budget=budget) as opened:
        services = replace(opened, store=opened.store.owned_by(share.owner))
        with _opened(share, services, progress) as part:
            threads = budget.for_windows(part.at_once())
            for window in draw_windows(part, windows, progress, threads):
                tell(
                    Told(
                        window=(window.start, window.stop),
                        key=part.key(window),
                        ran=part.ran_in(window),
                    )
                )
    progress.check()


@contextmanager
def _opened(
    share: Share, services: Services, progress: Progress
) -> Iterator[_RenderPart | FaceTake]:
    if share.take is None:
        from latentsync_studio.services.job_requests import render_request_of
        from latentsync_studio.services.prepare import prepared
        from latentsync_studio.services.render import window_store

        asked = render_request_of(share.render)
        request = msgspec.structs.replace(asked, devices=(share.device,))
        with prepared(request, services, progress) as ready:
            windows = window_store(ready, services)
            if windows is None:
                raise Cancelled("There is nothing to draw.")
            yield _RenderPart(ready, windows)
        return
    from latentsync_studio.services.timeline.takes import TakeCache

    wanted = share.take
    weights = Path(wanted.weights) if wanted.weights else None
    services = replace(services, engines=services.engines.chosen(weights, share.device))
    takes = TakeCache(services)
    project = from_json(wanted.project.encode())
    take = takes.get(project, wanted.sequence, wanted.clip, progress)
    face = take.faces[wanted.face]
    face.open_for([FrameRange(*window) for window in share.windows], progress)
    yield face
    takes.clear()


@dataclass(frozen=True, slots=True)
class _RenderPart:
    """One clip under one speech; see draw_windows.Drawable."""

    ready: Prepared
    windows: WindowStore

    @property
    def source(self) -> I32:
        return self.ready.length.source

    @property
    def frame_bytes(self) -> int:
        video = self.ready.reader.video
        return video.width * video.height * (2 if video.format.bits == 8 else 4)

    @contextmanager
    def reader(self) -> Iterator[Walker]:
        yield self.ready.reader

    def reads(self, window: FrameRange) -> FrameRange:
        return self.windows.reads(window)

    def patches(
        self, window: FrameRange, see: Callable[[FrameRange], Sequence[Picture]], progress: Progress
    ) -> tuple[Patch, ...]:
        return self.windows.patches(window, see, progress)

    def key(self, window: FrameRange) -> str:
        return self.windows.key(window)

    def at_once(self) -> int:
        return 1 if self.ready.session is None else self.ready.session.at_once()

    def ran_in(self, _window: FrameRange) -> tuple[tuple[str, Running], ...]:
        session = self.ready.session
        return () if session is None else ((self.ready.spec.id, session.running()),)


if __name__ == "__main__":
    sys.exit(main())
