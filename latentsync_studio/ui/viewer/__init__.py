"""The viewer: the picture under the playhead, the transport with sound, ways to compare.

`playback.py` is the controller: it drives the playhead by the sound that is heard and asks the
thread of pictures (`ui.workers.frames`) for frames; `canvas.py` paints what comes back. Sizes,
views, speeds and the words of the readout are pure functions beside them.
"""
