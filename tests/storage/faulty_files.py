"""A file system whose N-th operation fails or kills the process, and what runs in a child."""

import errno
import os
import signal
import traceback
import warnings

from latentsync_studio.storage.files import FileOps

KILL = -1


class FaultyFiles(FileOps):
    """Counts operations; the N-th raises `fault` (an errno), or kills the process for KILL.

    A write that fails has written half. With `stays`, every later operation fails as well.
    """

    def __init__(self, nth=None, fault=errno.EIO, *, stays=False, only=None):
        self.count, self.log = 0, []
        self._nth, self._fault, self._stays, self._only = nth, fault, stays, only

    @property
    def struck(self):
        return self._nth is not None and self.count >= self._nth

    def step(self, name, arguments):
        if self._only is not None and name not in self._only:
            return
        self.count += 1
        self.log.append(name)
        if self.count == self._nth or (self._stays and self.struck):
            if name == "write":
                half = memoryview(arguments[1]).cast("B")
                FileOps.write(self, arguments[0], half[: half.nbytes // 2])
            if name == "close":
                FileOps.close(self, *arguments)
            if self._fault == KILL:
                os.kill(os.getpid(), signal.SIGKILL)
            raise OSError(self._fault, os.strerror(self._fault), name)


def _counted(name):
    def operation(self, *arguments):
        self.step(name, arguments)
        return getattr(FileOps, name)(self, *arguments)

    return operation


for _name in [name for name in vars(FileOps) if not name.startswith("_")]:
    setattr(FaultyFiles, _name, _counted(_name))


def start_child(function):
    """Fork; the child runs `function` and leaves with 0, or 1 after an exception."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside threads
        pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        function()
        status = 0
    except BaseException:  # noqa: BLE001 - a process boundary
        traceback.print_exc()
    finally:
        os._exit(status)


def wait_child(pid):
    """Exit status of a child, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def in_child(function):
    return wait_child(start_child(function))
