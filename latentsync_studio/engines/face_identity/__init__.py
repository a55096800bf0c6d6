"""Whether two pictures show the same person: OpenCV's recognizer with SFace, which users bring.

It only measures, and it compares faces of one project with each other, never with any list.
"""
