"""AI models behind the protocols of `core.engine`: one folder each, lazy, unknown to each other.

`catalog.py` maps a stable id to "module:Class". May import core, imaging and their own libraries.
"""
