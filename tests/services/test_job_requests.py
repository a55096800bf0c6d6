"""Requests survive as rows of the job table and copies of the project."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.settings.fields import apply
from latentsync_studio.core.settings.pages import RenderSettings
from latentsync_studio.services.job_requests import request_of
from latentsync_studio.services.mask_files import MaskFile
from latentsync_studio.services.queue import JobQueue
from latentsync_studio.services.request import RenderRequest, arguments_of
from latentsync_studio.storage.job_rows import Job
from latentsync_studio.storage.jobs import Wanted
from latentsync_studio.storage.owners import this_process

RENDER = RenderRequest(video=Path("/v.mp4"), audio=Path("/a.wav"), output=Path("/out.mp4"))
TEXT = st.text("a -=:é\udce9", max_size=8)


def job_of(arguments):
    wanted = Wanted(arguments=tuple(arguments), inputs=(), output="")
    return Job(
        id="0123456789", state="queued", created=0, updated=0, owner=this_process(), message="",
        wanted=wanted,
    )  # fmt: skip


@given(
    name=TEXT,
    transcript=st.none() | TEXT,
    frames=st.none() | st.tuples(st.integers(0, 99), st.integers(100, 200)),
    face=st.none() | st.integers(0, 9),
    flags=st.tuples(st.booleans(), st.booleans(), st.booleans()),
    feather=st.floats(0, 64),
)
def test_a_render_is_read_back_from_its_command_line(
    name, transcript, frames, face, flags, feather
):
    settings = apply(
        RenderSettings(),
        {"compose.feather": feather, "governor": flags[2], "length_policy": "loop", "seed": 7},
    )
    asked = replace(
        RENDER,
        video=Path(f"/{name}.mp4"),
        settings=settings,
        transcript=transcript,
        language="de" if transcript is not None else "en-us",
        frames=None if frames is None else FrameRange(*frames),
        face=face,
        fresh=flags[0],
        measure=flags[1],
    )
    assert request_of(job_of(arguments_of(asked))) == asked


@pytest.mark.parametrize("space", ["auto", "face", "frame"])
def test_the_masks_of_a_render_are_read_back(space):
    roles = (("/a.png", "include"), ("/b.png", "include"), ("/hand.png", "protect"))
    masks = tuple(MaskFile(path=Path(p), role=role, space=space) for p, role in roles)
    asked = replace(RENDER, masks=masks)
    assert request_of(job_of(arguments_of(asked))) == asked


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("dub", "/a"),
        ("render", "/v.mp4", "-o", "/o.mp4", "--engine", "x"),
        ("render", "/v.mp4", "/a.wav", "-o"),
        ("render", "/v.mp4", "/a.wav", "--engine", "x"),
        ("render", "/v", "/a", "-o", "/o", "--engine", "x", "--set", "compose.lips=9"),
        ("render", "/v", "/a", "-o", "/o", "--engine", "x", "--set", "nothing"),
        ("render", "/v", "/a", "-o", "/o", "--engine", "x", "--mask-space", "moon"),
        ("render", "/v", "/a", "-o", "/o", "-o", "/p", "--engine", "x"),
    ],
)
def test_a_job_that_cannot_be_read_says_what_to_do(arguments):
    with pytest.raises(InputError) as caught:
        request_of(job_of(arguments))
    assert caught.value.remedy


def test_the_same_request_is_the_same_job(services):
    queue = JobQueue(services)
    first = queue.enqueue(RENDER, "One")
    again = queue.enqueue(RENDER, "Two")
    other = queue.enqueue(replace(RENDER, face=1), "Three")
    assert (first.id, again.title) == (again.id, "One")
    assert [job.id for job in queue.jobs()] == [first.id, other.id]
    assert queue.request(again) == RENDER
