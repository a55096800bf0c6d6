"""The open project: opening, saving, autosave, recovery, closing, and the page shown before any.

`controller.py` is what other parts talk to. Every touch of the disk happens on one thread of its
own, in order; questions are dialogs that are opened and answered by a signal, never waited for.
"""
