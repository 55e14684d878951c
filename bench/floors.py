"""What fast means: every figure with its floor and its aim, once.

A figure is measured in every round. Where it is a ratio, both sides were measured in that round, and what is
told is the median of the rounds' ratios and their range.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench.reads import COUNTS, OTHERS


@dataclass(frozen=True)
class Figure:
    """One figure: the name it is measured under, what it says, its unit, and how good it must be and shall be.

    `most` says that a smaller figure is better, and floor and aim are the most it may be.
    """

    name: str
    says: str
    unit: str = ""
    floor: float | None = None
    aim: float | None = None
    most: bool = False

    def is_met(self, value: float, bound: float | None) -> bool:
        """Whether a value is as good as a bound, or there is none."""
        return bound is None or (value <= bound if self.most else value >= bound)

    def verdict(self, value: float) -> str:
        """How a value stands to floor and aim."""
        if self.floor is None:
            return ""
        if not self.is_met(value, self.floor):
            return "MISSED"
        return "aim" if self.is_met(value, self.aim) else "floor"


SECTIONS: Sequence[tuple[str, Sequence[Figure]]] = (
    (
        "Logging time, against its denominators in the same round",
        (
            Figure("single.c64/hello.c64", "single durable POST / raw ASGI hello, c64", "", 0.10, 0.15),
            Figure("single.c64/loop", "single durable POST, c64 / bare loop of the same rows and sets", "", 0.40, 0.60),
            Figure("bulk.c8/executemany", "bulk of 100, rows, c8 / raw executemany(100)", "", 0.40, 0.80),
            Figure("single.c64/normal.c64", "single POST, c64 / the same with synchronous=NORMAL", "", 0.80, 0.90),
            Figure("single.c64/post.c64", "single POST, c64 / raw ASGI POST without a database"),
            Figure("loop.cpu/single.c64.cpu", "processor time, the bare loop / single POST, c64"),
            Figure("executemany.cpu/bulk.c8.cpu", "processor time, executemany(100) / bulk of 100, c8"),
            Figure(
                "single.c1.p50/one_by_one.c1.p50",
                "single POST, c1, p50 / the same with a commit for each",
                floor=1.3,
                aim=1.1,
                most=True,
            ),
        ),
    ),
    (
        "Logging time",
        tuple(
            figure
            for c in (1, 8, 64)
            for figure in (
                Figure(f"single.c{c}", f"single POST, c{c}", "requests/s"),
                Figure(f"single.c{c}.p50", f"single POST, c{c}, p50", "ms", most=True),
                Figure(f"single.c{c}.p99", f"single POST, c{c}, p99", "ms", most=True),
                Figure(f"single.c{c}.cpu", f"single POST, c{c}, processor time of the server", "us/request", most=True),
            )
        )
        + tuple(
            figure
            for c in (1, 8, 64)
            for figure in (
                Figure(f"bulk.c{c}", f"bulk of 100, c{c}", "rows/s"),
                Figure(f"bulk.c{c}.p50", f"bulk of 100, c{c}, p50", "ms", most=True),
                Figure(f"bulk.c{c}.p99", f"bulk of 100, c{c}, p99", "ms", most=True),
                Figure(f"bulk.c{c}.cpu", f"bulk of 100, c{c}, processor time of the server", "us/row", most=True),
            )
        )
        + (Figure("single.c64.set", "entries in one transaction, single POST, c64", "entries"),),
    ),
    (
        "Denominators",
        (
            Figure("hello.c64", "raw ASGI hello, c64", "requests/s"),
            Figure("post.c64", "raw ASGI POST without a database, c64", "requests/s"),
            Figure("loop", "bare loop, the rows and sets of single POST at c64", "entries/s"),
            Figure("executemany", "raw executemany(100), the rows of bulk at c8", "entries/s"),
            Figure("loop.cpu", "bare loop, processor time", "us/entry"),
            Figure("executemany.cpu", "raw executemany(100), processor time", "us/entry"),
            Figure("normal.c64", "single POST with synchronous=NORMAL, c64", "requests/s"),
            Figure("one_by_one.c1.p50", "single POST with a commit for each, c1, p50", "ms"),
        ),
    ),
    (
        "Lists of 200 with three includes",
        (
            Figure(
                "page.large/small.administrator",
                "page without its count, as many rows, large / small, administrator",
                floor=1.5,
                aim=1.1,
                most=True,
            ),
            Figure(
                "page.large/small.consultant",
                "page without its count, as many rows, large / small, consultant",
                floor=1.5,
                aim=1.1,
                most=True,
            ),
            Figure(
                "list.project.large.administrator.p50",
                "whole list over HTTP, of a project, large, administrator, p50",
                "ms",
                25,
                10,
                most=True,
            ),
            Figure(
                "list.project.large.consultant.p50",
                "whole list over HTTP, of a project, large, consultant, p50",
                "ms",
                25,
                10,
                most=True,
            ),
            Figure("page.deep/first", "page 5,000 / page 1, without their counts", floor=3, aim=2, most=True),
            *(
                Figure(f"{name}.{size}.{caller}{end}", f"{says}, {size}, {caller}{tail}", "ms", most=True)
                for name, says, end, tail in (
                    ("list", "whole list over HTTP, unfiltered", ".p50", ", p50"),
                    ("page", "page without its count", "", ""),
                    ("page.project", "page without its count, of a project", "", ""),
                )
                for size in ("small", "large")
                for caller in ("administrator", "consultant")
            ),
            Figure("page.first", "page 1 without its count, large", "ms", most=True),
            Figure("page.deep", "page 5,000 without its count, large", "ms", most=True),
            Figure("page.created_at:desc", "page by created_at, descending, large", "ms", most=True),
            Figure("page.updated_at:desc", "page by updated_at, descending, large", "ms", most=True),
        ),
    ),
    (
        "Exact counts, large",
        tuple(
            figure
            for caller in ("administrator", "consultant")
            for figure in (
                Figure(f"count.worst.{caller}", f"slowest of the eleven below, {caller}", "ms", 25, 5, most=True),
                Figure(f"count.others.{caller}", f"slowest of other filters, {caller}", "ms", 500, 300, most=True),
                *(
                    Figure(f"count.{name}.{caller}", f"count, {name}, {caller}", "ms", most=True)
                    for name in (*COUNTS, *OTHERS)
                ),
            )
        ),
    ),
    (
        "Start and memory",
        (
            Figure("start", "start to first answer", "s", 1.0, 0.6, most=True),
            Figure("memory.idle", "resident memory after the first answer", "MB", 150, 100, most=True),
            Figure("memory.loaded", "resident memory after single POST at c64", "MB", 150, 100, most=True),
            Figure("memory.growth", "resident memory, second half of that load", "MB", 10, 2, most=True),
        ),
    ),
)

Rounds = Sequence[dict[str, float]]


@dataclass(frozen=True)
class Told:
    """A figure over the rounds."""

    figure: Figure
    middle: float
    least: float
    most: float

    @property
    def verdict(self) -> str:
        return self.figure.verdict(self.middle)


def told(rounds: Rounds) -> list[tuple[str, list[Told]]]:
    """Every figure that was measured, section by section."""
    sections = []
    for title, figures in SECTIONS:
        found = []
        for figure in figures:
            values = [each[figure.name] for each in rounds if figure.name in each]
            if values:
                found.append(Told(figure, median(values), min(values), max(values)))
        sections.append((title, found))
    return sections
