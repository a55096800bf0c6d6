"""A window imports the media bin at its start: no decoder may come with it."""

import subprocess
import sys

MODULES = [
    "badges",
    "content",
    "importing",
    "proxies",
    "relink",
    "sources",
    "status",
    "thumbnails",
    "waveforms",
]


def test_importing_the_media_bin_loads_no_decoder():
    imports = ", ".join(f"latentsync_studio.services.media_bin.{name}" for name in MODULES)
    code = (
        f"import sys, {imports}\n"
        "print([m for m in ('av', 'cv2', 'scipy', 'torch', 'librosa') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
