"""Our own files: patch store, job table, presets, projects, paths. Atomic, verified, bounded.

May import core and imaging; knows nothing of engines, media or Qt. Only `paths` imports appdirs.
"""
