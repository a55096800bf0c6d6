"""Requests as jobs keep them: a command line, and for the editor's a copy of the project.

    RenderRequest     render VIDEO AUDIO -o OUT ...
    SynthesisRequest  synthesize PROJECT --sequence S [--clip C]... [--range A:B]
    MovieRequest      export PROJECT -o OUT --sequence S [--range A:B]
    ClipMovieRequest  export-clip PROJECT -o OUT --sequence S --clip C --part P ...
    PackageRequest    package PROJECT -o OUT --sequence S [--clip C]... [--format F]... ...

They read like lines of the terminal; here each is read back to the very request.
"""

from __future__ import annotations

from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from latentsync_studio.core.errors import InputError, InvalidSettingError, StorageError
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.render.keys import cache_key
from latentsync_studio.core.settings.fields import apply, describe, value_of
from latentsync_studio.core.settings.pages import EncodeSettings, RenderSettings
from latentsync_studio.core.timeline.document import from_json, to_json
from latentsync_studio.services.mask_files import MaskFile, MaskSpace
from latentsync_studio.services.mask_tiles import tiles_in
from latentsync_studio.services.request import place_words
from latentsync_studio.storage.jobs import Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from latentsync_studio.core.mask.layer import LayerRole
    from latentsync_studio.core.timeline.model import Project
    from latentsync_studio.services.delivery.requests import ClipMovieRequest, PackageRequest
    from latentsync_studio.services.paintings import Paintings
    from latentsync_studio.services.request import RenderRequest
    from latentsync_studio.services.timeline.movie import MovieRequest
    from latentsync_studio.services.timeline.synthesize import SynthesisRequest
    from latentsync_studio.storage.jobs import Job, JobTable

    OfProject: TypeAlias = SynthesisRequest | MovieRequest | ClipMovieRequest | PackageRequest
    Request: TypeAlias = OfProject | RenderRequest

_FLAGS: Final = frozenset({"--fresh", "--no-measure", "--no-reference", "--copy-media", "--mattes"})
_MANY: Final = frozenset(
    {
        "--set", "--mask", "--protect", "--clip", "--part", "--format", "--layer-set", "--clip-set",
    }
)  # fmt: skip
_REMEDY: Final = "Remove the job and start it anew from the project."


def enter(
    request: Request, title: str, jobs: JobTable, paintings: Paintings, instead_of: str = ""
) -> Job:
    """Put a request into the queue; a title that another job has already gets a number.

    Args:
        request: what.
        title: for people; may be empty.
        jobs: where.
        paintings: where the tiles of its masks are, which the job keeps.
        instead_of: id of a job that this one replaces, whose title is free therefore.

    Raises JobBusyError, StorageError or DiskFullError, InputError where a tile is missing.
    """
    from latentsync_studio.services.render import job_id
    from latentsync_studio.services.request import RenderRequest, arguments_of

    if isinstance(request, RenderRequest):
        wanted = Wanted(
            arguments=arguments_of(request),
            inputs=(str(request.video.absolute()), str(request.audio.absolute())),
            output=str(request.output.absolute()),
        )
        identity = job_id(request)
        return jobs.add(identity, wanted, _told_apart(title, jobs, {identity, instead_of}))
    document = to_json(request.project)
    words = _words_of(request)
    identity = cache_key("job", words=words, document=document)[:16]
    first, *rest = words
    output = getattr(request, "output", None)
    wanted = Wanted(
        arguments=(first, str(jobs.snapshot(identity)), *rest),
        inputs=tuple(item.path for item in request.project.media),
        output=str(output.absolute()) if output is not None else "",
    )
    title = _told_apart(title, jobs, {identity, instead_of})
    return jobs.add(identity, wanted, title, document, tiles_in(request.project, paintings))


def _told_apart(title: str, jobs: JobTable, but: set[str]) -> str:
    """The title, with the next number where jobs `but` these have it."""
    if not title:
        return title
    taken = {job.title for job in jobs.list() if job.id not in but}
    names = chain([title], (f"{title} ({number})" for number in count(2)))
    return next(name for name in names if name not in taken)


def request_of(job: Job) -> Request:
    """The request that a job was made of.

    Raises:
        InputError, StorageError: the job is of a newer program, or its project is gone or damaged.
    """
    readers: dict[str, Callable[[_Words], Request]] = {
        "render": _render_request,
        "synthesize": _synthesis_request,
        "export": _movie_request,
        "export-clip": _clip_movie_request,
        "package": _package_request,
    }
    if job.kind not in readers:
        raise InputError(
            f"Job {job.id[:8]} asks for {job.kind!r}, which this program does not know.",
            remedy="Update the program.",
        )
    try:
        return readers[job.kind](_Words(job.wanted.arguments[1:]))
    except (LookupError, ValueError, InvalidSettingError) as error:
        raise InputError(f"Job {job.id[:8]} cannot be read: {error}", remedy=_REMEDY) from error


def render_request_of(arguments: Sequence[str]) -> RenderRequest:
    """The request that `request.arguments_of` wrote down as `arguments`.

    Raises:
        LookupError, ValueError, InvalidSettingError: it did not.
    """
    return _render_request(_Words(arguments[1:]))


class _Words:
    """A command line taken apart: operands, options with a value, flags."""

    def __init__(self, words: Sequence[str]) -> None:
        self.operands: list[str] = []
        self.flags: set[str] = set()
        self._values: dict[str, list[str]] = {}
        rest = iter(words)
        for word in rest:
            if word in _FLAGS:
                self.flags.add(word)
            elif word.startswith("-"):
                self._values.setdefault(word, []).append(_next(rest, word))
            else:
                self.operands.append(word)
        for name, values in self._values.items():
            if len(values) > 1 and name not in _MANY:
                raise ValueError(f"{name} is given {len(values)} times.")

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(self._values.get(name, ()))

    def masks(self) -> tuple[MaskFile, ...]:
        space: MaskSpace = msgspec.convert(self.maybe("--mask-space") or "auto", MaskSpace)
        named: list[tuple[LayerRole, str]] = [("include", path) for path in self.all("--mask")]
        named += [("protect", path) for path in self.all("--protect")]
        return tuple(MaskFile(path=Path(path), role=role, space=space) for role, path in named)

    def one(self, name: str) -> str:
        return self._values[name][0]

    def maybe(self, name: str) -> str | None:
        return self._values[name][0] if name in self._values else None

    def weights(self) -> Path | None:
        folder = self.maybe("--weights")
        return None if folder is None else Path(folder)

    def devices(self) -> tuple[str, ...]:
        names = self.maybe("--devices")
        return () if names is None else tuple(names.split(","))

    def frames(self) -> FrameRange | None:
        text = self.maybe("--range")
        if text is None:
            return None
        start, _, stop = text.partition(":")
        return FrameRange(int(start), int(stop))


def _render_request(words: _Words) -> RenderRequest:
    from latentsync_studio.services.request import RenderRequest

    video, audio = words.operands
    values = dict(text.split("=", 1) for text in words.all("--set"))
    face = words.maybe("--face")
    return RenderRequest(
        video=Path(video),
        audio=Path(audio),
        output=Path(words.one("-o")),
        settings=apply(RenderSettings(), {"engine": words.one("--engine"), **values}),
        frames=words.frames(),
        face=None if face is None else int(face),
        transcript=words.maybe("--transcript"),
        language=words.maybe("--language") or "en-us",
        fresh="--fresh" in words.flags,
        measure="--no-measure" not in words.flags,
        weights=words.weights(),
        devices=words.devices(),
        masks=words.masks(),
    )


def _synthesis_request(words: _Words) -> Request:
    from latentsync_studio.core.timeline.model import ClipId, SequenceId
    from latentsync_studio.services.timeline.synthesize import SynthesisRequest

    return SynthesisRequest(
        project=_project(words),
        sequence=SequenceId(words.one("--sequence")),
        clips=tuple(ClipId(clip) for clip in words.all("--clip")),
        frames=words.frames(),
        weights=words.weights(),
        devices=words.devices(),
    )


def _movie_request(words: _Words) -> Request:
    from latentsync_studio.core.timeline.model import SequenceId
    from latentsync_studio.services.timeline.movie import MovieRequest

    return MovieRequest(
        project=_project(words),
        sequence=SequenceId(words.one("--sequence")),
        output=Path(words.one("-o")),
        frames=words.frames(),
        weights=words.weights(),
        devices=words.devices(),
    )


def _clip_movie_request(words: _Words) -> Request:
    from latentsync_studio.core.timeline.model import ClipId, SequenceId
    from latentsync_studio.services.delivery.requests import ClipMovieRequest, Part

    return ClipMovieRequest(
        project=_project(words),
        sequence=SequenceId(words.one("--sequence")),
        clip=ClipId(words.one("--clip")),
        output=Path(words.one("-o")),
        part=_one_of(words.one("--part"), Part),
        frames=words.frames(),
        handles_s=float(words.one("--handles")),
        reel=words.maybe("--reel") or "",
        encode=_encoding(words.all("--clip-set")),
        weights=words.weights(),
        devices=words.devices(),
    )


def _package_request(words: _Words) -> Request:
    from latentsync_studio.core.timeline.model import ClipId, SequenceId
    from latentsync_studio.services.delivery.requests import PackageRequest, PackedPart

    return PackageRequest(
        project=_project(words),
        sequence=SequenceId(words.one("--sequence")),
        output=Path(words.one("-o")),
        clips=tuple(ClipId(clip) for clip in words.all("--clip")),
        frames=words.frames(),
        parts=tuple(_one_of(part, PackedPart) for part in words.all("--part")),
        handles_s=float(words.one("--handles")),
        formats=words.all("--format"),
        layer=_encoding(words.all("--layer-set")),
        clip=_encoding(words.all("--clip-set")),
        mattes="--mattes" in words.flags,
        reference="--no-reference" not in words.flags,
        copy_media="--copy-media" in words.flags,
        consent=words.maybe("--consent") or "",
        weights=words.weights(),
        devices=words.devices(),
    )


def _one_of(word: str, kind: Any) -> Any:  # noqa: ANN401 - a Literal and one of its words
    return msgspec.convert(word, kind)  # a DecodeError is a ValueError


def _encoding(changes: Sequence[str]) -> EncodeSettings:
    return apply(EncodeSettings(), dict(text.split("=", 1) for text in changes))


def _project(words: _Words) -> Project:
    (name,) = words.operands
    try:
        data = Path(name).read_bytes()
    except OSError as error:
        raise StorageError(
            f"The project of the job cannot be read: {error.strerror or error} ({name}).",
            remedy=_REMEDY,
        ) from error
    return from_json(data)


def _words_of(request: OfProject) -> list[str]:
    """The command line without the project."""
    output: Any = getattr(request, "output", None)
    frames: FrameRange | None = getattr(request, "frames", None)
    words = [_kind_of(request)]
    words += [] if output is None else ["-o", str(output.absolute())]
    words += ["--sequence", request.sequence]
    for clip in getattr(request, "clips", ()):
        words += ["--clip", clip]
    if frames is not None:
        words += ["--range", f"{frames.start}:{frames.stop}"]
    words += place_words(getattr(request, "weights", None), getattr(request, "devices", ()))
    return [*words, *_more_words(request)]


def _kind_of(request: OfProject) -> str:
    kinds = {
        "SynthesisRequest": "synthesize",
        "MovieRequest": "export",
        "ClipMovieRequest": "export-clip",
        "PackageRequest": "package",
    }
    return kinds[type(request).__name__]


def _more_words(request: OfProject) -> Iterator[str]:
    """What only clips and packages have."""
    from latentsync_studio.services.delivery.requests import ClipMovieRequest, PackageRequest

    if isinstance(request, ClipMovieRequest):
        yield from ("--clip", request.clip, "--part", request.part)
        yield from ("--handles", repr(request.handles_s), "--reel", request.reel)
        yield from _changes("--clip-set", request.encode)
    elif isinstance(request, PackageRequest):
        for part in request.parts:
            yield from ("--part", part)
        for name in request.formats:
            yield from ("--format", name)
        yield from ("--handles", repr(request.handles_s), "--consent", request.consent)
        yield from _changes("--layer-set", request.layer)
        yield from _changes("--clip-set", request.clip)
        yield from ("--mattes",) if request.mattes else ()
        yield from () if request.reference else ("--no-reference",)
        yield from ("--copy-media",) if request.copy_media else ()


def _changes(option: str, encode: EncodeSettings) -> Iterator[str]:
    """What differs from the defaults."""
    for field in describe(EncodeSettings):
        value = value_of(encode, field.key)
        if value != field.default:
            yield from (option, f"{field.key}={value}")


def _next(rest: Any, word: str) -> str:  # noqa: ANN401 - an iterator of words
    value = next(rest, None)
    if value is None:
        raise ValueError(f"{word} lacks its value.")
    return str(value)
