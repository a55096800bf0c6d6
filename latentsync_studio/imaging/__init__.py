"""Arrays in, arrays out, with OpenCV: color, warp, blend, regions, quality measures.

May import core, numpy and cv2; no files, no torch, no Qt.
"""
