"""Clip and speech in, lip-synced movie out: the main job, resumable at any moment.

    validate -> analyse -> plan -> (decode -> draw or reuse -> compose -> encode) -> mux

Run the same request again after any interruption: what verifies in the store is not made again.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from latentsync_studio.core.errors import (
    Cancelled,
    DiskFullError,
    StorageError,
    StudioError,
    to_studio_error,
)
from latentsync_studio.core.remedies import code_of
from latentsync_studio.core.render.keys import cache_key
from latentsync_studio.media.output import write_output
from latentsync_studio.media.probe import probe
from latentsync_studio.services.clip_pieces import ClipPieces, SegmentInputs
from latentsync_studio.services.delivery.alongside import (
    audio_plan,
    end_of_pictures,
    facts_of,
)
from latentsync_studio.services.disk_room import estimate_room
from latentsync_studio.services.look import LookPlan
from latentsync_studio.services.mask_files import FileMasks
from latentsync_studio.services.paintings import Paintings
from latentsync_studio.services.pipeline import Pipeline
from latentsync_studio.services.prepare import prepared
from latentsync_studio.services.quality.kept import save_movie
from latentsync_studio.services.quality.meter import FrameMeter
from latentsync_studio.services.report import Tally, make_report, measured_quality
from latentsync_studio.services.request import arguments_of
from latentsync_studio.services.validate import require_valid
from latentsync_studio.services.windows import Drawing, WindowCounts, WindowStore
from latentsync_studio.storage.jobs import JobBusyError, Wanted
from latentsync_studio.storage.sizes import size_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.services.fleet import Fleet
    from latentsync_studio.services.prepare import Prepared
    from latentsync_studio.services.request import RenderReport, RenderRequest
    from latentsync_studio.services.segments import SegmentStore
    from latentsync_studio.services.wiring import Services


def render(request: RenderRequest, services: Services, progress: Progress) -> RenderReport:
    """Do the whole job and tell what was done.

    Raises ValidationError with every problem found before work begins, Cancelled when stopped
    (resumable), DiskFullError (resumable) and other StudioErrors.
    """
    require_valid(request, services)
    job = _begun(request, services)
    mine = replace(services, store=services.store.owned_by(job))
    try:
        report = _rendered(request, mine, progress, job)
    except Cancelled:
        services.jobs.interrupt(job)
        raise
    except BaseException as error:
        with suppress(StudioError):  # the disk of the job table may be the one that is full
            known = to_studio_error(error)
            services.jobs.fail(job, str(known), code=code_of(known), remedy=known.remedy)
        if isinstance(error, DiskFullError):
            raise _with_the_rest(error, request, services) from error
        raise
    with suppress(StorageError, DiskFullError):
        services.jobs.finish(job)
    with suppress(StorageError):  # pins of a finished job also end by themselves
        services.store.unpin(job)
    return report


def _with_the_rest(
    error: DiskFullError, request: RenderRequest, services: Services
) -> DiskFullError:
    """The same error with what the whole render still needs, not only the write that failed."""
    needed = estimate_room(probe(request.video))
    rest = max(needed.store - services.store.info().bytes, 0) + needed.output
    return DiskFullError(
        f"{error} About {size_text(rest)} more are needed to finish.", remedy=error.remedy
    )


def _begun(request: RenderRequest, services: Services) -> str:
    """Enter the job; a second process with the same request gets an entry of its own.

    They share the store, where the same key always holds the same bytes.
    """
    wanted = Wanted(
        arguments=arguments_of(request),
        inputs=(str(request.video.absolute()), str(request.audio.absolute())),
        output=str(request.output.absolute()),
    )
    job = job_id(request)
    try:
        services.jobs.begin(job, wanted)
    except JobBusyError:
        job = f"{job}-{os.getpid()}"
        services.jobs.begin(job, wanted)
    return job


def job_id(request: RenderRequest) -> str:
    """Stable name of a request: the same command gives the same job."""
    return cache_key("job", arguments=arguments_of(request))[:16]


def _rendered(
    request: RenderRequest, services: Services, progress: Progress, job: str
) -> RenderReport:
    started = time.monotonic()
    with prepared(request, services, progress) as ready:
        meter = FrameMeter.for_rate(ready.rate) if request.measure and ready.session else None
        windows = window_store(ready, services)
        if windows is not None and ready.segments:
            windows.plan(ready.segments[0].windows)  # before the reader is asked for
        pieces = ClipPieces(ready.reader, _inputs(request, ready), windows, meter)
        mark = cache_key("fresh", job=job)
        if request.fresh and not services.store.has(mark):
            pieces.forget(ready.segments, services.store)
            services.store.put(mark, "mark", b"")  # what is stored from here on is fresh
        kept = pieces.store(services.store)
        at_once = ready.session.at_once() if ready.session is not None else 1
        budget = services.budget.for_windows(at_once)
        pipeline = Pipeline(pieces, kept, ready.segments, progress, budget)
        tally = Tally()
        with _helped(request, ready, windows, kept, services) as fleet:
            losses = write_output(
                request.output,
                ready.target,
                tally.counted(pipeline.run()),
                audio_plan(request, ready.length, ready.frames),
                facts_of(ready.reader.facts, ready.length, ready.frames),
                end_pts=end_of_pictures(ready.length, ready.frames),
            )
        tally.elsewhere = () if fleet is None else fleet.ran
        with suppress(StorageError):  # the movie is complete; tidying up must not deny it
            services.store.remove([mark])
        tally.quality = measured_quality(ready, tally)
        if tally.quality is not None:
            with suppress(StorageError):  # as above
                save_movie(job_id(request), tally.quality, services)
        return make_report(
            request,
            ready,
            tally,
            windows.counts if windows is not None else WindowCounts(),
            seconds=time.monotonic() - started,
            losses=losses,
        )


@contextmanager
def _helped(
    request: RenderRequest,
    ready: Prepared,
    windows: WindowStore | None,
    kept: SegmentStore,
    services: Services,
) -> Iterator[Fleet | None]:
    """Where there are several devices, let each draw its share of what is missing."""
    if len(request.devices) < 2 or windows is None:
        yield None
        return
    from latentsync_studio.services.fleet import Fleet, dealt, shares_of

    wanted = {w for each in ready.segments if not kept.is_stored(each) for w in each.windows}
    missing = [window for window in sorted(wanted) if not windows.is_stored(window)]
    shares = shares_of(
        arguments_of(request), dealt([[window] for window in missing], request.devices), services
    )
    with Fleet(shares, services.store.root) as fleet:
        windows.fleet = fleet
        yield fleet


def window_store(ready: Prepared, services: Services) -> WindowStore | None:
    """Where the windows of a render come from; None where nothing is drawn."""
    if ready.session is None:
        return None
    drawing = Drawing(
        session=ready.session,
        spec=ready.spec,
        media_digest=ready.media_digest,
        source=ready.length.source,
    )
    return WindowStore(drawing, services.store)


def _look(request: RenderRequest, size: tuple[int, int]) -> LookPlan:
    """The look of the whole clip; its masks are files."""
    paintings, masks = Paintings(), FileMasks.load(request.masks, size)
    paintings.attach(masks)
    return LookPlan(compose=request.settings.compose, masks=masks.layers, paintings=paintings)


def _inputs(request: RenderRequest, ready: Prepared) -> SegmentInputs:
    return SegmentInputs(
        pts=ready.length.pts,
        origin=int(ready.length.pts[ready.frames.start]),
        media_digest=ready.media_digest,
        source=ready.length.source,
        face=ready.face,
        face_key=ready.face_key,
        look=_look(request, (ready.reader.video.width, ready.reader.video.height)),
        target=ready.target,
    )
