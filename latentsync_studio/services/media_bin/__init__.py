"""The media bin: importing and finding files, their pictures and sound at a glance, proxies.

Modules here import decoders and numeric libraries only inside the functions that need them, so that
a window can hold their objects without loading PyAV or OpenCV.
"""
