"""Milliseconds from an event of the mouse to the repainted mask, in the real window at 1080p.

    python -m tests.benchmarks.mask_paint [--events 300] [--cpu]

Goal: a dab is painted within 16 ms (95th percentile). An event is handled and what it changed is
repainted before the next one is sent; nothing is decoded or composed for it. On a machine that
others use, --cpu counts the time of this thread alone.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tests.media.frame_ids import make_clip
from tests.ui.viewer.scenes import project_of

SIZE = (1920, 1080)
BRUSHES = (40, 120, 300)
clock = time.perf_counter


def say(name, taken):
    """A row: median, 95th percentile and worst of some milliseconds."""
    figures = "".join(f"{value:>10.2f}" for value in np.percentile(taken, [50, 95, 100]))
    sys.stdout.write(f"{name:<58}{figures}\n")
    sys.stdout.flush()


def until(app, done, seconds=60):
    """Let the window work until something is so."""
    last = time.monotonic() + seconds
    while not done():
        app.processEvents()
        time.sleep(0.005)
        if time.monotonic() > last:
            raise SystemExit("The window did not get there.")


def painted(app, window, size, events):
    """Milliseconds of the events of a stroke: handled, and repainted."""
    from PySide6.QtCore import QEvent, QPointF, Qt
    from PySide6.QtGui import QMouseEvent

    bench, stage = window.workbench, window.panels["masks"].stage
    canvas, masks = bench.canvas, bench.masks
    masks.state.use(size=float(size), hardness=0.5, pressure_size=False, pressure_opacity=False)
    until(app, lambda: masks.work is not None and masks.why_not() == "")
    placed, left = stage.placed, Qt.MouseButton.LeftButton
    keys, none = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.NoButton

    def send(kind, at, button, buttons):
        there = canvas.mapToGlobal(at)
        app.sendEvent(canvas, QMouseEvent(kind, at, there, button, buttons, keys))

    def at(n):
        turn = 2 * np.pi * n / 90
        x = SIZE[0] * (0.5 + 0.3 * np.cos(turn))
        y = SIZE[1] * (0.5 + 0.3 * np.sin(turn * 1.1))
        device = placed.to_device(x, y)
        return QPointF(device.x() / placed.ratio, device.y() / placed.ratio)

    app.processEvents()
    send(QEvent.Type.MouseButtonPress, at(0), left, left)
    app.sendPostedEvents()
    taken = []
    for n in range(1, events):
        start = clock()
        send(QEvent.Type.MouseMove, at(n), none, left)
        app.sendPostedEvents(None, QEvent.Type.UpdateRequest)  # paints what is dirty
        taken.append((clock() - start) * 1000)
    send(QEvent.Type.MouseButtonRelease, at(events), left, none)
    until(app, lambda: masks.queue.is_empty)
    return taken


def run(folder, events):
    """Open a clip of 1080p in a window as large as most are, and paint."""
    from latentsync_studio.services.wiring import open_services
    from latentsync_studio.ui import app as starter

    app = starter.make_application()
    clip = make_clip(folder / "made.mp4", frames=8, size=SIZE)
    with open_services(folder / "home") as services:
        window = starter.make_window(app, services, folder / "home")
        window.resize(1680, 1000)
        window.show()
        bench = window.workbench
        bench.store.open(project_of(clip, services))
        until(app, lambda: bench.focus.face is not None)
        until(app, lambda: bench.playback.pictures.is_exact)
        bench.actions.trigger("mask.brush")
        for zoom in ("fit", "100 %"):
            bench.actions.trigger("view.fit" if zoom == "fit" else "view.actual_size")
            for size in BRUSHES:
                until(app, lambda: bench.playback.pictures.is_exact)
                say(f"event to paint, {size} px brush, {zoom}", painted(app, window, size, events))
        window.shut()
        window.close()
        app.processEvents()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=300)
    parser.add_argument("--cpu", action="store_true")
    args = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if args.cpu:
        global clock  # noqa: PLW0603 - one clock for the whole run
        clock = time.thread_time
    sys.stdout.write(f"load {os.getloadavg()[0]:.1f}; ms: median, 95th percentile, worst\n")
    with TemporaryDirectory() as folder:
        run(Path(folder), args.events)


if __name__ == "__main__":
    main()
