"""Milliseconds to note, flush, save and open projects of many clips, and bytes of their journal."""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.core.timeline.document import to_json
from latentsync_studio.core.timeline.edits.clips import override
from latentsync_studio.core.timeline.edits.move import move
from latentsync_studio.services.project_files import new_untitled, open_project
from latentsync_studio.storage.project import ProjectFile
from tests.core.timeline.cuts import TRACKS, clip, project

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.timeline.model import Project
    from latentsync_studio.storage.project_journal import Entry

ROUNDS = 40


def made_of(n_clips: int) -> Project:
    """A project with so many clips on four tracks, each with a setting of its own."""
    empty, each = project(), n_clips // len(TRACKS)
    sequence = empty.sequences[0]
    tracks = [
        replace(
            track,
            clips=tuple(
                clip(1000 + row * each + n, n * 25, (n % 300, n % 300 + 20), name=f"take {n}")
                for n in range(each)
            ),
        )
        for row, track in enumerate(sequence.tracks)
    ]
    made = replace(
        empty,
        next_id=1000 + n_clips,
        sequences=(replace(sequence, tracks=tuple(tracks)),),
    )
    return override(made, [held.id for held in tracks[0].clips], "compose.lips", 0.5)


def opened_journal(path: Path) -> list[Entry]:
    """What the journal of a project holds."""
    with closing(ProjectFile(path, writable=False)) as file:
        return file.journal()


def measured(n_clips: int, folder: Path) -> dict[str, list[float]]:
    """Milliseconds of each operation."""
    home, spent = folder / "home", {}

    def timed(name: str, work: Callable[[], object]) -> None:
        began = time.perf_counter()
        work()
        spent.setdefault(name, []).append((time.perf_counter() - began) * 1e3)

    state = made_of(n_clips)
    with closing(new_untitled(home)) as opened:
        path = opened.save_as(folder / f"film {n_clips}", state)
        for n in range(ROUNDS):
            track = state.sequences[0].tracks[1]
            state = move(state, [track.clips[n * 7 % len(track.clips)].id], 1 + n % 3)
            timed("note", lambda state=state: opened.note(state))
            timed("flush of one edit", opened.flush)
        written = [len(each.data) for each in opened_journal(path)]
        spent["journal entry of one edit, bytes"] = [float(n) for n in written]
        ids = [each.id for each in state.sequences[0].tracks[0].clips]
        for n in range(ROUNDS // 8):
            state = override(state, ids, "compose.lips", 0.1 + n / 100)
            opened.note(state)
            timed("flush of a quarter of the clips", opened.flush)
        for _ in range(ROUNDS // 4):
            opened.note(state)
            timed("save with its backup", lambda: opened.save(state))
    for _ in range(ROUNDS // 4):
        timed("open and close", lambda: open_project(path, home).close())
    spent["document, MB"] = [len(to_json(state)) / 1e6]
    spent["file, MB"] = [path.stat().st_size / 1e6]
    return spent


def main() -> None:
    """Measure 1,000 and 10,000 clips and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--folder", type=Path, help="on the disk to be measured")
    args = parser.parse_args()
    sys.stdout.write("| clips | what | median (ms) | worst |\n|---|---|---|---|\n")
    for n_clips in args.clips:
        with tempfile.TemporaryDirectory(dir=args.folder) as folder:
            for name, spent in measured(n_clips, Path(folder)).items():
                middle, worst = statistics.median(spent), max(spent)
                sys.stdout.write(f"| {n_clips} | {name} | {middle:.3f} | {worst:.3f} |\n")


if __name__ == "__main__":
    main()
