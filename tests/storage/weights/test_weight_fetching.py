"""A fetch goes on where it broke off, keeps only what was published, and says what is missing."""

import threading
from hashlib import sha256
from threading import Event

import pytest

from latentsync_studio.core.errors import Cancelled, DiskFullError, StorageError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.weights import CardFile, ModelCard, WeightsError
from latentsync_studio.storage.files import FileOps
from latentsync_studio.storage.weights.fetching import FetchError, fetch_file
from tests.storage.weights.hub_server import hub_server

CONTENT = bytes(range(256)) * 40
FILE = CardFile(name="whisper/tiny.pt", size=len(CONTENT), sha256=sha256(CONTENT).hexdigest())
CARD = ModelCard(
    id="tiny",
    title="Tiny",
    role="whisper",
    engines=(),
    repository="somebody/tiny",
    revision="a" * 40,
    files=(FILE,),
    license="MIT",
    license_url="https://example.org",
    commercial="yes",
    terms="free",
)
PATH = f"somebody/tiny/resolve/{'a' * 40}/whisper/tiny.pt"


@pytest.fixture
def hub(monkeypatch):
    """The Hub, whose files arrive in pieces of 1000 bytes and whose breaks need no patience."""
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 1000)
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda _: None)
    with hub_server() as server:
        server.files[PATH] = CONTENT
        yield server


@pytest.fixture
def target(tmp_path):
    return tmp_path / "Modelle ü" / "tiny" / "tiny.pt"


def fetch(hub, target, file=FILE, progress=None):
    return fetch_file(CARD, file, target, progress or CallbackProgress(), endpoint=hub.endpoint)


def part(target):
    return target.with_name("tiny.pt.part")


def test_a_file_arrives_whole_is_compared_and_told(hub, target):
    told = []
    digest = fetch(hub, target, progress=CallbackProgress(told.append))
    assert digest == FILE.sha256
    assert target.read_bytes() == CONTENT
    assert not part(target).exists()
    assert {report.stage for report in told} == {"fetch", "verify"}
    assert hub.asked == [(PATH, None)]


def test_no_credentials_are_sent(hub, target, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    fetch(hub, target)
    assert "secret" not in str(hub.headers)
    assert hub.headers["user-agent"].startswith("latentsync-studio/")


def test_a_short_break_is_bridged(hub, target):
    hub.cut_after = 4_500
    fetch(hub, target)
    assert target.read_bytes() == CONTENT
    assert hub.asked == [(PATH, None), (PATH, "bytes=4000-")]


def test_a_stopped_fetch_goes_on_where_it_was(hub, target):
    stop, done = Event(), []

    def notify(report):
        done.append(report)
        if len(done) == 3:
            stop.set()

    with pytest.raises(Cancelled):
        fetch(hub, target, progress=CallbackProgress(notify, stop))
    assert part(target).read_bytes() == CONTENT[:4000]
    assert not target.exists()
    fetch(hub, target)
    assert hub.asked[-1] == (PATH, "bytes=4000-")
    assert target.read_bytes() == CONTENT


def test_a_server_without_ranges_is_read_anew(hub, target):
    target.parent.mkdir(parents=True)
    part(target).write_bytes(b"x" * 2_000)
    hub.knows_ranges = False
    fetch(hub, target)
    assert target.read_bytes() == CONTENT


def test_a_part_that_is_whole_needs_no_network(hub, target):
    target.parent.mkdir(parents=True)
    part(target).write_bytes(CONTENT)
    fetch(hub, target)
    assert not hub.asked
    part(target).write_bytes(CONTENT + b"more")
    fetch(hub, target)
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("content", [CONTENT[:-1] + b"?", b"?" * len(CONTENT)])
def test_what_is_not_what_was_published_is_deleted(hub, target, content):
    hub.files[PATH] = content
    with pytest.raises(WeightsError, match=f"its publisher states {FILE.sha256[:12]}"):
        fetch(hub, target)
    assert not target.exists()
    assert not part(target).exists()


def test_a_file_of_another_size_does_not_become_the_model(hub, target):
    hub.files[PATH] = CONTENT[:5_000]
    with pytest.raises(WeightsError):
        fetch(hub, target)
    assert not target.exists()


def test_a_file_of_which_nothing_is_known_is_taken_as_it_comes(hub, target):
    assert fetch(hub, target, CardFile(name=FILE.name)) == FILE.sha256


def test_a_model_that_is_here_stays_when_a_new_one_does_not_arrive(hub, target):
    target.parent.mkdir(parents=True)
    target.write_bytes(b"what was here")
    hub.files.clear()
    with pytest.raises(FetchError, match="404"):
        fetch(hub, target)
    assert target.read_bytes() == b"what was here"


def test_without_a_connection_the_address_is_told(hub, target):
    with hub_server() as gone:
        endpoint = gone.endpoint
    hub.endpoint = endpoint
    with pytest.raises(FetchError, match="could not be fetched") as refused:
        fetch(hub, target)
    assert PATH in refused.value.remedy


@pytest.mark.parametrize("value", ["1", "true", "YES"])
def test_where_the_network_is_forbidden_it_is_not_used(hub, target, monkeypatch, value):
    monkeypatch.setenv("HF_HUB_OFFLINE", value)
    with pytest.raises(FetchError, match="HF_HUB_OFFLINE is set"):
        fetch(hub, target)
    assert not hub.asked


def test_two_fetches_of_one_model_do_not_mix(hub, target):
    reached, go_on = Event(), Event()

    def hold(report):
        reached.set()
        go_on.wait(20)

    first = threading.Thread(target=fetch, args=(hub, target, FILE, CallbackProgress(hold)))
    first.start()
    assert reached.wait(20)
    try:
        with pytest.raises(FetchError, match="being fetched already"):
            fetch(hub, target)
    finally:
        go_on.set()
        first.join()
    assert target.read_bytes() == CONTENT


def test_a_full_disk_is_told_before_anything_is_loaded(hub, target, monkeypatch):
    monkeypatch.setattr(FileOps, "free_bytes", lambda *_: 100)
    with pytest.raises(DiskFullError, match=r"10\.2 kB needed, 100 B free"):
        fetch(hub, target)
    assert not hub.asked


def test_a_disk_that_gets_full_keeps_what_has_arrived(hub, tiny_disk, monkeypatch):
    content = bytes(2_000_000)
    hub.files[PATH] = content
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 100_000)
    file = CardFile(name=FILE.name)  # of unknown size, so that room cannot be asked for
    with pytest.raises(DiskFullError):
        fetch(hub, tiny_disk / "tiny.pt", file)
    assert (tiny_disk / "tiny.pt.part").stat().st_size > 500_000
    assert not (tiny_disk / "tiny.pt").exists()


def test_a_folder_that_cannot_be_written_is_told(hub, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="cannot be used"):
        fetch(hub, tmp_path / "file" / "tiny.pt")
