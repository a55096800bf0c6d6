"""Face detection (BlazeFace) and the 478-point face mesh, run by OpenCV's dnn module."""
