"""Notify: who must know. The right person hears, once, and proof remains.

Owns notices, their dispatches and receipts, templates, subscriptions and preferences. Hears what every other service says.
Says NoticePlanned, NoticeAccepted, NoticeDelivered, NoticeFailed and NoticeAcknowledged, ContactUnreachable and ContactReached;
never an address or a text.
"""
