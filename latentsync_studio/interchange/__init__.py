"""Cuts of other editing programs: read from and written to their files.

One neutral model of a cut (`cut.py`) stands between the formats, each of which has a folder of its
own with a writer, a reader or both. Writers never touch the disk: they return bytes, and sentences
on what a format cannot hold. Readers take bytes and trust nothing in them. `formats.py` lists what
there is, light to import.
"""
