"""Measures results: while they are composed, in the editor, and in any two files."""
