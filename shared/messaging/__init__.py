"""How events travel: mailbox, relay, delivery, quarantine; at least once on the wire, exactly once in the tables."""

from shared.messaging.mailbox import Mailbox
from shared.messaging.subscriptions import Handler, Subscriptions

__all__ = ["Handler", "Mailbox", "Subscriptions"]
