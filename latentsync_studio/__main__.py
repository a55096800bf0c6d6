"""Entry point of `latentsync-studio` and `python -m latentsync_studio`.

Without arguments, or with projects and media files only, it opens the window; else it is a command.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = '{"error":"cancelled","message":"Stopped.","remedy":"Run it again.","problems":[]}'


# Our own threads share the cores. OpenBLAS and OpenCV would each start as many again, and theirs
# wait for work by spinning: that costs ten times what the small matrices here take.
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")


def main() -> int:
    """Run the command that the arguments name; return the exit code."""
    for variable in ONE_THREAD:  # read when the libraries are loaded
        os.environ.setdefault(variable, "1")
    try:
        paths = window_paths(sys.argv[1:])
        if paths is not None:
            gc.disable()  # nothing of a beginning window is garbage; `_begin` there enables it
            from latentsync_studio.ui.app import run as open_window

            return open_window(paths)
        from latentsync_studio.cli.app import run

        try:
            return run(sys.argv[1:])
        finally:
            gc.freeze()  # else the end of the process looks for garbage among all that it imported
    except KeyboardInterrupt:  # before the command line was there to catch it
        if "--json" in sys.argv:
            sys.stdout.write(INTERRUPTED + "\n")
        else:
            sys.stderr.write("Stopped.\n")
        return 4


def window_paths(arguments: Sequence[str]) -> tuple[Path, ...] | None:
    """The files to open in the window; None where the arguments are a command.

    A file has an ending or a folder before its name; commands have neither.
    """
    if any(word.startswith("-") for word in arguments):
        return None
    paths = tuple(Path(word) for word in arguments)
    if all(path.suffix or len(path.parts) > 1 for path in paths):
        return paths
    return None


if __name__ == "__main__":
    sys.exit(main())
