import os
import subprocess
import sys

import pytest

from latentsync_studio.core.errors import InputError, StorageError
from latentsync_studio.media.part_file import PartFile, check_name, leftovers


def left_by(path, pid, *, host=None):
    """Make a part file of `path` as process `pid` would have left it."""
    with PartFile(path) as file:
        file.write(b"part")
    own = file.part.name.replace(f"-{os.getpid()}-", f"-{pid}-")
    if host:
        own = own.replace(f".{path.name}.{own.split('-')[0][-4:]}", f".{path.name}.{host}")
    return file.part.rename(file.part.with_name(own))


@pytest.fixture
def dead():
    """The id of a process that has ended."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def test_a_file_appears_under_its_name_only_when_it_is_committed(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(b"old")
    with PartFile(path) as file:
        file.write(b"0123456789")
        file.seek(2)
        file.write(b"xx")
        assert file.tell() == 4
        assert file.size == 10
        assert path.read_bytes() == b"old"
        file.commit()
    assert path.read_bytes() == b"01xx456789"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "name",
    ["film.part.mp4", ".film.mp4.0000-1-x.part.mp4", ".film.mp4.part.mp4", ".film.mp4.1.part.mp4"],
)
def test_no_file_of_the_user_is_touched(tmp_path, name):
    mine = tmp_path / name
    mine.write_bytes(b"hours of work")
    with PartFile(tmp_path / "film.mp4") as file:
        file.write(b"new")
        file.commit()
    assert mine.read_bytes() == b"hours of work"


def test_without_a_commit_the_part_file_stays_until_the_next_run(tmp_path):
    path = tmp_path / "film.mp4"
    with PartFile(path) as file:
        file.write(b"a long part")
    assert not path.exists()
    assert leftovers(path) == [file.part]
    assert file.part.read_bytes() == b"a long part"
    assert file.part.name.startswith(".film.mp4.")
    assert file.part.suffix == ".mp4"
    with PartFile(path) as file:
        file.write(b"short")
        file.commit()
    assert list(tmp_path.iterdir()) == [path]


def test_two_writers_of_one_output_never_mix(tmp_path):
    path = tmp_path / "film.mp4"
    with PartFile(path) as first, PartFile(path) as second:
        first.write(b"first")
        second.write(b"second")
        first.commit()
        assert path.read_bytes() == b"first"
        second.commit()
    assert path.read_bytes() == b"second"


def test_part_files_of_living_processes_and_other_machines_stay(tmp_path, dead):
    path = tmp_path / "film.mp4"
    living = left_by(path, os.getppid())
    elsewhere = left_by(path, dead, host="0000")
    gone = left_by(path, dead)
    other = left_by(tmp_path / "other.mp4", dead)
    PartFile(path).close()
    assert living.exists()
    assert elsewhere.exists()
    assert other.exists()
    assert not gone.exists()


def test_a_part_file_that_was_quiet_for_a_day_goes_whoever_has_its_process_id(tmp_path):
    path = tmp_path / "film.mp4"
    living = left_by(path, os.getppid())
    os.utime(living, (living.stat().st_mtime - 90_000,) * 2)
    PartFile(path).close()
    assert not living.exists()


def test_a_part_file_that_is_taken_away_is_told(tmp_path):
    path = tmp_path / "film.mp4"
    with PartFile(path) as file:
        file.write(b"all")
        file.part.unlink()
        file.part.write_bytes(b"somebody else's")
        with pytest.raises(StorageError, match="another program"):
            file.commit()
    assert not path.exists()


def test_an_output_that_became_a_folder_keeps_the_part_file(tmp_path):
    path = tmp_path / "film.mp4"
    with PartFile(path) as file:
        file.write(b"all")
        path.mkdir()
        with pytest.raises(StorageError, match=r"film\.mp4\.[-0-9a-f]+\.part\.mp4"):
            file.commit()
    assert file.part.read_bytes() == b"all"


@pytest.mark.parametrize("letter", ["n", "é", "映"])
def test_the_longest_names_work_and_longer_ones_are_refused(tmp_path, letter):
    count = (255 - len(".mp4")) // len(letter.encode())
    path = tmp_path / f"{letter * count}.mp4"
    with PartFile(path) as unfinished:
        unfinished.write(b"left")
    with PartFile(path) as file:
        file.write(b"all")
        file.commit()
    assert list(tmp_path.iterdir()) == [path]
    long = tmp_path / f"{letter * (count + 1)}.mp4"
    for refuse in (check_name, PartFile):
        with pytest.raises(InputError, match=r"cannot hold the name .* bytes") as caught:
            refuse(long)
        assert caught.value.remedy
    assert list(tmp_path.iterdir()) == [path]


def test_long_names_that_begin_alike_have_part_files_of_their_own(tmp_path):
    names = [tmp_path / f"{'n' * 200}{end}.mp4" for end in "ab"]
    with PartFile(names[0]) as first, PartFile(names[1]) as second:
        assert leftovers(names[0]) == [first.part]
        assert leftovers(names[1]) == [second.part]


def test_a_path_that_is_too_long_as_a_whole_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"whole path has 6\d\d\d"):
        PartFile(tmp_path.joinpath(*["n" * 200] * 30) / "film.mp4")


def test_an_output_named_like_a_part_file_of_old_is_no_trouble(tmp_path):
    path = tmp_path / "my.part.mp4"
    with PartFile(path) as unfinished:
        unfinished.write(b"left")
    with PartFile(path) as file:
        file.write(b"all")
        file.commit()
    assert list(tmp_path.iterdir()) == [path]
