import pytest

from latentsync_studio.core.errors import StorageError
from latentsync_studio.media.part_file import PartFile, part_name


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
    assert not part_name(path).exists()


def test_without_a_commit_the_part_file_stays_and_the_next_run_replaces_it(tmp_path):
    path = tmp_path / "film.mp4"
    with PartFile(path) as file:
        file.write(b"a long part")
    assert not path.exists()
    assert (tmp_path / "film.part.mp4").read_bytes() == b"a long part"
    with PartFile(path) as file:
        file.write(b"short")
        file.commit()
    assert path.read_bytes() == b"short"


def test_two_writers_of_one_output_never_mix(tmp_path):
    path = tmp_path / "film.mp4"
    with PartFile(path) as first, PartFile(path) as second:
        first.write(b"first")
        second.write(b"second")
        with pytest.raises(StorageError, match="another program"):
            first.commit()
        second.commit()
    assert path.read_bytes() == b"second"


def test_a_part_name_that_is_taken_by_a_folder_is_told(tmp_path):
    path = tmp_path / "film.mp4"
    part_name(path).mkdir()
    with pytest.raises(StorageError, match="cannot be written") as caught:
        PartFile(path)
    assert caught.value.remedy


def test_an_output_that_became_a_folder_keeps_the_part_file(tmp_path):
    path = tmp_path / "film.mp4"
    with PartFile(path) as file:
        file.write(b"all")
        path.mkdir()
        with pytest.raises(StorageError, match=r"film\.part\.mp4"):
            file.commit()
    assert part_name(path).read_bytes() == b"all"
