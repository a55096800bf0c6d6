"""A job is as far as the frames that it is for, whatever its stages count."""

from latentsync_studio.core.job_frames import PLAN, JobFrames


def numbers(frames):
    return frames.done, frames.total


def test_looking_at_faces_moves_nothing_of_the_job():
    frames = JobFrames()
    assert not frames.take("analyse", 30, 45)
    assert numbers(frames) == (0, 0)
    assert not frames.take(PLAN, 0, 125)
    assert not frames.take("analyse", 125, 125)
    assert numbers(frames) == (0, 125)
    assert frames.take("render", 16, 125)
    frames.take("speech", 9, 9)
    assert numbers(frames) == (16, 125)


def test_a_run_that_goes_on_keeps_what_was_done_until_it_counts_itself():
    frames = JobFrames(60, 125)
    frames.take(PLAN, 0, 125)
    frames.take("render", 0, 125)
    assert numbers(frames) == (60, 125)
    frames.take("render", 16, 125)
    assert numbers(frames) == (16, 125)


def test_a_finished_run_or_another_number_of_frames_begins_anew():
    assert numbers(JobFrames(125, 125)) == (0, 0)
    frames = JobFrames(60, 125)
    frames.take(PLAN, 0, 100)
    assert numbers(frames) == (0, 100)
