"""A file that is no whole file of weights is told by its first and last bytes."""

import json
from pathlib import Path

import pytest

from latentsync_studio.storage.weights.headers import (
    DamagedWeightsError,
    check_weights,
    read_config,
)
from tests.storage.weights.weight_stubs import safetensors, saved


def test_whole_files_pass(tmp_path):
    check_weights(safetensors(tmp_path / "größe 1.safetensors", 5_000))
    check_weights(saved(tmp_path / "model.bin"))
    (tmp_path / "old.pt").write_bytes(b"\x80\x02" + bytes(50))  # before torch 1.6
    check_weights(tmp_path / "old.pt")


def test_a_file_that_is_cut_off_anywhere_is_told_with_both_sizes(tmp_path):
    whole = safetensors(tmp_path / "a.safetensors", 400).read_bytes()
    cut = tmp_path / "cut.safetensors"
    for size in (0, 7, 8, 100, 136, 399):
        cut.write_bytes(whole[:size])
        with pytest.raises(DamagedWeightsError):
            check_weights(cut)
    with pytest.raises(DamagedWeightsError, match=r"cut off after 399 of 400 bytes"):
        check_weights(cut)
    cut.write_bytes(whole + b"0")
    with pytest.raises(DamagedWeightsError, match=r"401 bytes; its header speaks of 400"):
        check_weights(cut)


def test_an_archive_that_is_cut_off_is_told(tmp_path):
    path = saved(tmp_path / "tiny.pt", 4_000)
    path.write_bytes(path.read_bytes()[:3_000])
    with pytest.raises(DamagedWeightsError, match="cut off after 3,000 bytes"):
        check_weights(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "pointer of Git LFS"),
        (b"\n <!DOCTYPE html><html>", "a web page"),
        (b"Not Found", "no file that PyTorch saved"),
        (b"", "no file that PyTorch saved"),
    ],
)
def test_what_a_failed_download_leaves_is_named(tmp_path, content, reason):
    (tmp_path / "tiny.pt").write_bytes(content)
    with pytest.raises(DamagedWeightsError, match=reason):
        check_weights(tmp_path / "tiny.pt")


@pytest.mark.parametrize(
    "header",
    [b"[]", b"{", b'{"w": 3}', b'{"w": {"data_offsets": ["a", "b"]}}', b'{"w": {}}', b"\xff\xff"],
)
def test_a_header_of_something_else_is_no_safetensors(tmp_path, header):
    path = tmp_path / "a.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(DamagedWeightsError, match="no safetensors"):
        check_weights(path)


def test_a_header_that_claims_to_be_huge_is_not_read(tmp_path):
    path = tmp_path / "a.safetensors"
    path.write_bytes((10**12).to_bytes(8, "little") + bytes(100))
    with pytest.raises(DamagedWeightsError, match="no safetensors"):
        check_weights(path)


def test_a_missing_file_and_a_folder_are_told_in_words(tmp_path):
    for path in (tmp_path, tmp_path / "none.pt"):
        with pytest.raises(DamagedWeightsError, match="cannot be read"):
            check_weights(path)


@pytest.mark.parametrize("text", ["", "{", "3", '"a"', "[" * 100_000])
def test_a_config_that_is_no_object_is_refused(tmp_path, text):
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(DamagedWeightsError):
        read_config(tmp_path / "config.json")


def test_a_config_is_read_and_a_huge_one_is_not(tmp_path: Path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"resolution": 512}))
    assert read_config(path) == {"resolution": 512}
    path.write_bytes(b"{" + b" " * 2_000_000 + b"}")
    with pytest.raises(DamagedWeightsError):
        read_config(path)
