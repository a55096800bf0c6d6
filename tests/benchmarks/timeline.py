"""Milliseconds that the timeline takes to paint, edit and undo with thousands of clips.

    python -m tests.benchmarks.timeline [--clips 10000] [--size 1920x420] [--rounds 60] [--cpu]

On a machine that others use, --cpu counts the time of the painting thread alone.
Goals: a whole repaint with about 450 clips in sight within 8 ms (95th percentile), also where no
row is as it was painted before.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import psutil
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from latentsync_studio.core.timeline.edits.move import move_over
from latentsync_studio.core.timeline.edits.trim import ripple_tail, trim_tail
from latentsync_studio.services.wiring import open_services
from latentsync_studio.ui.theme.style import Look
from latentsync_studio.ui.timeline.canvas import STRIP
from latentsync_studio.ui.timeline.geometry import visible
from latentsync_studio.ui.timeline.panel import TimelinePanel
from latentsync_studio.ui.timeline.spans import SpansController
from latentsync_studio.ui.workbench import Workbench
from tests.ui.timeline.scenes import many
from tests.ui.timeline.standins import Jobs, Media, Named

SIGHTS = (("zoomed in", 12), ("about 100", 100), ("about 450", 450), ("about 1500", 1500))


clock = time.perf_counter


def timed(work, rounds):
    """Median and 95th percentile of `work`, ms; the first runs fill caches."""
    for _ in range(5):
        work()
    taken = []
    for _ in range(rounds):
        start = clock()
        work()
        taken.append((clock() - start) * 1000)
    return float(np.median(taken)), float(np.percentile(taken, 95))


def seen(canvas):
    """How many clips are in sight."""
    first, last = canvas.view.frames(0, canvas.view.width)
    places = (visible(row.track.clips, first, last) for row in canvas.rows.rows)
    return sum(high - low for low, high in places)


def say(name, n, figures):
    sys.stdout.write(f"{name:<34}{n:>8}{figures[0]:>10.2f}{figures[1]:>10.2f}\n")
    sys.stdout.flush()


def painting(canvas, rounds):
    viewport = canvas.viewport()
    image = QImage(viewport.size(), QImage.Format.Format_RGB32)

    def paint(rect):
        painter = QPainter(image)
        painter.setClipRect(rect)
        canvas.painter.begin()
        canvas.painter.paint(painter, canvas.scene(), rect)
        painter.end()

    whole = viewport.rect()
    stop = canvas.sequence.stop
    n = sum(len(row.track.clips) for row in canvas.rows.rows)
    for name, wanted in (*SIGHTS, ("zoom to fit", n)):
        canvas.show_frames(stop * 0.3, stop * (0.3 + 0.7 * min(1.0, wanted / n)))
        if wanted == n:
            canvas.zoom_fit()
        for _ in range(100):
            paint(whole)  # all tiles
            if not canvas.painter.clips.tiles.is_behind:
                break
        say(f"repaint, {name}", seen(canvas), timed(lambda: paint(whole), rounds))
        if name == "about 450":
            moving(canvas, paint, rounds)


def moving(canvas, paint, rounds):
    """What is painted while somebody works on what is in sight."""
    whole = canvas.viewport().rect()
    n = seen(canvas)

    def paint_anew():
        canvas.painter.rows.clear()
        paint(whole)

    say("repaint, all rows drawn anew", n, timed(paint_anew, rounds))
    paint(whole)
    strip = QRect(800, 0, 2 * STRIP, whole.height())
    say("repaint, strip of the playhead", n, timed(lambda: paint(strip), rounds))
    left = iter(range(canvas.view.left, 10**9, 7))

    def scroll():
        canvas.scroll_to(next(left), 0)
        paint(whole)

    say("scrolling", n, timed(scroll, rounds))
    scale = iter(np.linspace(canvas.view.scale, canvas.view.scale * 1.6, rounds + 6))

    def zoom():
        canvas.zoom(next(scale) / canvas.view.scale, 900)
        paint(whole)

    say("zooming, tiles made in part", n, timed(zoom, rounds))


def editing(bench, canvas, rounds):
    tracks = canvas.sequence.tracks
    middle = tracks[0].clips[len(tracks[0].clips) // 2]
    n = sum(len(track.clips) for track in tracks)
    store, step = bench.store, iter(range(1, 10**9))
    edits = (
        ("trim", lambda p: trim_tail(p, middle.id, -1 - next(step) % 2, linked=False)),
        ("ripple trim, all tracks", lambda p: ripple_tail(p, middle.id, -1, linked=False)),
        ("move over others", lambda p: move_over(p, [middle.id], 1 + next(step), linked=False)),
    )
    for name, change in edits:

        def edit(change=change):
            store.edit("Edit", change)
            store.undo_stack.undo()

        say(f"edit + undo, {name}", n, timed(edit, rounds))
    store.edit("Edit", edits[1][1])

    def redo():
        store.undo_stack.undo()
        store.undo_stack.redo()

    say("undo + redo", n, timed(redo, rounds))
    gesture = store.gesture("Move")
    by = iter(range(1, 10**9))

    def drag():
        gesture.show(lambda p: move_over(p, [middle.id], next(by), linked=False))

    say("one step of a drag", n, timed(drag, rounds))
    gesture.cancel()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=10_000)
    parser.add_argument("--size", default="1920x420")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--cpu", action="store_true", help="count only this thread's CPU time")
    asked = parser.parse_args()
    if asked.cpu:
        global clock  # noqa: PLW0603 - chosen once, at the start
        clock = time.thread_time
    app = QApplication([])
    with TemporaryDirectory() as home, open_services(Path(home)) as services:
        bench = Workbench(services, Look(app), Path(home))
        bench.media, bench.jobs, bench.project = Media(), Jobs(), Named()
        bench.spans = SpansController(bench)
        panel = TimelinePanel(bench)
        wide, tall = (int(part) for part in asked.size.split("x"))
        panel.show()
        panel.resize(wide + panel.headers.width(), tall + 60)
        bench.store.open(many(asked.clips))
        app.sendPostedEvents()
        bench.spans._timer.stop()
        canvas = panel.canvas
        canvas.heights.of_kind = {"video": 48, "audio": 44}
        canvas.lay_out()
        load = psutil.getloadavg()[0]
        size = f"{canvas.view.width}x{canvas.view.height}"
        sys.stdout.write(f"{asked.clips} clips, {size} px, load {load:.1f}\n")
        sys.stdout.write(f"{'':<34}{'clips':>8}{'median':>10}{'p95':>10}   ms\n")
        painting(canvas, asked.rounds)
        editing(bench, canvas, asked.rounds)
        panel.close_panel()
        bench.spans.close()
        panel.close()
        bench.preferences.close()
        bench.background.close()


if __name__ == "__main__":
    main()
