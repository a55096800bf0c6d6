"""Show that others read our timelines as we mean them: format x consumer, and how many cuts agree.

Every format is written of one cut with everything (gaps, layers, links, mixed rates, a still, a
dissolve, markers, turned off clips, several channels) at every rate, with and without drop frame,
and given to our own reader and to independent ones. melt renders movies whose frames show their
numbers, and every number must be the one that the cut says. Consumers that are not here are named.

Ends with 1 where any of them disagrees.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import av
import opentimelineio
import pycmx

from latentsync_studio.core.timeline.timecode import to_timecode
from latentsync_studio.interchange.cut import Medium
from latentsync_studio.interchange.fcpxml.lint import lint
from latentsync_studio.interchange.formats import FORMATS
from latentsync_studio.interchange.output import Options
from latentsync_studio.interchange.pairs import embedded_sounds
from latentsync_studio.media.mux import write_movie
from tests.interchange.id_movies import HEIGHT, WIDTH, read_ids, write_id_movie
from tests.interchange.random_cuts import (
    GRIDS,
    clip,
    cut,
    full_cut,
    medium,
    without_transitions,
)
from tests.media.movies import encoded, facts, target_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from latentsync_studio.core.timeline.rate import FrameRate
    from latentsync_studio.interchange.cut import Cut

DTDS = "FCPXML_DTDS"
HEAD = "| format | consumer | rates that agree | what is compared |\n|---|---|---|---|"


class NotHereError(Exception):
    """A consumer is not installed."""


def written(name: str, made: Cut, **more: str) -> list[bytes]:
    """The files of a format; `more` as in Options."""
    kind = FORMATS[name]
    options = Options(
        name=f"cut{kind.suffix}",
        flavour=kind.chosen_flavour(more.get("flavour", "")),
        version=kind.chosen_version(more.get("version", "")),
    )
    return [file.data for file in kind.load_writer()(made, options).files]


def places(made: Cut, kind: str = "video") -> list[list[tuple[int, int]]]:
    """(start, length) of the clips of each track."""
    return [[(each.start, each.length) for each in t.clips] for t in made.tracks_of(kind)]


def read_again(name: str, flavour: str = "") -> Callable[[Cut], bool]:
    """Our own reader finds the same clips."""

    def agrees(made: Cut) -> bool:
        (data,) = written(name, made, flavour=flavour)
        (again,) = FORMATS[name].load_reader()(data, "cut").cuts
        return places(again) == places(made) and again.first_label == made.first_label

    return agrees


def by_library(name: str, adapter: str, flavour: str = "") -> Callable[[Cut], bool]:
    """OpenTimelineIO, or an adapter of it, finds the same clips on the tracks of pictures."""

    def agrees(made: Cut) -> bool:
        made = without_transitions(made)
        text = written(name, made, flavour=flavour)[0].decode()
        timeline = opentimelineio.adapters.read_from_string(text, adapter_name=adapter)
        found = [
            [
                (round(each.range_in_parent().start_time.value), round(each.duration().value))
                for each in track
                if isinstance(each, opentimelineio.schema.Clip)
            ]
            for track in timeline.video_tracks()
        ]
        return found == places(made)

    return agrees


def by_lint(made: Cut) -> bool:
    """Our check of what Final Cut Pro refuses."""
    return lint(written("fcpxml", made)[0]) == ()


def by_dtd(made: Cut) -> bool:
    """Apple's DTD, where it is at hand."""
    folder = os.environ.get(DTDS, "")
    dtd = Path(folder) / "FCPXMLv1_10.dtd"
    if not folder or not dtd.is_file() or shutil.which("xmllint") is None:
        raise NotHereError(f"needs xmllint, and {DTDS}=FOLDER with FCPXMLv1_10.dtd")
    command = ["xmllint", "--noout", "--dtdvalid", str(dtd), "-"]
    data = written("fcpxml", made, version="1.10")[0]
    return subprocess.run(command, input=data, capture_output=True, check=False).returncode == 0


def heard_and_seen(made: Cut) -> list[list[tuple[int, int]]]:
    """The clips of each list of an EDL: sounds of a picture's own medium are part of its events."""
    inside = {each.id for each in embedded_sounds(made).values()}
    tracks = (*made.tracks_of("video"), *made.tracks_of("audio"))
    rows = [
        [(c.start, c.stop) for c in t.clips if c.is_enabled and c.id not in inside] for t in tracks
    ]
    return [row for row in rows if row]


def read_lists(made: Cut) -> bool:
    """Our own reader finds the same clips in each list."""
    made = without_transitions(made)
    reader = FORMATS["edl"].load_reader()
    found = [reader(data, "cut").cuts[0].tracks[0].clips for data in written("edl", made)]
    return [[(c.start, c.stop) for c in clips] for clips in found] == heard_and_seen(made)


def by_pycmx(made: Cut) -> bool:
    """The record times of all events of all lists."""
    made = without_transitions(made)
    found = []
    for data in written("edl", made):
        parsed = pycmx.parse_cmx3600(StringIO(data.decode().replace("\r\n", "\n")))
        edits = [edit for event in parsed.events for edit in event.edits]
        found.append([(edit.record_in, edit.record_out) for edit in edits])
    wanted = [[tuple(label(made, edge) for edge in at) for at in r] for r in heard_and_seen(made)]
    return found == wanted


def by_cmx_adapter(full: Cut) -> bool:
    """OpenTimelineIO's reader of EDLs knows a single, whole rate for all that a list names."""
    rate = full.rate
    if rate.den != 1 or full.is_drop:
        raise NotHereError("it reads whole rates only")
    of = medium(0, rate, 300, first_label=rate.num * 3600)
    clips = [
        clip(1, of, rate, 0, 10, 20),
        clip(2, of, rate, 20, 50, 5),
        clip(3, of, rate, 40, 0, 9),
    ]
    made = cut(rate, {"V1": clips}, (of,), first_label=rate.num * 3600)
    text = written("edl", made)[0].decode().replace("\r\n", "\n")
    timeline = opentimelineio.adapters.read_from_string(
        text, adapter_name="cmx_3600", rate=rate.num
    )
    found = [
        (round(each.source_range.start_time.value) - of.first_label, round(each.duration().value))
        for each in timeline.video_tracks()[0]
        if isinstance(each, opentimelineio.schema.Clip)
    ]
    return found == [(int(each.source), each.length) for each in clips]


def label(made: Cut, frame: int) -> str:
    """The time code of a frame of a cut."""
    return to_timecode(made.first_label + frame, made.rate, drop=made.is_drop)


def by_csv(made: Cut) -> bool:
    """Python's reader of tables: a line for each clip, of as many columns as the first."""
    rows = list(csv.reader(StringIO(written("csv", made)[0].decode("utf-8-sig"))))
    return len(rows) > 1 and len({len(row) for row in rows}) == 1


def by_melt(folder: Path) -> Callable[[Cut], bool]:
    """Render movies that show their frame numbers; every frame must be the one that is meant."""

    def agrees(full: Cut) -> bool:
        if shutil.which("melt") is None:
            raise NotHereError("melt is not installed (Debian: apt-get install melt)")
        if full.is_drop:
            raise NotHereError("labels play no part in it")
        rate = full.rate
        media = [_numbered(folder, number, rate) for number in range(2)]
        clips = [
            clip(1, media[0], rate, 2, 5, 10),
            clip(2, media[1], rate, 12, 20, 9),
            clip(3, media[0], rate, 24, 40, 6, is_enabled=False),
        ]
        above = [clip(4, media[1], rate, 6, 30, 4), clip(5, media[0], rate, 27, 0, 8)]
        made = cut(rate, {"V1": clips, "V2": above}, media, width=WIDTH, height=HEIGHT)
        project, movie = folder / "cut.mlt", folder / "out.mkv"
        project.write_bytes(written("mlt", made)[0])
        words = [f"avformat:{movie}", "vcodec=ffv1", "an=1", "real_time=-1"]
        subprocess.run(
            ["melt", str(project), "-consumer", *words],
            check=True,
            capture_output=True,
            env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        )
        seen: list[int | None] = [None] * made.stop
        for each in (*clips, *above):
            for frame in range(each.length if each.is_enabled else 0):
                first = 100 * media.index(next(m for m in media if m.id == each.medium))
                seen[each.start + frame] = first + int(each.source) + frame
        return read_ids(movie) == seen

    return agrees


def _numbered(folder: Path, number: int, rate: FrameRate) -> Medium:
    path = folder / f"é {number} #1%_{rate.num}_{rate.den}.mov"
    if not path.exists():
        write_id_movie(path, 100 * number, 60, rate.fraction)
    return Medium(
        id=f"m{number}", name=path.name, path=str(path), rate=rate, frames=60, width=WIDTH,
        height=HEIGHT,
    )  # fmt: skip


def by_libav(folder: Path) -> Callable[[Cut], bool]:
    """FFmpeg's libraries, as ffprobe has them, see the time code track that we write."""

    def agrees(made: Cut) -> bool:
        path, first = folder / "timecode.mov", label(made, 0)
        rate = made.rate.num, made.rate.den
        known = facts(timecode=first, rate_ratio=rate, time_base_ratio=rate[::-1])
        segments = encoded(known, tuple(range(6)))
        write_movie(path, target_of(known), iter(segments), None, known)
        with av.open(str(path)) as movie:
            tracks = [s.metadata.get("timecode") for s in movie.streams if s.type == "data"]
        return tracks == [first]

    return agrees


def consumers(folder: Path) -> Iterator[tuple[str, str, Callable[[Cut], bool], str]]:
    """Format, consumer, whether it agrees on a cut, and what is compared."""
    ours, clips = "our reader", "places of all clips"
    for flavour in FORMATS["fcp7xml"].flavours:
        name = f"FCP7 XML, {flavour}"
        yield name, ours, read_again("fcp7xml", flavour), clips
        yield name, "OpenTimelineIO fcp_xml", by_library("fcp7xml", "fcp_xml", flavour), clips
    yield "FCPXML 1.10", "our reader", read_again("fcpxml"), clips
    yield "FCPXML 1.10", "our lint", by_lint, "frame grid, inside of assets, no holes, form"
    yield "FCPXML 1.10", "Apple's DTD", by_dtd, "form"
    yield "EDL", ours, read_lists, "starts and lengths, a list a track"
    yield "EDL", "pycmx", by_pycmx, "record times of all events"
    yield "EDL", "OpenTimelineIO cmx_3600", by_cmx_adapter, "places in the media, lengths"
    for flavour in FORMATS["otio"].flavours:
        yield f"OTIO, {flavour}", ours, read_again("otio", flavour), clips
        yield f"OTIO, {flavour}", "OpenTimelineIO", by_library("otio", "otio_json", flavour), clips
    yield "MLT XML", "melt", by_melt(folder), "the number in every rendered frame"
    yield "CSV", "Python's csv", by_csv, "lines and columns"
    yield "MOV", "libav", by_libav(folder), "the time code track"


def result(agrees: Callable[[Cut], bool]) -> tuple[str, bool]:
    """How many rates agree, in words, and whether all did that could be asked."""
    asked, failed, why = 0, list[str](), ""
    for rate, drop in GRIDS:
        name = f"{float(rate.fraction):.5g}{' DF' if drop else ''}"
        try:
            is_same = agrees(full_cut(rate, drop=drop))
        except NotHereError as reason:
            why = str(reason)
            continue
        asked += 1
        failed += [] if is_same else [name]
    if not asked:
        return f"not asked: {why}", True
    words = f"{asked - len(failed)} of {asked}"
    words += f" (not: {', '.join(failed)})" if failed else ""
    return words + (f"; {why}" if why else ""), not failed


def main() -> int:
    """Print the table."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    sys.stdout.write(f"{HEAD}\n")
    is_good = True
    with tempfile.TemporaryDirectory() as folder:
        for name, consumer, agrees, what in consumers(Path(folder)):
            words, is_same = result(agrees)
            is_good &= is_same
            sys.stdout.write(f"| {name} | {consumer} | {words} | {what} |\n")
            sys.stdout.flush()
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
