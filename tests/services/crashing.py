"""Render in a process of its own that dies where it is told to: at a file operation, or any time.

    python -m tests.services.crashing VIDEO AUDIO OUTPUT [--kill-at N]

Prints the report as JSON. `--kill-at N` kills the process by SIGKILL at its N-th file operation in
the store.
"""

import argparse
import sys
from pathlib import Path

import msgspec

from latentsync_studio.core.errors import StudioError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.services.render import render
from latentsync_studio.services.request import RenderRequest
from latentsync_studio.services.wiring import FRAMES_SUFFIX, PROXY_SUFFIX, Services
from latentsync_studio.storage import paths
from latentsync_studio.storage.digests import DigestBook
from latentsync_studio.storage.jobs import JobTable
from latentsync_studio.storage.shelf import Shelf
from latentsync_studio.storage.store import Store
from tests.storage.faulty_files import KILL, FaultyFiles


def main() -> int:
    """Render; exit 0 with a report, 3 with an error."""
    parser = argparse.ArgumentParser()
    parser.add_argument("video", type=Path)
    parser.add_argument("audio", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--kill-at", type=int, default=0)
    args = parser.parse_args()
    files = FaultyFiles(args.kill_at or None, KILL)
    services = Services(
        store=Store(paths.store_folder(), 2**30, files),
        jobs=JobTable(paths.jobs_file()),
        digests=DigestBook(paths.digests_file()),
        proxies=Shelf(paths.proxy_folder(), 2**30, PROXY_SUFFIX),
        frames=Shelf(paths.frames_folder(), 2**30, FRAMES_SUFFIX),
    )
    request = RenderRequest(video=args.video, audio=args.audio, output=args.output)
    try:
        report = render(request, services, CallbackProgress())
    except StudioError as error:
        sys.stdout.write(f"{error.code}: {error}\n")
        return 3
    finally:
        sys.stderr.write(f"operations={files.count}\n")
    sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
