"""Seconds from starting the program to the first paint of its window, and what that imports.

"processor" is the time that its threads computed until then, which other work on the machine
changes less.

    python -m tests.benchmarks.startup [--runs 7]

Each run is a process of its own, on a screen in memory, with a data folder that was used before.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from statistics import median

# in the order in which the program imports and does things
PROBE = """
import gc, os, sys, time
begun = float(os.environ["STUDIO_BEGUN"])
gc.disable()
from latentsync_studio.ui import app as starter
from latentsync_studio.services.wiring import open_services
from PySide6.QtCore import QTimer
imported = time.time()
app = starter.make_application()
with open_services() as services:
    window = starter.make_window(app, services, held=True)
    made = time.time()
    window.show()
    window.repaint()
    painted, busy = time.time(), time.process_time()
    QTimer.singleShot(0, window, window.close)
    app.exec()
heavy = [m for m in ("torch", "diffusers", "cv2", "av", "scipy", "pyqtgraph") if m in sys.modules]
print(imported - begun, made - begun, painted - begun, busy, len(sys.modules), *heavy)
"""


def measured(home: str) -> list[str]:
    """The figures of one start."""
    environment = {**os.environ, "LATENTSYNC_STUDIO_HOME": home, "STUDIO_BEGUN": str(time.time())}
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    done = subprocess.run(
        [sys.executable, "-c", PROBE], capture_output=True, text=True, check=True, env=environment
    )
    return done.stdout.split()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as home:
        measured(home)
        found = [measured(home) for _ in range(runs)]
    load = os.getloadavg()[0]
    sys.stdout.write(f"load {load:.1f}, {runs} runs; heavy modules: {found[0][5:] or 'none'}\n")
    for name, column in (("imported", 0), ("window made", 1), ("painted", 2), ("processor", 3)):
        values = sorted(float(row[column]) for row in found)
        low, middle, high = values[0], median(values), values[-1]
        sys.stdout.write(f"{name:12} min {low:.2f} s  median {middle:.2f} s  max {high:.2f} s\n")
    sys.stdout.write(f"modules      {found[0][4]}\n")


if __name__ == "__main__":
    main()
