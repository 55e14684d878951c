"""One round of logging time: the server and its denominators, interleaved, each on a fresh copy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench import inserts, load, seeding, servers
from bench.seeding import Place

MOST_ENTRIES = 40_000
"""How many of the server's entries a denominator stores again."""


@dataclass(frozen=True)
class Pace:
    """How long runs last, in seconds (wrk counts whole ones), and at which numbers of connections. The first of
    each is what the denominators are compared with. `again` repeats the first, to see memory grow.
    """

    seconds: float = 4
    warm_up: float = 1
    singles: tuple[int, ...] = (64, 8, 1)
    bulks: tuple[int, ...] = (8, 64, 1)
    again: bool = True


QUICK = Pace(seconds=1, warm_up=0, singles=(64, 1), bulks=(8,))
"""Just long enough to see that everything works."""


def measured(place: Place, folder: Path, pace: Pace) -> dict[str, float]:
    """The figures of one round, ratios among them."""
    found: dict[str, float] = {}
    singles, bulks = load.singles(place, folder), load.bulks(place, folder)
    found |= _hello(folder, singles, pace)
    found |= _singles(place, folder, singles, pace)
    found |= _bulks(place, folder, bulks, pace)
    with servers.serving(seeding.copied(place, folder / "normal"), "bench.builds:normal") as server:
        found["normal.c64"] = load.run(server, singles, 64, pace.seconds, warm_up=pace.warm_up).per_second
    with servers.serving(seeding.copied(place, folder / "one_by_one"), "bench.builds:one_by_one") as server:
        found["one_by_one.c1.p50"] = load.run(server, singles, 1, pace.seconds, warm_up=pace.warm_up).p50
    for ratio in (
        "single.c64/hello.c64",
        "single.c64/post.c64",
        "single.c64/loop",
        "single.c64/normal.c64",
        "bulk.c8/executemany",
        "single.c1.p50/one_by_one.c1.p50",
        "loop.cpu/single.c64.cpu",
        "executemany.cpu/bulk.c8.cpu",
    ):
        above, below = ratio.split("/")
        if above in found:
            found[ratio] = found[above] / found[below]
    return found


def _hello(folder: Path, singles: Path, pace: Pace) -> dict[str, float]:
    bare = folder / "bare"
    bare.mkdir(exist_ok=True)
    with servers.bare(bare) as server:
        hello = load.run(server, load.gets(folder, "hello", "/", "none"), 64, pace.seconds / 2, warm_up=pace.warm_up)
        post = load.run(server, singles, 64, pace.seconds / 2, warm_up=pace.warm_up)
    return {"hello.c64": hello.per_second, "post.c64": post.per_second}


def _singles(place: Place, folder: Path, script: Path, pace: Pace) -> dict[str, float]:
    found: dict[str, float] = {}
    copy = seeding.copied(place, folder / "singles")
    what = None
    with servers.serving(copy) as server:
        found["start"] = server.started_after
        found["memory.idle"] = server.resident_bytes() / 1e6
        for c in pace.singles:
            stored = inserts.stored_entries(copy.path)
            run = load.run(server, script, c, pace.seconds, warm_up=pace.warm_up)
            _all_stored(copy, stored, run.requests)
            found |= {f"single.c{c}": run.per_second, f"single.c{c}.p50": run.p50, f"single.c{c}.p99": run.p99}
            found[f"single.c{c}.cpu"] = run.cpu_per_request
            if c == 64:
                found["memory.loaded"] = server.resident_bytes() / 1e6
                what = inserts.added(copy, place, MOST_ENTRIES)
                if pace.again:
                    load.run(server, script, c, pace.seconds, warm_up=0)
                    found["memory.growth"] = server.resident_bytes() / 1e6 - found["memory.loaded"]
    if what is not None:
        found["single.c64.set"] = what.mean_size
        loop = inserts.in_a_loop(seeding.copied(place, folder / "loop"), what)
        found |= {"loop": loop.per_second, "loop.cpu": loop.cpu_per_entry}
    return found


def _bulks(place: Place, folder: Path, script: Path, pace: Pace) -> dict[str, float]:
    found: dict[str, float] = {}
    copy = seeding.copied(place, folder / "bulks")
    what = None
    with servers.serving(copy) as server:
        for c in pace.bulks:
            stored = inserts.stored_entries(copy.path)
            run = load.run(server, script, c, pace.seconds, warm_up=pace.warm_up)
            _all_stored(copy, stored, run.requests * load.BULK_ROWS)
            found[f"bulk.c{c}"] = run.per_second * load.BULK_ROWS
            found |= {f"bulk.c{c}.p50": run.p50, f"bulk.c{c}.p99": run.p99}
            found[f"bulk.c{c}.cpu"] = run.cpu_per_request / load.BULK_ROWS
            if c == 8:
                what = inserts.added(copy, place, MOST_ENTRIES)
    if what is not None:
        sets = seeding.copied(place, folder / "sets")
        many = inserts.in_sets(sets, what, load.BULK_ROWS)
        found |= {"executemany": many.per_second, "executemany.cpu": many.cpu_per_entry}
    return found


def _all_stored(place: Place, before: int, acknowledged: int) -> None:
    if inserts.stored_entries(place.path) < before + acknowledged:
        raise servers.Failed("Entries were acknowledged and are not there.")
