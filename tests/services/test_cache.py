"""The cache is counted, cleared as far as is wanted, and what stays is known."""

from latentsync_studio.services.cache import Clearing, cache_sizes, clear_cache


def filled(services):
    services.store.put("ab" * 32, "patches", b"mouth")
    services.store.owned_by("job").put("cd" * 32, "patches", b"mouth of a job")
    for shelf in (services.proxies, services.frames):
        with shelf.writing("ef" * 20) as file:
            file.write(b"movie")


def test_what_a_job_needs_stays_and_is_counted(services):
    filled(services)
    before = cache_sizes(services)
    assert (before.entries, before.kept, before.proxies, before.proxy_bytes) == (2, 1, 1, 5)
    assert 0 < before.kept_bytes < before.entry_bytes
    cleared = clear_cache(services, Clearing())
    assert (before.frames, before.frame_bytes) == (1, 5)
    assert cleared.removed == 3
    assert cleared.removed_bytes == before.entry_bytes - before.kept_bytes + 10
    assert (cleared.left.entries, cleared.left.kept, cleared.left.proxies) == (1, 1, 0)
    everything = clear_cache(services, Clearing(kept=True))
    assert (everything.removed, everything.left.entries) == (1, 0)
    services.store.unpin("job")


def test_only_what_is_wanted_goes(services):
    filled(services)
    left = clear_cache(services, Clearing(entries=False, frames=False)).left
    assert (left.entries, left.proxies, left.frames) == (2, 0, 1)
    assert clear_cache(services, Clearing(entries=False)).left.frames == 0
    services.store.unpin("job")
