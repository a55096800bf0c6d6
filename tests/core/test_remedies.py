import importlib
import pkgutil
from types import SimpleNamespace
from typing import get_args

import pytest

import latentsync_studio
from latentsync_studio.core.errors import DiskFullError, InputError, MissingFileError, StudioError
from latentsync_studio.core.remedies import REMEDIES, Action, actions_for, code_of

COMING = {"weights-missing", "media-offline", "media-changed"}  # codes of parts that are optional


def all_codes():
    for module in pkgutil.walk_packages(latentsync_studio.__path__, "latentsync_studio."):
        if ".services" in module.name or ".storage" in module.name or ".core" in module.name:
            importlib.import_module(module.name)
    found, kinds = set(), [StudioError]
    while kinds:
        kind = kinds.pop()
        found.add(kind.code)
        kinds += kind.__subclasses__()
    return found | {"bad-output", "output-is-input", "output"}  # of problems, and of the terminal


def test_every_code_in_the_table_is_one_that_an_error_can_have():
    assert set(REMEDIES) - COMING <= all_codes()


def test_every_action_is_known_and_used():
    used = {action for actions in REMEDIES.values() for action in actions}
    assert used <= set(get_args(Action))


@pytest.mark.parametrize(
    ("error", "first"),
    [
        (DiskFullError("full"), "clear-cache"),
        (MissingFileError("gone"), "relink"),
        (ValueError("a bug"), "report-problem"),
    ],
)
def test_a_failure_offers_what_can_end_it(error, first):
    assert actions_for(code_of(error))[0] == first


def test_where_only_the_user_can_help_nothing_is_offered():
    assert actions_for(code_of(InputError("no face"))) == ()
    assert actions_for("of a newer program") == ()


def test_of_several_problems_the_first_says_what_to_do():
    error = InputError("several")
    error.problems = (SimpleNamespace(code="bad-output"), SimpleNamespace(code="disk-full"))
    assert code_of(error) == "bad-output"
