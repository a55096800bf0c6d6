"""Several devices at work on one job: a process for each draws its share of the windows.

    parent   plan | deal windows out | wait for each in turn, compose, encode ...
    child 0        | window 0 | window 2 | ...      -> the common store
    child 1        | window 1 | window 3 | ...      -> the common store

A child is told what to do as a line of JSON on its standard input and says what is done in lines
of JSON on its standard output. It ends when its input does: with the parent, however that ends.
What a window looks like does not depend on who draws it.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections import deque
from contextlib import suppress
from threading import Condition, Thread
from typing import TYPE_CHECKING, Final

import msgspec

from latentsync_studio.core.decoding import decodable
from latentsync_studio.core.engine import Running  # noqa: TC001 - msgspec reads it
from latentsync_studio.core.errors import Cancelled, InternalError, StudioError
from latentsync_studio.core.job_frames import ENGINE
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.model import (  # noqa: TC001 - msgspec reads them
    ClipId,
    SequenceId,
)
from latentsync_studio.storage import paths

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Self

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.services.wiring import Services

log = logging.getLogger(__name__)

WORKER: Final = "latentsync_studio.services.fleet_worker"
_POLL_S: Final = 0.1
_GRACE_S: Final = 10.0
_LAST_LINES: Final = 20


class TakeShare(msgspec.Struct, frozen=True, kw_only=True):
    """A face of a clip on a timeline.

    Attributes:
        project: the document, as JSON text.
        sequence: in it.
        clip: on a video track of it.
        face: number among the driven faces of the clip.
        weights: folder in which engines look for their weights first, or "".
    """

    project: str
    sequence: SequenceId
    clip: ClipId
    face: int
    weights: str = ""


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """What a child is to do: draw windows of a render or of a take.

    Attributes:
        render: command line of the render, as in `request.arguments_of`; empty for a take.
        take: what is drawn where it is no render.
        windows: output frames [start, stop) of each window to draw.
        device: by name.
        owner: whose checkpoint the entries are in the store.
        workers: threads that draw.
        in_flight_bytes: memory of frames on their way.
    """

    render: tuple[str, ...] = ()
    take: TakeShare | None = None
    windows: list[tuple[int, int]]
    device: str
    owner: str
    workers: int
    in_flight_bytes: int


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line that a child says: a window is stored, or why it ends."""

    window: tuple[int, int] | None = None
    key: str = ""
    ran: tuple[tuple[str, Running], ...] = ()  # ids of the engines that drew it, on what
    code: str = ""
    message: str = ""
    remedy: str = ""


class RemoteError(StudioError):
    """An error of a child, with its own code."""

    def __init__(self, told: Told) -> None:
        super().__init__(told.message, remedy=told.remedy)
        self.code = told.code  # type: ignore[misc]  # of the class it had over there


def dealt(
    groups: Sequence[Sequence[FrameRange]], devices: Sequence[str]
) -> dict[str, list[FrameRange]]:
    """Windows of each device, in turn, so that all are needed about when they are done.

    groups: windows that one device has to draw.
    """
    shares: dict[str, list[FrameRange]] = {}
    names = [f"{name}#{number}" for number, name in enumerate(devices)]
    for number, windows in enumerate(groups):
        shares.setdefault(names[number % len(names)], []).extend(windows)
    return shares


class Fleet:
    """Children at work; use as a context: on leaving it all have ended."""

    def __init__(self, shares: Sequence[Share], store_root: Path) -> None:
        """Start nothing yet; `store_root`: folder of the store, in the user's data folder."""
        self._shares, self._home = tuple(shares), store_root.parent
        self._changed = Condition()
        self._keys: dict[FrameRange, str] = {}
        self._error: StudioError | None = None
        self._ended, self._said = 0, ""
        self._ran: dict[tuple[int, str], Running] = {}  # by child and engine
        self._children: list[subprocess.Popen[bytes]] = []
        self._threads: list[Thread] = []
        self.windows = frozenset(FrameRange(*w) for share in shares for w in share.windows)

    @property
    def ran(self) -> tuple[tuple[str, Running], ...]:
        """Ids of the engines that drew and what on, as far as the children have said."""
        with self._changed:
            told = [(engine, running) for (_, engine), running in self._ran.items()]
        return tuple(dict.fromkeys(told))

    def __enter__(self) -> Self:
        try:
            for number in range(len(self._shares)):
                self._start(number)
            for child, share in zip(self._children, self._shares, strict=True):
                _give(child, share)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for child in self._children:
            if child.stdin is not None:
                with suppress(OSError):  # it has ended and left something unread
                    child.stdin.close()  # what a child takes as the wish to stop
        for child in self._children:
            try:
                child.wait(_GRACE_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        for thread in self._threads:
            thread.join()

    def wait(self, window: FrameRange, progress: Progress) -> str:
        """Wait until a window is stored; return its key.

        Raises:
            StudioError: of the first child that failed.
            Cancelled: the user stopped it.
        """
        while True:
            progress.check()
            self._say(progress)
            with self._changed:
                if window in self._keys:
                    return self._keys[window]
                if self._error is not None:
                    raise self._error
                if self._ended == len(self._shares):
                    raise InternalError(f"Nobody drew the window {window}.")
                self._changed.wait(_POLL_S)

    def _say(self, progress: Progress) -> None:
        """Pass on what the children run on, where that is news."""
        words = "; ".join(dict.fromkeys(running.words() for _, running in self.ran))
        if words != self._said:
            self._said = words
            progress.report(ENGINE, 0, 0, words)

    def _start(self, number: int) -> None:
        environment = {**os.environ, paths.HOME_VARIABLE: str(self._home)}
        child = subprocess.Popen(
            [sys.executable, "-m", WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
        self._children.append(child)
        last: deque[bytes] = deque(maxlen=_LAST_LINES)
        for target in (self._listen, self._drain):
            thread = Thread(target=target, args=(number, child, last), name="fleet", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _listen(self, number: int, child: subprocess.Popen[bytes], last: deque[bytes]) -> None:
        """Hear what a child says until it ends."""
        told, undone = Told(), set(self._shares[number].windows)
        for line in child.stdout or ():
            try:
                told = msgspec.json.decode(line, type=decodable(Told))
            except msgspec.MsgspecError as error:  # half a line: it was killed
                log.warning("A child said %r: %s", line[:100], error)
                continue
            if told.window is not None:
                undone.discard(told.window)
            self._take(number, told)
        code = child.wait()
        with self._changed:
            self._ended += 1
            if code and not undone:  # all that it was there for is stored
                log.warning("A child that had drawn its share ended with %d.", code)
            elif code and self._error is None:
                self._error = _error_of(told, code, last)
            self._changed.notify_all()
        if child.stdout is not None:
            child.stdout.close()

    def _take(self, number: int, told: Told) -> None:
        """Know what a child has done."""
        with self._changed:
            if told.window is not None:
                self._keys[FrameRange(*told.window)] = told.key
            self._ran |= {(number, engine): running for engine, running in told.ran}
            self._changed.notify_all()

    def _drain(self, _number: int, child: subprocess.Popen[bytes], last: deque[bytes]) -> None:
        for line in child.stderr or ():
            last.append(line)
            log.debug("%s", line.decode(errors="replace").rstrip())
        if child.stderr is not None:
            child.stderr.close()


def _give(child: subprocess.Popen[bytes], share: Share) -> None:
    """Tell a child what to do; one that ended before it could listen is heard of elsewhere."""
    if child.stdin is not None:
        with suppress(OSError):
            child.stdin.write(msgspec.json.encode(share) + b"\n")
            child.stdin.flush()


def _error_of(told: Told, code: int, last: Sequence[bytes]) -> StudioError:
    if told.code == Cancelled.code:
        return Cancelled(told.message, remedy=told.remedy)
    if told.code and told.code != InternalError.code:
        return RemoteError(told)
    said = told.message or (last[-1].decode(errors="replace").strip() if last else "nothing")
    return InternalError(
        f"A process that drew on one of the devices ended with {code}: {said}",
        remedy="Run the same command again to go on; please report this with the log file.",
    )


def shares_of(
    what: tuple[str, ...] | TakeShare,
    dealt_out: Mapping[str, Sequence[FrameRange]],
    services: Services,
) -> list[Share]:
    """A share a device of a render, by its command line, or of a take.

    Frames in flight are divided among them: together they take what one job may.
    """
    budget = services.budget
    return [
        Share(
            render=what if isinstance(what, tuple) else (),
            take=None if isinstance(what, tuple) else what,
            windows=[(window.start, window.stop) for window in windows],
            device=name.rpartition("#")[0],
            owner=services.store.owner,
            workers=budget.workers,
            in_flight_bytes=budget.in_flight_bytes // len(dealt_out),
        )
        for name, windows in dealt_out.items()
    ]
