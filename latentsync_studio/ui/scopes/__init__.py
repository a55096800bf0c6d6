"""Panels that show numbers: quality, speech, light of the picture, timing, and the machine.

Those along the time share its axis with the timeline: same frames, same zoom, same playhead. Their
graphs use pyqtgraph, which is imported when the first of them is looked at.
"""
