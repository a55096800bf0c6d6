"""A real clip with foreign speech: drawn, followed, local to the mouth."""

import numpy as np
import pytest

from latentsync_studio.core.engine import Take
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.settings.pages import MouthBankSettings
from latentsync_studio.engines.mouthbank.engine import MouthBank
from latentsync_studio.engines.speech_shapes.network import speech_shapes
from latentsync_studio.media.audio import read_mono
from latentsync_studio.media.reader import FrameReader
from latentsync_studio.services.analyse import analyse_faces
from latentsync_studio.storage.store import Store

FRAMES = 48


@pytest.mark.slow
def test_a_real_mouth_follows_the_plan(shared_clips, tmp_path):
    from latentsync_studio.core.face.landmarks import aperture
    from latentsync_studio.core.picture import Box
    from latentsync_studio.engines.face_mesh.mesh import FaceMesh, roi_from_landmarks
    from latentsync_studio.imaging.pixels import window_rgb, with_delta

    engine = MouthBank()
    progress = CallbackProgress()
    with FrameReader(shared_clips / "talker3.mp4") as reader:
        found = analyse_faces(
            reader, "talker3", Store(tmp_path, 1 << 30), progress, [("bank", engine.collector())]
        )
        pictures = list(reader.frames(0, FRAMES))
    face = found.analysis.tracks[0]
    pcm = read_mono(shared_clips / "speech1.wav")
    count = len(face.present)
    take = Take(
        width=found.analysis.width,
        height=found.analysis.height,
        rate=25.0,
        face=face,
        raw_ids=found.raw_ids[0],
        source=np.arange(count, dtype=np.int32),
        seconds=(np.arange(count) + 0.5) / 25,
        pcm=pcm,
        shapes=speech_shapes(pcm),
        kept=found.kept["bank"],
        settings=MouthBankSettings(),
        seed=0,
    )
    session = engine.open(take, progress)
    mesh = FaceMesh()
    measured, wanted = [], []
    for patch in session.synthesize(FrameRange(0, FRAMES), pictures, progress):
        shown = pictures[patch.frame]
        x, y = patch.transform[:, 2].astype(int)
        height, width = patch.alpha.shape
        box = Box(x0=x, y0=y, x1=x + width, y1=y + height)
        change = patch.pixels.astype(np.float32) - window_rgb(shown, box)
        drawn = with_delta(shown, box, change * (patch.alpha[..., None] / np.float32(255)))
        answer = mesh.measure(drawn, roi_from_landmarks(face.landmarks[patch.frame]))
        measured.append(float(aperture(answer.landmarks)))
        wanted.append(session.planned_aperture(patch.frame))
    assert np.corrcoef(measured, wanted)[0, 1] > 0.85
