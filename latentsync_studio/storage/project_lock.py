"""Which window has a project open: a small file beside it, `.NAME.lsp.lock`.

It names process, host and user. A lock of a process of this host that is no more is stale and
gives way; what lives on another host cannot be told, so such a lock holds until it is taken over.
Taking is serialized by the write lock of the project file itself.
"""

from __future__ import annotations

import getpass
import json
import logging
import secrets
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import msgspec

from latentsync_studio.core.decoding import decodable
from latentsync_studio.storage.files import FileOps, write_atomic
from latentsync_studio.storage.owners import Owner, is_alive, this_process

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

_MAX_BYTES: Final = 10_000


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds a lock.

    Attributes:
        owner: the process.
        host: name of its machine.
        user: who runs it, "" when unknown.
        since: seconds since 1970.
        token: names the window among those of one process.
    """

    owner: Owner
    host: str
    user: str
    since: float
    token: str

    def __str__(self) -> str:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(self.since))
        by = f" by {self.user}" if self.user else ""
        return f"process {self.owner.pid} on {self.host}{by}, since {when}"


class ProjectLock:
    """The lock of one project for one window."""

    def __init__(self, project: Path, files: FileOps | None = None) -> None:
        self.path = project.with_name(f".{project.name}.lock")
        self._files = files if files is not None else FileOps()
        self._own = Holder(
            owner=this_process(),
            host=socket.gethostname(),
            user=_user(),
            since=time.time(),
            token=secrets.token_hex(8),
        )

    def holder(self) -> Holder | None:
        """Another window that holds it, or None: free, stale, or held by this one."""
        found = self._read()
        if found is None or found.token == self._own.token:
            return None
        if found.host == self._own.host and not is_alive(found.owner):
            return None
        return found

    def is_ours(self) -> bool:
        """Whether this window still holds it; another one may have taken it over."""
        found = self._read()
        return found is not None and found.token == self._own.token

    def take(self, *, over: bool = False) -> Holder | None:
        """Take it, with `over` from whoever holds it; else return who does.

        Raises OSError where the file cannot be written.
        """
        other = self.holder()
        if other is not None and not over:
            return other
        data = json.dumps(msgspec.to_builtins(self._own)).encode("ascii")
        write_atomic(self.path, [data], self._files)
        return None

    def release(self) -> None:
        """Give it back where it is still ours."""
        if self.is_ours():
            with suppress(OSError):
                self._files.unlink(self.path)

    def _read(self) -> Holder | None:
        try:
            return msgspec.json.decode(
                self._files.read(self.path, _MAX_BYTES), type=decodable(Holder)
            )
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            log.warning("The lock %s cannot be read: %s", self.path, error)
            return None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no name for this user's number
        return ""
