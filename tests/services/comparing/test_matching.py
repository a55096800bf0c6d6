"""Which files of several systems are the same clip, and votes in files."""

import pytest

from latentsync_studio.core.comparing.votes import Ballot, BallotId, Vote
from latentsync_studio.core.errors import InputError, MissingFileError
from latentsync_studio.core.timeline.document import to_json
from latentsync_studio.core.timeline.edits.ballots import add_ballots
from latentsync_studio.core.timeline.model import Project
from latentsync_studio.services.comparing.ballots import read_ballots, write_ballots
from latentsync_studio.services.comparing.matching import matched
from latentsync_studio.services.comparing.requests import CompareRequest

BALLOT = Ballot(
    id=BallotId(""), name="é", votes=(Vote(item="a", left="x", right="y", choice="tie"),)
)


@pytest.fixture
def files(tmp_path):
    """Return a function that makes empty files and returns the folder."""

    def made(*names):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.touch()
        return tmp_path

    return made


def test_movies_of_the_same_names_in_folders_are_the_same_clips(files):
    base = files("x/a.mp4", "x/b.mov", "x/c.mp4", "x/notes.txt", "y/a.mkv", "y/b.mp4", "y/d.mp4")
    files("src/a.mp4", "said/a.wav", "said/b.wav")
    request = CompareRequest(
        movies=(base / "x", base / "y"), reference=base / "src", audio=base / "said"
    )
    found = matched(request)
    assert list(found.systems) == ["x", "y"]
    assert [clip.name for clip in found.clips] == ["a", "b"]
    assert found.clips[0].movies == {"x": base / "x" / "a.mp4", "y": base / "y" / "a.mkv"}
    assert found.clips[0].reference == base / "src" / "a.mp4"
    assert found.clips[1].reference is None
    assert found.clips[1].audio == base / "said" / "b.wav"
    assert found.notes == (
        "Left out, as not in all folders: c, d.",
        "There is no reference of b.",
    )


def test_movies_of_one_name_are_told_apart_by_their_folders(files):
    base = files("x/r.mp4", "y/r.mp4", "z/r.mp4")
    found = matched(CompareRequest(movies=(base / "x/r.mp4", base / "y/r.mp4")))
    assert list(found.systems) == ["x/r", "y/r"]
    twice = matched(CompareRequest(movies=(base / "x/r.mp4",) * 2))
    assert list(twice.systems) == ["1: r", "2: r"]
    one = CompareRequest(movies=(base / "x/r.mp4", base / "y/r.mp4"), reference=base / "z/r.mp4")
    assert matched(one).clips[0].reference == base / "z/r.mp4"


@pytest.mark.parametrize(
    ("names", "match"),
    [
        (("x/a.mp4",), "One movie alone"),
        (("x", "y/b.mp4"), "Some of what is compared"),
        (("x", "y"), "No movie of one name"),
        (("x/a.mp4", "nowhere.mp4"), "is not there"),
    ],
)
def test_what_cannot_be_compared_is_told(files, names, match):
    base = files("x/a.mp4", "y/b.mp4", "y/a.txt")
    with pytest.raises((InputError, MissingFileError), match=match) as caught:
        matched(CompareRequest(movies=tuple(base / name for name in names)))
    assert caught.value.remedy


def test_a_folder_beside_single_movies_is_refused(files):
    base = files("x/a.mp4", "y/b.mp4")
    movies = (base / "x/a.mp4", base / "y/b.mp4")
    with pytest.raises(InputError, match="is a folder"):
        matched(CompareRequest(movies=movies, reference=base / "x"))


def test_votes_are_read_from_tables_and_projects(tmp_path):
    table = tmp_path / "votes.csv"
    write_ballots(table, [BALLOT])
    assert read_ballots(table) == (BALLOT,)
    table.write_bytes(table.read_text("utf-8").encode("utf-16"))  # as a spreadsheet saves it
    assert read_ballots(table) == (BALLOT,)
    document = tmp_path / "cut.json"
    document.write_bytes(to_json(add_ballots(Project(), [BALLOT])))
    assert read_ballots(document)[0].votes == BALLOT.votes


def test_what_is_no_table_of_votes_is_told(tmp_path):
    path = tmp_path / "votes.csv"
    with pytest.raises(MissingFileError):
        read_ballots(path)
    path.write_bytes(b"\x89PNG\r\n\xff\xfe")
    with pytest.raises(InputError, match="no text"):
        read_ballots(path)
    with pytest.raises(InputError, match="would be overwritten"):
        write_ballots(path, [BALLOT], inputs=[path])
