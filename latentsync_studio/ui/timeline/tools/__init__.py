"""Tools of the timeline: a tool turns a press into a drag; a drag follows the mouse to its end.

Drags change the project through one gesture of the store each, and tell what they do through the
canvas' feedback. Nothing here paints.
"""
