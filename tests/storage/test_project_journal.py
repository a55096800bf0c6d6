"""What a journal keeps, how large it gets, and what of a damaged one still counts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.timeline.document import from_json, to_json
from latentsync_studio.core.timeline.edits.media import set_settings
from latentsync_studio.core.timeline.model import MediaId, MediaItem, Project
from latentsync_studio.storage.project import digest_of
from latentsync_studio.storage.project_journal import MAX_DELTAS, Journal, replay

SAVED = Project()
DOCUMENT = to_json(SAVED)
DIGEST = digest_of(DOCUMENT)


def state(n):
    return set_settings(SAVED, replace(SAVED.settings, seed=n))


def written(journal, entries, project, edits=1):
    entry = journal.next_entry(project, edits)
    if entry.kind == "full":
        entries.clear()
    entries.append(entry)
    journal.written(entry, project)


@pytest.fixture
def journal():
    return Journal(DIGEST, SAVED, len(DOCUMENT))


def test_it_leads_to_the_newest_state_and_counts_all_edits(journal):
    entries = []
    for n in range(1, 2 * MAX_DELTAS + 50):
        written(journal, entries, state(n), edits=2)
    found = replay(DOCUMENT, DIGEST, entries)
    assert from_json(found.json) == state(n)
    assert found.edits == journal.edits == 2 * n
    assert found.time == entries[-1].time
    assert found.lost == 0


def test_it_never_outgrows_the_document_by_much():
    many = replace(
        SAVED,
        next_id=5001,
        media=tuple(MediaItem(id=MediaId(f"m{n}"), name="n", path="/p") for n in range(5000)),
    )
    document = to_json(many)
    journal, entries, largest = Journal(digest_of(document), many, len(document)), [], 0
    for n in range(40):  # edits that touch everything
        many = replace(many, media=tuple(replace(item, name=str(n)) for item in many.media))
        written(journal, entries, many)
        largest = max(largest, sum(len(entry.data) for entry in entries))
    assert largest < 3.5 * len(document)
    assert from_json(replay(document, digest_of(document), entries).json) == many


def test_an_entry_that_was_not_written_changes_nothing(journal):
    entries = []
    written(journal, entries, state(1))
    journal.next_entry(state(2), 1)  # the disk was full
    written(journal, entries, state(3), edits=2)
    found = replay(DOCUMENT, DIGEST, entries)
    assert from_json(found.json) == state(3)
    assert found.edits == 3


def test_after_a_recovery_the_next_entry_is_full_and_alone(journal):
    journal.resume(7)
    entries = []
    written(journal, entries, state(1))
    assert entries[0].kind == "full"
    assert replay(DOCUMENT, DIGEST, entries).edits == 8


@given(at=st.integers(0, 9), junk=st.binary(min_size=1, max_size=9), full=st.booleans())
@settings(max_examples=40, deadline=None)
def test_damage_ends_the_journal_there(at, junk, full):
    journal, entries = Journal(DIGEST, None if full else SAVED, len(DOCUMENT)), []
    for n in range(1, 11):
        written(journal, entries, state(n))
    entries[at] = entries[at]._replace(data=entries[at].data + junk)
    found = replay(DOCUMENT, DIGEST, entries)
    assert found.lost == 10 - at
    assert found.json is None if at == 0 else from_json(found.json) == state(at)


def test_entries_of_another_document_do_not_count(journal):
    entries = []
    written(journal, entries, state(1))
    other = to_json(state(9))
    assert replay(other, digest_of(other), entries).json is None
    assert replay(DOCUMENT, DIGEST, entries[1:]).json is None


def test_a_missing_entry_ends_the_journal(journal):
    entries = []
    for n in range(1, 6):
        written(journal, entries, state(n))
    found = replay(DOCUMENT, DIGEST, [*entries[:2], *entries[3:]])
    assert from_json(found.json) == state(2)
    assert found.lost == 2


@pytest.mark.parametrize("full", [True, False])
def test_text_that_no_file_can_hold_is_told(full):
    bad = replace(
        SAVED, next_id=2, media=(MediaItem(id=MediaId("m1"), name="\udcff.mp4", path="/x"),)
    )
    journal = Journal(DIGEST, None if full else SAVED, len(DOCUMENT))
    with pytest.raises(InputError, match="no Unicode") as caught:
        journal.next_entry(bad, 1)
    assert caught.value.remedy
