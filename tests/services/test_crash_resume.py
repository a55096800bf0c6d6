"""Killed anywhere, starved of disk, failing at any file operation: nothing is lost."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from latentsync_studio.core.errors import DiskFullError, StorageError, StudioError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.services import validate
from latentsync_studio.services.render import render
from latentsync_studio.services.request import RenderRequest
from latentsync_studio.services.wiring import FRAMES_SUFFIX, PROXY_SUFFIX, Services, open_services
from latentsync_studio.storage.digests import DigestBook
from latentsync_studio.storage.jobs import JobTable
from latentsync_studio.storage.shelf import Shelf
from latentsync_studio.storage.store import Store
from tests.services.conftest import cut_clip, cut_speech
from tests.storage.faulty_files import FaultyFiles

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("STUDIO_KILLS", "20"))  # STUDIO_KILLS=200 for the long run
EVERY = int(os.environ.get("STUDIO_FAULTS_EVERY", "8"))  # 1 fails every file operation in turn
WINDOWS = 4
SHARDS = 2


def services_with(store, jobs, digests):
    """Services with shelves beside the store, which a render does not use."""
    proxies = Shelf(store.root.parent / "proxies", 2**30, PROXY_SUFFIX)
    frames = Shelf(store.root.parent / "frames", 2**30, FRAMES_SUFFIX)
    return Services(store=store, jobs=jobs, digests=digests, proxies=proxies, frames=frames)


def started(tiny, output, home, *options):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.services.crashing", *map(str, tiny), str(output), *options],
        cwd=ROOT,
        env={**os.environ, "LATENTSYNC_STUDIO_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(tiny, output, home, *options):
    process = started(tiny, output, home, *options)
    out, err = process.communicate(timeout=240)
    return process.returncode, out, err


def resumed(tiny, output, home):
    """The same request again, in this process: it has loaded all libraries."""
    request = RenderRequest(video=tiny[0], audio=tiny[1], output=output)
    with open_services(home) as opened:
        return render(request, opened, CallbackProgress())


@pytest.fixture(scope="module")
def undisturbed(tiny, tmp_path_factory):
    """The movie of a render that nobody disturbs, its duration and its file operations."""
    folder = tmp_path_factory.mktemp("undisturbed")
    began = time.monotonic()
    code, out, err = finished(tiny, folder / "out.mp4", folder / "home")
    assert code == 0, err
    operations = int(err.rsplit("operations=", 1)[1])
    assert json.loads(out)["windows_total"] == WINDOWS
    return (folder / "out.mp4").read_bytes(), time.monotonic() - began, operations


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    """A render of two windows, its movie and how many file operations it takes."""
    folder = tmp_path_factory.mktemp("short")
    clip = cut_clip(folder / "clip.mp4", 20)
    speech = cut_speech(folder / "speech.wav", 20 / 25)
    request = RenderRequest(video=clip, audio=speech, output=folder / "out.mp4", measure=False)
    files = FaultyFiles()
    home = folder / "home"
    with (
        closing(JobTable(home / "jobs.sqlite")) as jobs,
        closing(DigestBook(home / "digests.sqlite")) as digests,
        Store(home / "store", 2**30, files) as store,
    ):
        report = render(request, services_with(store, jobs, digests), CallbackProgress())
    assert report.engine_calls == 2
    return request, request.output.read_bytes(), files.count


@pytest.mark.slow
@pytest.mark.timeout(300 + 20 * KILLS)
def test_killed_at_random_moments_the_same_command_goes_on_to_the_same_file(
    tiny, undisturbed, tmp_path
):
    movie, duration, _ = undisturbed
    luck = random.Random(20)
    kills = 0
    while kills < KILLS:
        home, output = tmp_path / f"home {kills}", tmp_path / "out.mp4"
        output.unlink(missing_ok=True)
        for _ in range(3):
            process = started(tiny, output, home)
            try:
                process.wait(timeout=luck.uniform(0.3, 1.0) * duration)
                duration *= 0.8  # it was measured on a busier machine: kill sooner
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                kills += 1
            process.communicate()
            assert not output.exists() or output.read_bytes() == movie
        resumed(tiny, output, home)
        assert output.read_bytes() == movie


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_at_a_store_operation_at_most_the_window_in_flight_is_drawn_again(
    tiny, undisturbed, tmp_path
):
    movie, _, operations = undisturbed
    for at in range(3, operations, max(1, operations // 5)):
        home, output = tmp_path / f"home {at}", tmp_path / f"out {at}.mp4"
        code, _, _ = finished(tiny, output, home, "--kill-at", str(at))
        assert code == -signal.SIGKILL
        with open_services(home) as opened:
            kept = opened.store.info().kinds.get("patches", (0, 0))[0]
        assert resumed(tiny, output, home).engine_calls <= WINDOWS - kept
        assert output.read_bytes() == movie


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_whichever_file_operation_fails_the_next_run_completes_the_same_file(
    shard, short, tmp_path
):
    request, movie, operations = short
    request = msgspec.structs.replace(request, output=tmp_path / "out.mp4")
    for at in range(1 + shard * EVERY, operations + 1, SHARDS * EVERY):
        home = tmp_path / f"home {at}"
        with (
            closing(JobTable(home / "jobs.sqlite")) as jobs,
            closing(DigestBook(home / "digests.sqlite")) as digests,
            Store(home / "store", 2**30, FaultyFiles(at)) as store,
        ):
            services = services_with(store, jobs, digests)
            request.output.unlink(missing_ok=True)
            try:
                render(request, services, CallbackProgress())
            except StudioError as error:
                assert isinstance(error, StorageError), f"operation {at}: {error!r}"
                assert error.remedy
                assert not request.output.exists(), "no half-written movie"
        if not request.output.exists():
            with open_services(home) as healthy:
                render(request, healthy, CallbackProgress())
        assert request.output.read_bytes() == movie
        shutil.rmtree(home)


@pytest.mark.slow
def test_two_renders_at_once_into_one_store_both_deliver(tiny, undisturbed, tmp_path):
    movie, _, _ = undisturbed
    home = tmp_path / "home"
    both = [started(tiny, tmp_path / f"out {n}.mp4", home) for n in range(2)]
    for process in both:
        out, err = process.communicate(timeout=240)
        assert process.returncode == 0, out + err
    assert all((tmp_path / f"out {n}.mp4").read_bytes() == movie for n in range(2))


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 6 MB, or a skip where mounting is not allowed."""
    folder = tmp_path / "small disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("mounting a small disk is not allowed here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)  # maps may be open


@pytest.mark.slow
def test_too_little_room_is_told_before_work_begins(tiny, small_disk, tmp_path):
    (small_disk / "ballast").write_bytes(bytes(5_500_000))
    code, out, _ = finished(tiny, tmp_path / "out.mp4", small_disk)
    assert code == 3
    assert out.startswith("bad-input: ")
    assert "MB" in out
    assert list(small_disk.iterdir()) == [small_disk / "ballast"]


@pytest.mark.slow
def test_a_disk_that_fills_up_is_told_and_the_render_goes_on_after_it(
    tiny, undisturbed, small_disk, tmp_path, monkeypatch
):
    movie, _, _ = undisturbed
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(4_500_000))
    monkeypatch.setattr(validate, "check_room", lambda *_, **__: ())  # as if it had looked in time
    request = RenderRequest(video=tiny[0], audio=tiny[1], output=tmp_path / "out.mp4")
    with open_services(small_disk) as services:
        with pytest.raises(DiskFullError, match=r"[kM]B more"):
            render(request, services, CallbackProgress())
        assert not request.output.exists()
        kept = services.store.info().entries
        assert kept
        ballast.unlink()
        report = render(request, services, CallbackProgress())
    assert request.output.read_bytes() == movie
    assert report.windows_reused + report.engine_calls == WINDOWS
