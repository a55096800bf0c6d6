"""Panels that show numbers: quality, speech, light of the picture, timing, and the machine.

Those along the time share its axis with the timeline: same frames, same zoom, same playhead. They
paint themselves, as quickly as the timeline does; the graphs of light and machine are pyqtgraph's,
which is imported when the first of them is looked at.
"""
