"""Render in a process of its own that dies where it is told to: at a file operation, or any time.

    python -m tests.services.crashing VIDEO AUDIO OUTPUT [--kill-at N | --fail-at N]

Prints the report as JSON. `--kill-at N` kills the process by SIGKILL at its N-th file operation in
the store, `--fail-at N` lets that operation fail with EIO.
"""

import argparse
import errno
import os
import signal
import sys
from pathlib import Path

import msgspec


def counted_operations(at: int, *, kill: bool):
    """File operations of the store that end the process, or fail, at the N-th one."""
    from latentsync_studio.storage.files import FileOps

    class Faulty(FileOps):
        count = 0

    def wrap(name):
        usual = getattr(FileOps, name)

        def operation(self, *args, **kwargs):
            Faulty.count += 1
            if Faulty.count == at:
                if kill:
                    os.kill(os.getpid(), signal.SIGKILL)
                raise OSError(errno.EIO, f"operation {at} ({name}) was made to fail")
            return usual(self, *args, **kwargs)

        return operation

    for name in [n for n in vars(FileOps) if not n.startswith("_")]:
        setattr(Faulty, name, wrap(name))
    return Faulty()


def main() -> int:
    """Render; exit 0 with a report, 3 with an error."""
    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.progress import CallbackProgress
    from latentsync_studio.services.render import render
    from latentsync_studio.services.request import RenderRequest
    from latentsync_studio.services.wiring import Services
    from latentsync_studio.storage import paths
    from latentsync_studio.storage.digests import DigestBook
    from latentsync_studio.storage.jobs import JobTable
    from latentsync_studio.storage.store import Store

    parser = argparse.ArgumentParser()
    parser.add_argument("video", type=Path)
    parser.add_argument("audio", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--kill-at", type=int, default=0)
    parser.add_argument("--fail-at", type=int, default=0)
    args = parser.parse_args()
    files = counted_operations(args.kill_at or args.fail_at, kill=bool(args.kill_at))
    services = Services(
        store=Store(paths.store_folder(), 2**30, files),
        jobs=JobTable(paths.jobs_file()),
        digests=DigestBook(paths.digests_file()),
    )
    request = RenderRequest(video=args.video, audio=args.audio, output=args.output)
    try:
        report = render(request, services, CallbackProgress())
    except StudioError as error:
        sys.stdout.write(f"{error.code}: {error}\n")
        return 3
    finally:
        sys.stderr.write(f"operations={type(files).count}\n")
    sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
