"""PyAV is imported whole before its parts, so that threads that need it at once get the same."""

from __future__ import annotations

import ast
from pathlib import Path

import latentsync_studio

ROOT = Path(latentsync_studio.__file__).parent


def imports_in(body):
    """Names that a block imports at run time, from top to bottom, without inner blocks."""
    for line in body:
        if isinstance(line, ast.Import):
            yield from (alias.name for alias in line.names)
        elif isinstance(line, ast.ImportFrom):
            yield line.module or ""


def blocks_of(tree):
    yield tree.body
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.body


def is_safe(names):
    parts = [name for name in names if name == "av" or name.startswith("av.")]
    return not parts or parts[0] == "av"


def test_no_part_of_pyav_is_imported_before_all_of_it():
    found = [
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*.py")
        if " av" in (text := path.read_text(encoding="utf-8"))
        for block in blocks_of(ast.parse(text))
        if not is_safe(list(imports_in(block)))
    ]
    assert found == []
