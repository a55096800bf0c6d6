"""States, stages, times and sizes of jobs in words; a sign stands beside every color."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QCoreApplication

from latentsync_studio.core.job_frames import PLAN

if TYPE_CHECKING:
    from latentsync_studio.core.progress_rate import TimeLeft
    from latentsync_studio.services.queue import Job
    from latentsync_studio.ui.jobs.live import Live


class StateWords(NamedTuple):
    """A state: sign, word, and name of its color in the theme."""

    sign: str
    word: str
    color: str


STATES = {  # words and stages are translated in the context "Jobs" when they are shown
    "queued": StateWords("\N{HORIZONTAL ELLIPSIS}", "waiting", "dim_text"),
    "running": StateWords("\N{BLACK RIGHT-POINTING TRIANGLE}", "running", "accent"),
    "stopping": StateWords("\N{BLACK SQUARE}", "stopping", "warning"),
    "paused": StateWords("\N{DOUBLE VERTICAL LINE}", "paused", "warning"),
    "interrupted": StateWords("!", "interrupted", "warning"),
    "failed": StateWords("\N{MULTIPLICATION X}", "failed", "error"),
    "done": StateWords("\N{CHECK MARK}", "done", "good"),
}
_STAGES = {
    PLAN: "Getting ready",
    "analyse": "Looking at faces",
    "speech": "Listening to the speech",
    "synthesize": "Drawing mouths",
    "render": "Writing the movie",
    "export": "Writing the movie",
    "mux": "Joining picture and sound",
    "measure": "Measuring the result",
}
_MIB_PER_GIB = 1024
DOT = "\N{MIDDLE DOT}"  # between two facts


def tr(text: str) -> str:
    """A text of the jobs in the user's language."""
    return QCoreApplication.translate("Jobs", text)


def state_words(state: str) -> StateWords:
    """Sign, word and color of a state."""
    found = STATES.get(state, STATES["queued"])
    return found._replace(word=tr(found.word))


def stage_words(stage: str) -> str:
    """What is being done, for people."""
    return tr(_STAGES[stage]) if stage in _STAGES else stage.replace("-", " ").capitalize()


def clock(seconds: float) -> str:
    """A length of time: "0:07", "2:10", "1:02:10"."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def left_words(left: TimeLeft) -> str:
    """Time left with its spread: "2:10 - 2:40", or one time where both ends read the same."""
    low, high = clock(left.low), clock(left.high)
    return low if low == high else f"{low} - {high}"


def size(mib: float) -> str:
    """Memory: "640 MiB", "1.4 GiB"."""
    return f"{mib / _MIB_PER_GIB:.1f} GiB" if mib >= _MIB_PER_GIB else f"{mib:.0f} MiB"


def live_words(live: Live) -> str:
    """Speed, time left, memory: what is known of them."""
    parts = []
    rate, left = live.rate, live.left
    if rate is not None:
        unit = tr("frames/s") if live.unit == "frames" else tr("times real time")
        parts.append(f"{rate:.1f} {unit}")
    if left is not None:
        parts.append(tr("{0} left").format(left_words(left)))
    elif live.stage:
        parts.append(tr("time left not known yet"))
    parts += [live.note] if live.note else []
    return f" {DOT} ".join(parts)


def memory_words(live: Live) -> str:
    """Memory now and the most that was seen, of the process and on the GPU."""
    if not live.peak_mib:
        return ""
    text = tr("RAM {0}").format(_now_and_peak(live.rss_mib, live.peak_mib))
    if live.gpu_mib is not None:
        peak = live.gpu_peak_mib or live.gpu_mib
        text += f" {DOT} " + tr("GPU {0}").format(_now_and_peak(live.gpu_mib, peak))
    return text


def _now_and_peak(now: float, peak: float) -> str:
    """Both in one unit: "1.4 GiB, peak 1.5"."""
    if peak >= _MIB_PER_GIB:
        return tr("{0:.1f} GiB, peak {1:.1f}").format(now / _MIB_PER_GIB, peak / _MIB_PER_GIB)
    return tr("{0:.0f} MiB, peak {1:.0f}").format(now, peak)


def progress_words(job: Job) -> str:
    """How far a job is that does not run here: its frames, and the stage that it was in."""
    parts = (_frames_words(job.done, job.total), stage_words(job.stage) if job.stage else "")
    return f" {DOT} ".join(part for part in parts if part)


def live_progress_words(live: Live) -> str:
    """The same of the running job; a stage that prepares its frames says how far it is itself."""
    stage = stage_words(live.stage) if live.stage else ""
    if live.stage_total:
        text = tr("{0}, {1} of {2} s") if live.unit == "s" else tr("{0}, {1} of {2}")
        stage = text.format(stage, f"{live.stage_done:,}", f"{live.stage_total:,}")
    parts = (_frames_words(live.done, live.total), stage)
    return f" {DOT} ".join(part for part in parts if part)


def _frames_words(done: int, total: int) -> str:
    return tr("{0} of {1} frames").format(f"{done:,}", f"{total:,}") if total else ""


def title_of(job: Job) -> str:
    """What a job is called; those of the command line have no title and are said to be from it."""
    if job.title:
        return job.title
    name = job.wanted.output.replace("\\", "/").rpartition("/")[2]
    return tr("Command line: {0}").format(f"{job.kind} {name}".strip() or job.id[:8])
