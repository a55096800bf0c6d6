import subprocess
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from latentsync_studio.storage.store import Store


def key_of(name):
    return blake2b(str(name).encode(), digest_size=20).hexdigest()


@pytest.fixture
def tmp_path(tmp_path):
    """A folder in memory where there is one: thousands of syncs would wait for a shared disk."""
    memory = Path("/dev/shm")  # noqa: S108 - a unique folder is made in it
    if not memory.is_dir():
        yield tmp_path
        return
    with TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "store", 10**9) as made:
        yield made


@pytest.fixture
def tiny_disk(tmp_path):
    """A disk of 1 MiB of its own, where the machine lets us have one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1M", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False)
    except OSError as error:
        pytest.skip(f"no mount command: {error}")
    if mounted.returncode:
        pytest.skip(f"mounting is not allowed: {mounted.stderr.decode()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
