"""What a project is and what an edit does: pure values and functions, no files, no toolkits.

May import the standard library, numpy and msgspec; nothing else of this program.
"""
