"""A process that edits, flushes and saves a project without end, to be killed.

    python -m tests.services.project.worker HOME FIRST [PROJECT]

It is a program of its own and no fork: a fork of the tests' process takes along the locks that
other threads hold at that moment. It tells "f12" when state 12 is flushed, "s12" when it is saved.
"""

import os
import sys
from pathlib import Path

from msgspec.structs import replace

from latentsync_studio.core.timeline.edits.clips import rename
from latentsync_studio.services.project_files import new_untitled, open_project
from tests.core.timeline.cuts import clips_of, project

SAVE_EVERY, SAVE_AS_EVERY = 5, 17
MADE = replace(project(V1=[(n * 10, 0, 10) for n in range(1500)]), next_id=9000)


def named(n):
    return rename(MADE, clips_of(MADE)[700].id, str(n))


def number_in(made):
    return int(clips_of(made)[700].name or 0)


def works(opened, tell, first):
    """Edit, flush and save without end; tell the number of each state when it is safe."""
    n = first
    while True:
        n += 1
        opened.note(state := named(n))
        opened.add_blob(os.urandom(3000))
        opened.flush()
        tell("f", n)
        if opened.path is not None and n % SAVE_EVERY == 0:
            opened.save(state)
            tell("s", n)
        if opened.path is not None and n % SAVE_AS_EVERY == 0:
            opened.save_as(opened.path.with_name("b" if opened.name == "a" else "a"), state)
            tell("s", n)


def main(home, first, path=None):
    opened = new_untitled(Path(home)) if path is None else open_project(Path(path), Path(home))
    works(opened, lambda *told: os.write(1, f"{told[0]}{told[1]}\n".encode()), int(first))


if __name__ == "__main__":
    main(*sys.argv[1:])
