"""Who holds a driven face: everybody over the same services the same one, jobs their own."""

import gc
from dataclasses import replace
from threading import Event, Thread

import pytest

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.services.timeline import face_take
from latentsync_studio.services.timeline.face_take import NotAnalysedError
from latentsync_studio.services.timeline.takes import TakeCache
from latentsync_studio.services.wiring import open_services
from tests.services.timeline.projects import SEQUENCE


def face_of(takes, project):
    take = takes.get(project, SEQUENCE, "c1", CallbackProgress(), analyse=False)
    [face] = take.faces
    return face


def test_several_caches_hold_the_same_face_and_open_its_engine_once(home, plain):
    with open_services(home) as services:
        viewer, panel = TakeCache(services), TakeCache(services)
        face = face_of(viewer, plain)
        assert face_of(panel, plain) is face
        face.open(CallbackProgress(), analyse=False)
        assert face_of(panel, plain).is_open
        viewer.clear()
        assert face_of(panel, plain) is face
        panel.clear()
        del face
        gc.collect()
        assert len(services.faces) == 0


def test_a_job_whose_store_pins_for_it_has_a_face_of_its_own(home, plain):
    with open_services(home) as services:
        job = replace(services, store=services.store.owned_by("job-1"))
        mine, others = TakeCache(job), TakeCache(services)
        assert face_of(mine, plain) is not face_of(others, plain)


def test_nobody_who_only_looks_waits_for_an_analysis(services, plain, home, monkeypatch):
    with open_services(home) as there:
        parts = face_of(TakeCache(there), plain).parts
    face = face_take.FaceTake(parts, (), services)  # of a store in which nothing is analysed
    begun, go_on = Event(), Event()

    def long_analysis(*_):
        begun.set()
        go_on.wait(10)
        raise NotAnalysedError("It was given up.")

    def analyse():
        with pytest.raises(NotAnalysedError):
            face.open(CallbackProgress())

    monkeypatch.setattr(face_take, "analyse_faces", long_analysis)
    other = Thread(target=analyse)
    other.start()
    assert begun.wait(10)
    with pytest.raises(NotAnalysedError):
        face.open(CallbackProgress(), analyse=False)
    go_on.set()
    other.join()
