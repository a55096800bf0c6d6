"""A screen of its own with the program on it, driven by real keys and a real mouse.

Linux with Xvfb, openbox, xdotool and ImageMagick. Everything lives in one temporary folder and ends
with the stage; the user's own data folder is never touched.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable

TOOLS = ("Xvfb", "openbox", "xdotool", "import", "convert")
PROGRAM = (sys.executable, "-m", "latentsync_studio")
KEY_PAUSE = 0.15  # s; a busy machine needs a moment to take a key in
STILL_EVERY, STILL_TIMES = 0.4, 3
IDLE_LOAD = 0.15
BLINK_PX = 12  # of a quarter of the size
# No frame around the main window, and as large as the screen: a picture is then all window.
OPENBOX = """<?xml version="1.0"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <focus><focusNew>yes</focusNew><followMouse>no</followMouse></focus>
  <desktops><number>1</number></desktops>
  <keyboard/>
  <mouse><context name="Client">
    <mousebind button="Left" action="Press"><action name="Focus"/><action name="Raise"/></mousebind>
  </context></mouse>
  <applications>
    <application class="latentsync-studio" type="normal">
      <decor>no</decor><maximized>yes</maximized><focus>yes</focus>
    </application>
  </applications>
</openbox_config>
"""


class StageError(RuntimeError):
    """The walk cannot go on; the text says where it stopped."""


class Stage:
    """One screen, one window manager, and at most one program at a time."""

    def __init__(self, folder: Path, size: tuple[int, int], display: int, scale: float = 1) -> None:
        missing = [tool for tool in TOOLS if shutil.which(tool) is None]
        if missing:
            raise StageError(f"Not installed: {', '.join(missing)}.")
        self.size, self.folder = size, folder
        self.home = folder / "home"
        self.pictures = folder / "pictures"
        self.pictures.mkdir(parents=True, exist_ok=True)
        self._display = f":{display}"
        self._scale = scale
        self._processes: list[subprocess.Popen[bytes]] = []
        self.program: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        wide, tall = self.size
        screen = f"{wide}x{tall}x24"
        self._begin("Xvfb", self._display, "-screen", "0", screen, "-nolisten", "tcp")
        self._until(lambda: self._ask("xdotool", "getmouselocation") is not None, "screen")
        rules = self.folder / "openbox.xml"
        rules.write_text(OPENBOX, encoding="utf-8")
        self._begin("openbox", "--config-file", str(rules), "--sm-disable")
        time.sleep(1)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        for process in reversed(self._processes):
            process.terminate()
            process.wait(10)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of all that runs on this screen."""
        return {
            **{key: value for key, value in os.environ.items() if key != "QT_QPA_PLATFORM"},
            "DISPLAY": self._display,
            "LATENTSYNC_STUDIO_HOME": str(self.home),
            "QT_SCALE_FACTOR": f"{self._scale:g}",
        }

    def open(self, *paths: Path, patience: float = 120) -> None:
        """Start the program with files and wait for its window."""
        with (self.folder / "program.log").open("ab") as log:
            self.program = subprocess.Popen(
                [*PROGRAM, *map(str, paths)],
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._until(self._find_window, "window of the program", patience)
        self.still()

    def _find_window(self) -> bool:
        search = ("xdotool", "search", "--onlyvisible", "--class", "latentsync-studio")
        return bool(self._ask(*search))

    def kill(self) -> None:
        """End the program as a power cut would."""
        if self.program is not None:
            self.program.send_signal(signal.SIGKILL)
            self.program.wait(10)
            self.program = None

    def load(self, seconds: float = 3) -> float:
        """How many processors the program keeps busy, over the next seconds."""
        if self.program is None:
            return 0.0
        before = _processor_seconds(self.program.pid)
        time.sleep(seconds)
        return (_processor_seconds(self.program.pid) - before) / seconds

    def close(self) -> None:
        """End the program politely, or else by force."""
        if self.program is None:
            return
        self.program.terminate()
        try:
            self.program.wait(5)
        except subprocess.TimeoutExpired:
            self.kill()
        self.program = None

    def keys(self, *keys: str) -> None:
        """Press keys one after the other, named as xdotool names them ("ctrl+shift+p")."""
        for key in keys:
            self._tool("key", key)
            time.sleep(KEY_PAUSE)

    def text(self, text: str) -> None:
        """Type a text."""
        self._tool("type", "--delay", "25", text)
        time.sleep(KEY_PAUSE)

    def command(self, title: str) -> None:
        """Do a command of the menus through the command palette."""
        self.keys("ctrl+shift+p")
        time.sleep(0.8)
        self.text(title)
        time.sleep(0.3)
        self.keys("Return")
        time.sleep(0.5)

    def move(self, x: float, y: float) -> None:
        """Move the mouse to a place in px of the screen, or as shares of it (0..1)."""
        wide, tall = self.size
        if 0 < x < 1 and 0 < y < 1:
            x, y = x * wide, y * tall
        self._tool("mousemove", str(round(x)), str(round(y)))

    def click(self, x: float, y: float, button: int = 1, held: str = "") -> None:
        """Click at a place; `held` is a key that is down meanwhile."""
        self.move(x, y)
        time.sleep(KEY_PAUSE)
        if held:
            self._tool("keydown", held)
        self._tool("click", str(button))
        if held:
            self._tool("keyup", held)
        time.sleep(KEY_PAUSE)

    def double_click(self, x: float, y: float) -> None:
        """Click twice at a place."""
        self.move(x, y)
        self._tool("click", "--repeat", "2", "--delay", "60", "1")
        time.sleep(KEY_PAUSE)

    def drag(self, start: tuple[float, float], end: tuple[float, float], held: str = "") -> None:
        """Drag from one place to another in a dozen steps."""
        self.press(start, held)
        self.pull(start, end)
        self.release(held)

    def press(self, place: tuple[float, float], held: str = "") -> None:
        """Press the mouse at a place and keep it down."""
        self.move(*place)
        time.sleep(KEY_PAUSE)
        if held:
            self._tool("keydown", held)
        self._tool("mousedown", "1")
        time.sleep(KEY_PAUSE)

    def pull(self, start: tuple[float, float], end: tuple[float, float], steps: int = 12) -> None:
        """Move the mouse from one place to another in steps."""
        for step in range(1, steps + 1):
            part = step / steps
            x, y = (a + (b - a) * part for a, b in zip(start, end, strict=True))
            self.move(x, y)
            time.sleep(0.04)
        time.sleep(KEY_PAUSE)

    def release(self, held: str = "") -> None:
        """Let go of the mouse."""
        self._tool("mouseup", "1")
        if held:
            self._tool("keyup", held)
        time.sleep(KEY_PAUSE)

    def wheel(self, x: float, y: float, turns: int, held: str = "") -> None:
        """Turn the wheel at a place, up by `turns` or down by -`turns`."""
        self.move(x, y)
        if held:
            self._tool("keydown", held)
        for _ in range(abs(turns)):
            self._tool("click", "4" if turns > 0 else "5")
            time.sleep(0.08)
        if held:
            self._tool("keyup", held)
        time.sleep(KEY_PAUSE)

    def shot(self, name: str, *, still: bool = True) -> Path:
        """Save what the screen shows as NAME.png, once it does not change any more."""
        if still:
            self.still()
        path = self.pictures / f"{name}.png"
        self._ask("import", "-window", "root", str(path))
        return path

    def wait_for_change(self, box: str, patience: float = 60) -> None:
        """Wait until a part of the screen looks otherwise; `box` is as ImageMagick's -crop."""
        grab = ("import", "-window", "root", "-depth", "8", "-crop", box, "gray:-")
        before, end = self._ask(*grab), time.monotonic() + patience
        while self._ask(*grab) == before:
            if time.monotonic() > end:
                raise StageError(f"{box} of the screen stays as it is.")
            time.sleep(0.1)

    def wait_until_idle(self, patience: float = 240) -> None:
        """Wait until the program computes no more."""
        end = time.monotonic() + patience
        while self.load() > IDLE_LOAD:
            if time.monotonic() > end:
                raise StageError("The program does not come to rest.")

    def still(self, patience: float = 20) -> None:
        """Wait until the screen has been the same for a while, but not for ever."""
        end, same, last = time.monotonic() + patience, 0, b""
        while same < STILL_TIMES and time.monotonic() < end:
            time.sleep(STILL_EVERY)
            now = self._ask("import", "-window", "root", "-depth", "8", "-resize", "25%", "gray:-")
            same = same + 1 if now is not None and _is_alike(now, last) else 0
            last = now or b""

    def _begin(self, *command: str) -> None:
        quiet = subprocess.DEVNULL
        self._processes.append(
            subprocess.Popen(command, env=self.environment, stdout=quiet, stderr=quiet)
        )

    def _tool(self, *arguments: str) -> None:
        if self._ask("xdotool", *arguments) is None:
            raise StageError(f"xdotool {' '.join(arguments)} failed.")

    def _ask(self, *command: str) -> bytes | None:
        done = subprocess.run(command, env=self.environment, capture_output=True, check=False)
        return done.stdout if done.returncode == 0 else None

    @staticmethod
    def _until(condition: Callable[[], bool], what: str, patience: float = 30) -> None:
        end = time.monotonic() + patience
        while not condition():
            if time.monotonic() > end:
                raise StageError(f"The {what} did not come within {patience:.0f} s.")
            time.sleep(0.3)


def _processor_seconds(pid: int) -> float:
    numbers = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


def _is_alike(one: bytes, other: bytes) -> bool:
    """Whether two small pictures differ by no more than the blinking of a text cursor."""
    if len(one) != len(other):
        return False
    return sum(abs(a - b) > 8 for a, b in zip(one, other, strict=True)) <= BLINK_PX
