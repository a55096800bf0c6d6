"""Entry point of `latentsync-studio` and `python -m latentsync_studio`: the command line."""

from __future__ import annotations

import sys

INTERRUPTED = '{"error":"cancelled","message":"Stopped.","remedy":"Run it again.","problems":[]}'


def main() -> int:
    """Run the command that the arguments name; return the exit code."""
    try:
        from latentsync_studio.cli.app import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:  # before the command line was there to catch it
        if "--json" in sys.argv:
            sys.stdout.write(INTERRUPTED + "\n")
        else:
            sys.stderr.write("Stopped.\n")
        return 4


if __name__ == "__main__":
    sys.exit(main())
