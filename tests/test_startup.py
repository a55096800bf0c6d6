"""Starting is quick: nothing heavy is imported before it is needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "cv2", "diffusers", "transformers", "librosa", "scipy", "av", "PySide6")
PROBE = """
import sys
sys.argv = ["latentsync-studio", *{arguments!r}]
from latentsync_studio.__main__ import main
code = main()
print("HEAVY", code, *sorted(set({heavy!r}) & set(sys.modules)))
"""


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["engines"], ["models", "list"], ["render", "--help"]]
)
def test_a_command_that_only_tells_something_imports_nothing_heavy(arguments):
    script = PROBE.format(arguments=arguments, heavy=HEAVY)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "HEAVY 0"


def test_the_module_and_the_console_script_are_the_same_program():
    done = subprocess.run(
        [sys.executable, "-m", "latentsync_studio", "--version"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.startswith("latentsync-studio ")
