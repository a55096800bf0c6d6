"""The timeline: one painted widget with its tools, commands, track headers and a table beside it.

`canvas.py` holds the view state and hands events to `tools/`; `painting/` draws; `commands/` does
what menus and keys ask for. Every change of the project is a function of `core.timeline.edits`,
through the store.
"""
