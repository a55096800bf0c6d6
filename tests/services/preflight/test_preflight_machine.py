"""Memory, GPU and time as findings."""

from latentsync_studio.core.engine import EngineDemands
from latentsync_studio.core.preflight import Forecast
from latentsync_studio.core.render.budget import WorkBudget
from latentsync_studio.core.speeds import Speed
from latentsync_studio.services.machine_room import GpuRoom, MachineRoom
from latentsync_studio.services.preflight.machine import memory_findings, time_finding

GIB = 1024**3
DEMANDS = EngineDemands(
    resolution=512, face_px=426, memory=6 * GIB, least_memory=2 * GIB, wants_gpu=True
)


def gpu(free):
    return GpuRoom(name="A GPU", free=int(free * GIB), total=24 * GIB)


def findings(room, engine="latentsync", demands=DEMANDS, speeds=(), device=""):
    told = memory_findings(room, WorkBudget(), [(engine, demands)], speeds, device)
    return {each.id: each for each in told}


def test_an_engine_that_wants_a_gpu_tells_when_there_is_none():
    room = MachineRoom(free=64 * GIB, total=64 * GIB)
    found = findings(room)
    assert found["gpu"].severity == "warning"
    assert "no GPU was found" in found["gpu"].sentence
    assert found["memory"].numbers["needed_gib"] > 12  # its numbers take twice as much there
    with_gpu = MachineRoom(free=64 * GIB, total=64 * GIB, gpus=(gpu(20),))
    assert "the CPU was chosen" in findings(with_gpu, device="cpu")["gpu"].sentence
    assert "gpu" not in findings(room, "mouthbank", None)
    shared = MachineRoom(free=64 * GIB, total=64 * GIB, shares_memory=True)
    assert "gpu" not in findings(shared)


def test_free_memory_of_the_gpu_is_held_against_what_is_needed():
    def found(free, **more):
        room = MachineRoom(free=64 * GIB, total=64 * GIB, gpus=(gpu(free),))
        return findings(room, **more)["gpu"]

    assert found(20).severity == "info"
    assert found(4).severity == "warning"
    assert "slower" in found(4).sentence
    assert "will not fit" in found(1).sentence
    measured = Speed(
        work="draw", engine="latentsync", width=9, height=9, warm=1.0, gpu_mib=10 * 1024
    )
    assert found(8, speeds=[measured]).numbers["needed_gib"] == 10


def test_short_memory_is_a_warning():
    room = MachineRoom(free=GIB // 2, total=8 * GIB)
    found = findings(room, "mouthbank", None)["memory"]
    assert (found.severity, found.numbers["free_gib"]) == ("warning", 0.5)


def test_long_jobs_offer_to_be_faster():
    quick = time_finding(Forecast(draw=30.0, write=15.0), 100)
    assert quick.sentence == "About 45 s for 100 frames: drawing 30 s, writing 15 s."
    assert quick.actions == ()
    assert time_finding(Forecast(draw=6000.0), 100).actions == ("faster",)
