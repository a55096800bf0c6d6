"""What is known of the quality of what renders made, and which part of it is the worst."""

from __future__ import annotations

from pathlib import Path

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.services.quality.kept import save_movie
from latentsync_studio.services.quality.of_job import JobQuality, MeasuredPart, quality_of_job
from latentsync_studio.services.queue import JobQueue
from latentsync_studio.services.render import job_id
from latentsync_studio.services.request import RenderRequest
from latentsync_studio.services.timeline.takes import TakeCache
from tests.ui.quality.bench import measured as blurred


def known(job, services):
    return quality_of_job(job, services, TakeCache(services), CallbackProgress())


def test_a_render_is_one_part_judged_by_its_own_limits(services):
    request = RenderRequest(video=Path("/a.mp4"), audio=Path("/a.wav"), output=Path("/o.mp4"))
    job = JobQueue(services).enqueue(request, "Render")
    assert known(job, services) is None
    save_movie(job_id(request), blurred(), services)
    found = known(job, services)
    assert [part.name for part in found.parts] == [""]
    assert {"sharpness", "flicker"} <= {a.measure for a in found.worst.attentions}
    assert found.needy == len(found.worst.attentions)


def test_the_worst_part_is_the_one_with_most_frames_that_need_somebody(services):
    request = RenderRequest(video=Path("/a.mp4"), audio=Path("/a.wav"), output=Path("/o.mp4"))
    job = JobQueue(services).enqueue(request, "Render")
    save_movie(job_id(request), blurred(), services)
    (bad,) = known(job, services).parts
    good = MeasuredPart(name="good", clip=None, quality=bad.quality, at=0, attentions=())
    assert JobQuality(parts=(good, bad)).worst is bad
    assert JobQuality(parts=()).worst is None
