"""Faces as numbers: landmarks, tracks with an identity, pose, smoothing, reason codes."""
