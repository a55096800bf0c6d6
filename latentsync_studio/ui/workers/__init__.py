"""Every thread of the window: a pool for short work, one QThread for jobs, one for pictures.

Workers are connected only to methods of controllers that live in the GUI thread, which re-emit.
What goes between threads is frozen and holds no QObject.
"""
