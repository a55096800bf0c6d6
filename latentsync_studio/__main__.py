"""Entry point of `latentsync-studio` and `python -m latentsync_studio`: the command line."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command that the arguments name; return the exit code."""
    from latentsync_studio.cli.app import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
