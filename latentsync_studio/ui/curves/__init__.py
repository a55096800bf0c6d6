"""Keyframes: the editor of curves, diamonds beside the inspector's sliders, keys on the timeline.

`model.py` tells which curves a clip has or can have and edits them; the widgets show it.
"""
