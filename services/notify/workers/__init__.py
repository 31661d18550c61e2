"""Loops that reach the outside world or the clock: they claim rows, close the transaction, act, and record what came of it."""

from services.notify.workers.sending import send_alarms, send_broadcasts, send_ordinary

ALL = (send_alarms, send_ordinary, send_broadcasts)

__all__ = ["ALL", "send_alarms", "send_broadcasts", "send_ordinary"]
