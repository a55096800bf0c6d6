"""A face as landmarks: every region where a plain front view has it."""

import numpy as np

from latentsync_studio.imaging.regions import (
    INNER_LIPS,
    JAW_LINE,
    NOSE_BASE,
    OUTER_LIPS,
    UNDER_EYES,
)


def plain_face(center=(64.0, 52.0), eyes=48.0):
    """(478, 3) landmarks; `center` is the middle of the mouth, `eyes` the distance of the eyes.

    In units of `eyes`: lips reach 0.375 sideways and 0.19 up and down, the inner mouth 0.25 and
    0.08; the nose's base lies 0.4 to 0.55 above, the chin 0.71 below.
    """
    points = np.zeros((478, 3), np.float32)
    points[:, :2] = center

    def put(numbers, x, y):
        points[list(numbers), 0] = center[0] + eyes * np.asarray(x)
        points[list(numbers), 1] = center[1] + eyes * np.asarray(y)

    for ring, rx, ry in ((OUTER_LIPS, 0.375, 0.19), (INNER_LIPS, 0.25, 0.083)):
        turn = np.linspace(np.pi, 3 * np.pi, len(ring), endpoint=False)
        put(ring, rx * np.cos(turn), ry * np.sin(turn))
    turn = np.linspace(np.pi, 0, len(JAW_LINE))
    put(JAW_LINE, 0.8 * np.cos(turn), -0.45 + 1.16 * np.sin(turn))
    put(UNDER_EYES, np.linspace(0.75, -0.75, len(UNDER_EYES)), -0.5)
    turn = np.linspace(0, 2 * np.pi, len(NOSE_BASE), endpoint=False)
    put(NOSE_BASE, 0.18 * np.cos(turn), -0.48 + 0.1 * np.sin(turn))
    put((33,), -0.5, -0.67)
    put((263,), 0.5, -0.67)
    return points
