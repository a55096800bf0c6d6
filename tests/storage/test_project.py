"""The project file by itself: what it holds, what it refuses, what survives."""

import os
import sqlite3
import subprocess
from contextlib import closing
from itertools import count

import numpy as np
import pytest

from latentsync_studio.core.errors import DiskFullError, InputError, StorageError
from latentsync_studio.storage.files import FileOps
from latentsync_studio.storage.project import ProjectFile, digest_of
from latentsync_studio.storage.project_blobs import SpareBlobs, packed
from latentsync_studio.storage.project_copies import write_project
from latentsync_studio.storage.project_errors import (
    DamagedProjectError,
    NewerProjectError,
    NotAProjectError,
    ProjectChangedError,
    ReadOnlyProjectError,
)
from latentsync_studio.storage.project_journal import Entry
from latentsync_studio.storage.project_sqlite import APPLICATION_ID, FILE_VERSION, with_suffix
from tests.storage.faulty_files import FaultyFiles

OLD, NEW = b'{"old":1}', b'{"new":' + b"2" * 5000 + b"}"
ENTRY = Entry(1.5, 2, "delta", b"[]", "ab")


@pytest.fixture
def path(tmp_path):
    """A project in a folder with a name that URLs and SQL would misread."""
    folder = tmp_path / "50% o'clock? #1 \u00e9\u65e5"
    folder.mkdir()
    path = folder / "a b.lsp"
    ProjectFile.create(path, OLD).close()
    return path


@pytest.fixture
def file(path):
    with closing(ProjectFile(path, writable=True)) as opened:
        yield opened


def raw(path, *statements):
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_it_is_one_sqlite_file_with_a_number_of_its_own(path):
    head = path.read_bytes()[:100]
    assert head.startswith(b"SQLite format 3\0")
    assert head[68:72] == b"LSPS" == APPLICATION_ID.to_bytes(4, "big")
    assert int.from_bytes(head[60:64], "big") == FILE_VERSION == 1
    assert [each.name for each in path.parent.iterdir()] == ["a b.lsp"]


def test_a_save_replaces_the_document_and_clears_the_journal(file, path):
    assert file.document().json == OLD
    file.append(ENTRY)
    assert file.journal() == [ENTRY]
    digest = file.save(NEW, file.document().digest)
    assert file.document()[:2] == (NEW, digest)
    assert file.document().folder == str(path.parent)
    assert file.journal() == []
    assert [each.name for each in path.parent.iterdir()] == ["a b.lsp"], "the one file is complete"


def test_a_full_entry_takes_the_place_of_all_others(file):
    for _ in range(5):
        file.append(ENTRY)
    file.append(ENTRY._replace(kind="full"), alone=True)
    assert [each.kind for each in file.journal()] == ["full"]


def test_a_save_over_what_somebody_else_saved_is_refused(file, path):
    digest = file.document().digest
    with closing(ProjectFile(path, writable=True)) as other:
        other.save(b"{}", digest)
    with pytest.raises(ProjectChangedError) as caught:
        file.save(NEW, digest)
    assert caught.value.remedy
    assert file.document().json == b"{}"


def test_blobs_are_kept_by_digest_and_pruned(file):
    blobs = {digest_of(data): data for data in (b"", b"one", os.urandom(300_000))}
    file.put_blobs(blobs)
    file.put_blobs(blobs)
    assert file.blob_digests() == set(blobs)
    assert all(file.blob(digest) == data for digest, data in blobs.items())
    assert file.blob("ab" * 20) is None
    file.save(NEW, file.document().digest, keep=[digest_of(b"one")])
    assert file.blob_digests() == {digest_of(b"one")}


def test_painted_tiles_take_little_room_and_others_no_more_than_they_have(file):
    across = np.hypot(*np.mgrid[-128:128, -128:128]).astype(np.float32)
    tile = np.clip(400 - 4 * across, 0, 255).astype(np.uint8).tobytes()
    noise = os.urandom(65_536)
    file.put_blobs({digest_of(data): data for data in (tile, noise)})
    stored = file.stored_blobs([digest_of(tile), digest_of(noise), "ab" * 20])
    assert len(stored[digest_of(tile)]) < 8_000
    assert stored[digest_of(noise)] == noise
    assert file.blob(digest_of(tile)) == tile


def test_spare_blobs_are_found_until_they_are_closed():
    spare = SpareBlobs()
    assert spare.get(digest_of(b"a")) is None
    data = bytes(range(256)) * 256
    spare.put({digest_of(data): packed(data), digest_of(b"a"): b"a"})
    spare.put({digest_of(b"a"): b"a"})
    assert spare.get(digest_of(data)) == data
    assert spare.get(digest_of(b"b")) is None
    spare.close()
    assert spare.get(digest_of(b"a")) is None


def test_room_of_pruned_blobs_goes_back_to_the_disk(file, path):
    data = os.urandom(2_000_000)
    file.put_blobs({digest_of(data): data})
    assert path.stat().st_size > 2_000_000
    file.save(NEW, file.document().digest, keep=())
    assert path.stat().st_size < 100_000


def test_a_blob_that_does_not_match_its_digest_is_told(file, path):
    file.put_blobs({digest_of(b"right"): b"wrong"})
    with pytest.raises(DamagedProjectError, match="does not match its digest"):
        file.blob(digest_of(b"right"))


def test_a_copy_holds_blobs_and_what_a_newer_program_put_there(file, path):
    raw(path, "CREATE TABLE future (x)", "INSERT INTO future VALUES (7)")
    raw(path, "ALTER TABLE document ADD COLUMN mood TEXT DEFAULT 'good'")
    file.put_blobs({digest_of(b"tile"): b"tile"})
    file.append(ENTRY)
    file.put_blobs({digest_of(b"undone"): b"undone"})
    target = path.with_name("copy.lsp")
    document = b'["%s", {"x": "%s"}]' % (digest_of(b"tile").encode(), digest_of(b"more").encode())
    write_project(target, document, source=file, blobs={digest_of(b"more"): b"more"})
    with closing(ProjectFile(target, writable=False)) as copy:
        assert copy.document().json == document
        assert copy.blob_digests() == {digest_of(b"tile"), digest_of(b"more")}
        assert copy.journal() == []
    with closing(sqlite3.connect(target)) as connection:
        assert connection.execute("SELECT x FROM future").fetchall() == [(7,)]


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"", NotAProjectError, "is empty"),
        (b"\x00\x00\x00\x18ftypmp42" + bytes(200), NotAProjectError, "no project"),
        (b'{"schema": 1}', NotAProjectError, "no project"),
        (b"SQLite format 3\0" + bytes(20), DamagedProjectError, "ends after 36 bytes"),
    ],
)
def test_other_files_are_refused(tmp_path, content, error, words):
    path = tmp_path / "x.lsp"
    path.write_bytes(content)
    with pytest.raises(error, match=words) as caught:
        ProjectFile(path, writable=True)
    assert caught.value.remedy
    assert path.read_bytes() == content


def test_a_database_of_another_program_is_left_alone(tmp_path):
    path = tmp_path / "photos.db"
    raw(path, "CREATE TABLE photos (id)")
    before = path.read_bytes()
    with pytest.raises(NotAProjectError, match="another program"):
        ProjectFile(path, writable=True)
    assert path.read_bytes() == before


def test_missing_files_and_folders_are_told(tmp_path):
    with pytest.raises(InputError, match="no file"):
        ProjectFile(tmp_path / "gone.lsp", writable=False)
    with pytest.raises(InputError, match="cannot be read"):
        ProjectFile(tmp_path, writable=False)


def test_a_newer_file_version_asks_for_an_update(path):
    raw(path, f"PRAGMA user_version={FILE_VERSION + 1}")
    with pytest.raises(NewerProjectError, match="file version 2, this one knows 1") as caught:
        ProjectFile(path, writable=True)
    assert caught.value.remedy == "Update the program."


def test_a_project_without_its_tables_is_damaged(path):
    raw(path, "DROP TABLE journal")
    with pytest.raises(DamagedProjectError, match="lacks journal"):
        ProjectFile(path, writable=True)


def test_damage_anywhere_is_told_or_harmless(path, tmp_path):
    with closing(ProjectFile(path, writable=True)) as file:
        file.save(NEW, file.document().digest)
        file.append(ENTRY)
    whole = path.read_bytes()
    broken = tmp_path / "broken.lsp"
    told = 0
    for at in [*range(0, 100, 3), *range(100, len(whole), len(whole) // 150)]:
        broken.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        try:
            with closing(ProjectFile(broken, writable=True)) as file:
                assert file.document().json == NEW
                file.journal()
        except (InputError, StorageError) as error:
            assert error.remedy
            told += 1
    assert told > 10


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.99])
def test_a_file_that_was_cut_short_is_told(path, part):
    with closing(ProjectFile(path, writable=True)) as file:
        file.save(NEW, file.document().digest)
    os.truncate(path, int(path.stat().st_size * part))
    with pytest.raises(DamagedProjectError) as caught:
        ProjectFile(path, writable=True)
    assert "backup" in caught.value.remedy


def test_a_file_that_is_replaced_or_removed_is_noticed(file, path):
    assert file.is_in_place()
    path.unlink()
    assert not file.is_in_place()
    ProjectFile.create(path, OLD).close()
    assert not file.is_in_place()


def test_a_folder_that_cannot_be_written_still_opens_for_reading(tiny_disk):
    path = tiny_disk / "p.lsp"
    ProjectFile.create(path, OLD).close()
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    with pytest.raises(ReadOnlyProjectError) as caught:
        ProjectFile(path, writable=True)
    assert "another name" in caught.value.remedy
    with closing(ProjectFile(path, writable=False)) as file:
        assert file.document().json == OLD
        with pytest.raises(ReadOnlyProjectError):
            file.append(ENTRY)


def test_a_save_that_a_dead_process_left_half_done_is_undone_even_on_a_read_only_disk(
    tiny_disk,
):
    path = tiny_disk / "p.lsp"
    ProjectFile.create(path, OLD).close()
    _leave_half_saved(path)
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    with closing(ProjectFile(path, writable=False)) as file:
        assert file.document().json == OLD


def _leave_half_saved(path):
    """Leave the file as in the middle of a commit: pages are written and not committed."""
    journal = path.with_name(f"{path.name}-journal")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size=1")  # spills pages into the file
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE document SET json = ?", (b"x" * 50_000,))
        connection.execute("INSERT INTO blobs VALUES ('x', zeroblob(100000))")
        half, undo = path.read_bytes(), journal.read_bytes()
        connection.execute("ROLLBACK")
    path.write_bytes(half)
    journal.write_bytes(undo)


def test_a_full_disk_is_told_and_leaves_the_file_as_it_was(tiny_disk):
    path = tiny_disk / "p.lsp"
    with closing(ProjectFile.create(path, OLD)) as file:
        (tiny_disk / "ballast").write_bytes(bytes(FileOps().free_bytes(tiny_disk) - 20_000))
        with pytest.raises(DiskFullError, match=r"needed, .* free in"):
            file.save(b"[" + b"1," * 200_000 + b"1]", file.document().digest)
        assert file.document().json == OLD
        with pytest.raises(DiskFullError):
            file.append(ENTRY._replace(data=bytes(400_000)))
        assert file.journal() == []
        with pytest.raises(DiskFullError):
            write_project(tiny_disk / "q.lsp", bytes(400_000), source=file)
        (tiny_disk / "ballast").unlink()
        file.save(NEW, file.document().digest)
    assert [each.name for each in tiny_disk.iterdir()] == ["p.lsp"]


@pytest.mark.parametrize("before", [False, True])
def test_a_copy_whose_nth_file_operation_fails_leaves_the_old_or_the_new(tmp_path, before):
    source = ProjectFile.create(tmp_path / "source.lsp", OLD)
    with closing(source):
        for nth in count(1):
            path = tmp_path / str(nth) / "p.lsp"
            path.parent.mkdir()
            if before:
                write_project(path, OLD)
            files = FaultyFiles(nth)
            returned = False
            try:
                write_project(path, NEW, source=source, files=files)
                returned = True
            except (StorageError, InputError) as error:
                assert error.remedy
            assert [each.name for each in path.parent.iterdir()] in (
                [["p.lsp"]] if returned or before else [[], ["p.lsp"]]
            )
            if path.exists():
                with closing(ProjectFile(path, writable=False)) as file:
                    assert file.document().json in ({NEW} if returned else {OLD, NEW})
            if not files.struck:
                break
    assert nth > 4


def test_readable_blobs_survive_where_the_file_is_damaged(tmp_path):
    path = tmp_path / "p.lsp"
    contents = [os.urandom(9000) for _ in range(30)]
    blobs = {digest_of(data): data for data in contents}
    document = b"[%s]" % ", ".join(f'"{digest}"' for digest in blobs).encode()
    with closing(ProjectFile.create(path, OLD)) as file:
        file.put_blobs(blobs)
    whole = path.read_bytes()
    at = whole.index(contents[11][:300])
    damaged = whole[:at] + b"?" * 10 + whole[at + 10 :]
    with closing(ProjectFile(path, writable=True)) as file:
        path.write_bytes(damaged)
        write_project(tmp_path / "new.lsp", document, source=file)
        with closing(ProjectFile(tmp_path / "new.lsp", writable=False)) as copy:
            held = copy.blob_digests()
    assert held - {digest_of(contents[11])} == blobs.keys() - {digest_of(contents[11])}


def test_names_get_the_suffix(tmp_path):
    assert with_suffix(tmp_path / "a").name == "a.lsp"
    assert with_suffix(tmp_path / "a.b").name == "a.b.lsp"
    assert with_suffix(tmp_path / "a.LSP").name == "a.LSP"
