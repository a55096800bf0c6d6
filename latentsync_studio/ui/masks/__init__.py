"""Painting masks: the panel with the layers of a clip, and the tools that draw in the viewer.

    mouse, tablet -> stage -> gesture of the tool -> dabs -> coverage -> what is drawn (work.py)
                                                                      -> dirty part of the overlay
    release -> off the GUI thread: tiles of the layer, stored -> one undo step -> result repainted

`controller.py` knows the clip and the layer; `stage.py` the viewer's canvas; the rest draws.
"""
