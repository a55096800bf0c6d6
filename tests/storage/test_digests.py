import os
import time
from hashlib import blake2b
from threading import Event

import pytest

from latentsync_studio.core.errors import Cancelled, InputError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.storage import digests
from latentsync_studio.storage.digests import DigestBook


@pytest.fixture
def book(tmp_path):
    made = DigestBook(tmp_path / "digests.sqlite")
    yield made
    made.close()


@pytest.fixture
def settled(monkeypatch):
    """Pretend that every file was last changed long ago."""
    monkeypatch.setattr(digests, "_SETTLED_S", -1.0)


@pytest.fixture
def reads(monkeypatch):
    """Count how often content is read."""
    counted, real = [], digests._read

    def read(*arguments):
        counted.append(1)
        return real(*arguments)

    monkeypatch.setattr(digests, "_read", read)
    return counted


def test_a_digest_names_the_content(book, tmp_path):
    data = os.urandom(9_000_000)
    for name in ("a.mp4", "b c;é.mp4"):
        (tmp_path / name).write_bytes(data)
        expected = blake2b(data, digest_size=20).hexdigest()
        assert book.digest(tmp_path / name) == expected


@pytest.mark.usefixtures("settled")
def test_an_unchanged_file_is_read_once_even_by_the_next_process(book, tmp_path, reads):
    (tmp_path / "a").write_bytes(b"abc")
    first = book.digest(tmp_path / "a")
    book.close()
    again = DigestBook(tmp_path / "digests.sqlite")
    assert again.digest(tmp_path / "a") == first
    assert len(reads) == 1
    again.close()


@pytest.mark.usefixtures("settled")
def test_a_changed_file_is_read_again_though_size_and_time_are_the_same(book, tmp_path, reads):
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    before = path.stat()
    first = book.digest(path)
    time.sleep(0.02)
    path.write_bytes(b"abd")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert book.digest(path) != first
    assert len(reads) == 2


def test_a_file_written_just_now_is_not_remembered(book, tmp_path, reads):
    (tmp_path / "a").write_bytes(b"abc")
    book.digest(tmp_path / "a")
    book.digest(tmp_path / "a")
    assert len(reads) == 2


def test_a_file_that_keeps_changing_is_refused(book, tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"abc")

    def grow(_report):
        with path.open("ab") as file:
            file.write(b"x")

    with pytest.raises(InputError, match="changes while it is read"):
        book.digest(path, CallbackProgress(grow))


def test_a_file_that_changed_once_while_it_was_read_is_read_again(book, tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    reports = []

    def grow_once(report):
        if not reports:
            path.write_bytes(b"abcdef")
        reports.append(report)

    assert (
        book.digest(path, CallbackProgress(grow_once))
        == blake2b(b"abcdef", digest_size=20).hexdigest()
    )


def test_reading_stops_when_the_user_asks(book, tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    stop = Event()
    stop.set()
    with pytest.raises(Cancelled):
        book.digest(tmp_path / "a", CallbackProgress(stop=stop))


def test_what_is_no_file_is_refused_at_once(book, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name, message in (("pipe", "not a file"), ("", "not a file"), ("no", "There is no file")):
        with pytest.raises(InputError, match=message) as caught:
            book.digest(tmp_path / name)
        assert caught.value.remedy


def test_names_that_are_no_unicode_have_digests(book, tmp_path):
    path = tmp_path / "caf\udce9"
    path.write_bytes(b"abc")
    assert book.digest(path) == blake2b(b"abc", digest_size=20).hexdigest()
