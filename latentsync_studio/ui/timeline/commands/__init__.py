"""What menus and keys do on the timeline, a class for each group of the table of commands.

Each binds its names at once; the edits are those of `core.timeline.edits`.
"""
