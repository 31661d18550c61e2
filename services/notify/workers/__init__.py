"""Loops that reach the outside world or the clock: they claim rows, close the transaction, act, and record what came of it."""

from services.notify.workers.sending import send_alarms, send_broadcasts, send_ordinary, send_outside
from services.notify.workers.unsettled import ask_providers, take_left_behind
from services.notify.workers.upkeep import (
    anchor_proofs,
    collect_receipts,
    forget_addresses,
    forget_what_is_over,
    pause_dead_subscribers,
    weigh_providers,
)
from services.notify.workers.waiting import climb_ladders, follow_the_unreached, release_held, remind_of_dates, take_next_steps
from services.notify.workers.writing import expand_broadcasts, write_briefs, write_weekly_digests

ALL = (
    send_alarms,
    send_ordinary,
    send_broadcasts,
    send_outside,
    ask_providers,
    take_left_behind,
    take_next_steps,
    climb_ladders,
    remind_of_dates,
    follow_the_unreached,
    release_held,
    weigh_providers,
    collect_receipts,
    forget_addresses,
    anchor_proofs,
    pause_dead_subscribers,
    forget_what_is_over,
    expand_broadcasts,
    write_briefs,
    write_weekly_digests,
)

__all__ = [
    "ALL",
    "anchor_proofs",
    "ask_providers",
    "climb_ladders",
    "collect_receipts",
    "expand_broadcasts",
    "follow_the_unreached",
    "forget_addresses",
    "forget_what_is_over",
    "pause_dead_subscribers",
    "release_held",
    "remind_of_dates",
    "send_alarms",
    "send_broadcasts",
    "send_ordinary",
    "send_outside",
    "take_left_behind",
    "take_next_steps",
    "weigh_providers",
    "write_briefs",
    "write_weekly_digests",
]
