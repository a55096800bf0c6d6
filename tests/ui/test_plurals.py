"""Counted things are named in the singular or the plural."""

import pytest
from PySide6.QtCore import QCoreApplication

from latentsync_studio.ui.plurals import EnglishPlurals


@pytest.fixture
def english(qapp):
    translator = EnglishPlurals()
    qapp.installTranslator(translator)
    yield
    qapp.removeTranslator(translator)


@pytest.mark.parametrize(("n", "text"), [(0, "0 clips"), (1, "1 clip"), (2, "2 clips")])
def test_a_number_chooses_singular_or_plural(english, n, text):
    assert QCoreApplication.translate("Any", "%n clip(s)", "", n) == text


def test_texts_without_a_number_stay_as_they_are(english):
    assert QCoreApplication.translate("Any", "Open clip(s)...") == "Open clip(s)..."
    assert QCoreApplication.translate("Any", "%n of all", "", 3) == "3 of all"
