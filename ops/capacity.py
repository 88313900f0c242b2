#!/usr/bin/env python3
"""Capacity model of the reference merchant: prints the tables of docs/scaling.md.

    python3 ops/capacity.py

Measured figures are those of crates/merchant/README.md and docs/scaling.md; assumptions are ours. Change either for your shop:
every figure below follows from them.
"""

from math import ceil
from typing import NamedTuple

# Measured, `cargo xtask load`: merchant, sandbox and payers together on two cores. Half of it is what one core bears at least.
CHARGES_PER_CORE = 1_260 / 2  # PostgreSQL
NOTIFICATIONS_PER_CORE = 1_440 / 2  # PostgreSQL, each with its get-status
READ_SECONDS = 16.1e-6  # processor time of a status read from the cache
STREAM_BYTES = 30_000  # 302 MB with 10,000 push streams
# Measured in PostgreSQL 15 with 1,500 orders of the demo shop, charged and paid: tables and indexes after VACUUM FULL, by the orders.
ORDER_BYTES = 2_900

# Settings and constants of the merchant.
CONNECTIONS = 12_000  # MERCHANT_CONNECTIONS; four fifths of it are used
STREAM_REFRESH_SECONDS = 15  # MERCHANT_STREAM_REFRESH_SECONDS
MIN_POLL_INTERVAL_SECONDS = 10  # MIDTRANS_MIN_POLL_INTERVAL_SECONDS
DATABASE_CONNECTIONS = 8 + 1  # MERCHANT_DATABASE_CONNECTIONS, and one that listens
POLLS_IN_FLIGHT = 16  # get-status requests of one process at once, beside the 48 that confirm notifications

# The widget.
POLL_WITH_STREAM_SECONDS = 30
POLL_WITHOUT_STREAM_SECONDS = 2.5

# Assumptions.
PEAK = 5  # the busiest hour, times the day's average
WATCH_SECONDS = 120  # how long a payer's page is open while the payment is pending
MIDTRANS_SECONDS = 0.15  # how long a get-status takes
NOTIFICATIONS_PER_ORDER = 2  # pending, settlement
WRITES_PER_ORDER = 8  # order, claim, charge, two notifications, status, two marks of the outbox
BUSY = 0.6  # how much of a core may be used
POSTGRES_MAX_CONNECTIONS = 100  # PostgreSQL's default


class Scenario(NamedTuple):
    """Orders a day, and pages that are open at once; `None`: as many as the orders at the peak bring."""

    name: str
    orders_per_day: int
    watchers: int | None = None


SCENARIOS = [
    Scenario("one shop, 10,000 orders a day", 10_000),
    Scenario("1,000 shops together, 10,000,000 orders a day", 10_000_000),
    Scenario("the same, and 1,000,000 pages open at once", 10_000_000, 1_000_000),
]


class Demand(NamedTuple):
    """What a scenario wants at its peak, a second where nothing else is said."""

    charges: float
    notifications: float
    streams: float
    reads: float
    polls: float
    rereads: float
    writes: float


def demand(it: Scenario, min_poll_interval: float = MIN_POLL_INTERVAL_SECONDS, refresh: float = STREAM_REFRESH_SECONDS) -> Demand:
    """A widget with a push stream polls every 30 s; the merchant asks Midtrans then, if nobody has within the least interval."""
    charges = it.orders_per_day / 86_400 * PEAK
    streams = charges * WATCH_SECONDS if it.watchers is None else it.watchers
    reads = streams / POLL_WITH_STREAM_SECONDS
    notifications = charges * NOTIFICATIONS_PER_ORDER
    polls = streams / max(POLL_WITH_STREAM_SECONDS, min_poll_interval)
    rereads = streams / refresh
    return Demand(charges, notifications, streams, reads, polls, rereads, charges * WRITES_PER_ORDER + polls)


def processes(want: Demand) -> dict[str, int]:
    """How many processes each limit asks for."""
    cpu = want.charges / CHARGES_PER_CORE + want.notifications / NOTIFICATIONS_PER_CORE + (want.reads + want.rereads) * READ_SECONDS
    return {
        "processor": ceil(cpu / BUSY),
        "connections": ceil(want.streams / (CONNECTIONS * 0.8)),
        "polls in flight": ceil(want.polls * MIDTRANS_SECONDS / POLLS_IN_FLIGHT),
    }


def number(value: float) -> str:
    """Two digits that mean something."""
    if value < 10:
        return f"{value:.1f}"
    digits = len(str(int(value)))
    return f"{round(value, 2 - digits):,.0f}" if digits > 2 else f"{value:.0f}"


def table(head: list[str], rows: list[list[str]]) -> str:
    """In Markdown."""
    lines = [head, ["---"] + ["--:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines).replace("| --- |", "|---|").replace(" --: |", "--:|")


def wanted() -> str:
    """What each scenario wants, and how many processes that takes."""
    wants = [demand(it) for it in SCENARIOS]
    rows = [
        ["charges /s", *(number(it.charges) for it in wants)],
        ["notifications /s", *(number(it.notifications) for it in wants)],
        ["push streams open", *(number(it.streams) for it in wants)],
        ["status reads /s, one a page in 30 s", *(number(it.reads) for it in wants)],
        ["status reads /s, if the proxy swallows push streams", *(number(it.streams / POLL_WITHOUT_STREAM_SECONDS) for it in wants)],
        ["get-status at Midtrans /s, by polls", *(number(it.polls) for it in wants)],
        ["get-status at Midtrans /s, to confirm", *(number(it.charges) for it in wants)],
        ["database: writing transactions /s", *(number(it.writes) for it in wants)],
        ["database: reads /s of push streams", *(number(it.rereads) for it in wants)],
    ]
    for limit in processes(wants[0]):
        rows.append([f"processes, by {limit}", *(f"{processes(it)[limit]:,}" for it in wants)])
    most = [max(2, *processes(it).values()) for it in wants]
    rows += [
        ["processes, two at least", *(f"{it:,}" for it in most)],
        ["memory of the push streams, GB", *(number(it.streams * STREAM_BYTES / 1e9) for it in wants)],
        ["connections to PostgreSQL", *(f"{it * DATABASE_CONNECTIONS:,}" for it in most)],
        ["database, GB a year", *(number(it.orders_per_day * 365 * ORDER_BYTES / 1e9) for it in SCENARIOS)],
    ]
    return table(["at the peak", *(it.name for it in SCENARIOS)], rows)


def levers() -> str:
    """What settings do in the last scenario."""
    last = SCENARIOS[-1]
    rows = []
    for name, interval, refresh, connections in [
        ("the defaults", MIN_POLL_INTERVAL_SECONDS, STREAM_REFRESH_SECONDS, CONNECTIONS),
        ("`MIDTRANS_MIN_POLL_INTERVAL_SECONDS=300`", 300, STREAM_REFRESH_SECONDS, CONNECTIONS),
        ("and `MERCHANT_STREAM_REFRESH_SECONDS=120`", 300, 120, CONNECTIONS),
        ("and `MERCHANT_CONNECTIONS=50000`, `MERCHANT_DATABASE_CONNECTIONS=4`", 300, 120, 50_000),
    ]:
        want = demand(last, interval, refresh)
        limits = processes(want) | {"connections": ceil(want.streams / (connections * 0.8))}
        count = max(limits.values())
        each = DATABASE_CONNECTIONS if connections == CONNECTIONS else 4 + 1
        why = max(limits, key=lambda limit: limits[limit])
        rows.append([name, number(want.polls), number(want.rereads), f"{count:,}, by {why}", f"{count * each:,}"])
    return table(["1,000,000 pages open", "polls at Midtrans /s", "reads /s of streams", "processes", "connections to PostgreSQL"], rows)


def per_core() -> str:
    """What one core bears at least."""
    rows = [
        ["charges", f"{number(CHARGES_PER_CORE)} /s"],
        ["notifications, each with its get-status", f"{number(NOTIFICATIONS_PER_CORE)} /s"],
        ["status reads from the cache", f"{number(1 / READ_SECONDS)} /s"],
        ["push streams", f"{number(1e9 / STREAM_BYTES)} in a GB of memory; a process has {CONNECTIONS:,} connections"],
        ["polls at Midtrans", f"{number(POLLS_IN_FLIGHT / MIDTRANS_SECONDS)} /s of a process"],
        ["database", f"{ORDER_BYTES:,} bytes an order, {WRITES_PER_ORDER} writing transactions, {DATABASE_CONNECTIONS} connections a process"],
    ]
    return table(["one core bears", "at least"], rows)


if __name__ == "__main__":
    print(per_core(), wanted(), levers(), sep="\n\n")
