"""Contact sheets: titles, names and labels beside the pictures, in any language."""

import numpy as np

from latentsync_studio.services.contact_sheet import BACKGROUND, TITLE, Row, sheet


def row(title):
    return Row("redrawn", [np.full((40, 60, 3), 200, np.uint8)] * 3, ["1", "2", "3"], title)


def test_a_title_stands_above_its_row_and_is_shortened_to_fit():
    plain, titled = sheet([row("")]), sheet([row("Frau Müller 日本")])
    assert titled.shape[0] == plain.shape[0] + TITLE
    assert titled[:TITLE].max() > 2 * BACKGROUND
    np.testing.assert_array_equal(titled[TITLE:], plain)
    long = sheet([row("x" * 400)])[:TITLE]
    assert long.shape[1] == plain.shape[1]
    assert long[:, -4:].max() == BACKGROUND


def test_letters_of_other_languages_are_not_question_marks():
    first, second = (sheet([row(text)])[:TITLE] for text in ("日本", "Ünü"))
    assert not np.array_equal(first, sheet([row("??")])[:TITLE])
    assert not np.array_equal(first, second)
