"""Project files as released programs wrote them, one of each schema; they open for ever.

They are never changed. `python -m tests.golden.make` writes those of a new schema.
"""
