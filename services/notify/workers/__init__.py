"""Loops that reach the outside world or the clock: they claim rows, close the transaction, act, and record what came of it."""

from services.notify.workers.sending import send_alarms, send_broadcasts, send_ordinary, send_outside
from services.notify.workers.unsettled import ask_providers, take_left_behind
from services.notify.workers.waiting import climb_ladders, release_held, remind_of_dates, take_next_steps

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
    release_held,
)

__all__ = [
    "ALL",
    "ask_providers",
    "climb_ladders",
    "release_held",
    "remind_of_dates",
    "send_alarms",
    "send_broadcasts",
    "send_ordinary",
    "send_outside",
    "take_left_behind",
    "take_next_steps",
]
