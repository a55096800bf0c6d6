"""How the holder of the project ends."""

import gc
import weakref

from msgspec.structs import replace

from latentsync_studio.ui.store import ProjectStore


def test_a_store_with_steps_ends_well_in_whatever_order_the_collector_takes_it(qapp):
    made = ProjectStore()
    made.itself = made
    gc.collect()
    for _ in range(3):
        assert made.edit("Step", lambda project: replace(project, next_id=project.next_id + 1))
    gc.freeze()  # puts what is younger first: the steps before their store
    gc.unfreeze()
    gone = weakref.ref(made)
    del made
    gc.collect()
    assert gone() is None
