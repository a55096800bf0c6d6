"""Paths and URLs: every spelling of every system means the file that it names."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentsync_studio.interchange.url import base_name, is_absolute, parts_of, path_of, reference

NAMES = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters='/\\:*?"<>|'),
    min_size=1,
    max_size=12,
).filter(lambda name: name.strip() == name and name not in {".", ".."})


@given(st.lists(NAMES, min_size=1, max_size=3), st.sampled_from(["/", "D:/", "//server/share/"]))
def test_any_path_comes_back_from_every_spelling(names, root):
    path = root + "/".join(names)
    for style in ("url", "localhost", "path"):
        assert path_of(reference(path, style)) == path


@pytest.mark.parametrize(
    ("path", "url", "localhost"),
    [
        ("/a/b c#1%.mov", "file:///a/b%20c%231%25.mov", "file://localhost/a/b%20c%231%25.mov"),
        ("D:\\a\\é.mov", "file:///D:/a/%C3%A9.mov", "file://localhost/D%3a/a/%C3%A9.mov"),
        ("\\\\srv\\sh are\\日本.mov", *["file://srv/sh%20are/%E6%97%A5%E6%9C%AC.mov"] * 2),
        ("a/b c.mov", "a/b%20c.mov", "a/b%20c.mov"),
        ("", "", ""),
    ],
)
def test_places_are_spelled_as_programs_spell_them(path, url, localhost):
    assert reference(path, "url") == url
    assert reference(path, "localhost") == localhost


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file://localhostC:\\a\\b.mov", "C:/a/b.mov"),
        ("file://D:/x y.mov", "D:/x y.mov"),
        ("file:D:/a", "D:/a"),
        ("file:/a/b", "/a/b"),
        ("FILE:///D%3A/x", "D:/x"),
        ("file://127.0.0.1/a", "/a"),
        ("file:////srv/share/a", "//srv/share/a"),
        ("/plain/100%.mov", "/plain/100%.mov"),
        ("S:\\path\\x.exr", "S:\\path\\x.exr"),
        ("http://example.org/a.mov", ""),
        ("smb://srv/a.mov", ""),
        ("file:///a%00b", ""),
        ("a\nb", ""),
        ("  ", ""),
    ],
)
def test_what_programs_write_is_understood(url, path):
    assert path_of(url) == path


def test_two_spellings_of_a_letter_stay_two_files():
    composed, apart = (f"/m/{unicodedata.normalize(form, 'é')}.mov" for form in ("NFC", "NFD"))
    assert path_of(reference(apart, "url")) == apart
    assert path_of(reference(composed, "url")) == composed


def test_names_that_are_no_unicode_can_be_written():
    assert reference("/m/\udce9.mov", "url") == "file:///m/%E9.mov"


@pytest.mark.parametrize(
    ("path", "folder", "expected"),
    [
        ("/work/media/a b.mov", "/work/edit", "../media/a%20b.mov"),
        ("D:\\work\\media\\a.mov", "D:\\work\\edit", "../media/a.mov"),
        ("E:\\a.mov", "D:\\work", "file:///E:/a.mov"),
        ("/a.mov", "D:\\work", "file:///a.mov"),
    ],
)
def test_media_are_named_from_a_folder_where_there_is_a_way(path, folder, expected):
    assert reference(path, "url", folder) == expected


def test_parts_and_names_of_paths_of_any_system():
    assert base_name("S:\\a\\b.mov") == "b.mov"
    assert base_name("/a/b\\c.mov") == "b\\c.mov"
    assert base_name("//srv/share/x.mov") == "x.mov"
    assert parts_of("D:\\a\\..\\b.mov") == ("a", "b.mov")
    assert parts_of("/../etc/./x") == ("etc", "x")
    assert is_absolute("\\\\srv\\a")
    assert not is_absolute("a/b")
