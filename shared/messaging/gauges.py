"""Prometheus metrics of the event path; labels are services, handlers and verdicts, never sites."""

from prometheus_client import Counter, Gauge, Histogram

OUTBOX_AGE = Gauge("mashang_outbox_oldest_seconds", "Age of the oldest unsent outbox row", ["service"])
RELAYED = Counter("mashang_relayed_events_total", "Events carried from outbox to stream", ["service"])
DELIVERED = Counter("mashang_deliveries_total", "Messages by what became of them", ["handler", "verdict"])
BATCH_SECONDS = Histogram(
    "mashang_delivery_batch_seconds",
    "Time of one delivery transaction",
    ["handler"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
BATCH_SIZE = Histogram(
    "mashang_delivery_batch_size", "Messages in one delivery", ["handler"], buckets=(1, 2, 5, 10, 50, 100, 250, 500)
)
LAG_SECONDS = Histogram(
    "mashang_event_age_seconds",
    "Age of an event when its handler committed",
    ["handler"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300),
)
QUARANTINED = Counter("mashang_quarantined_total", "Messages put into quarantine", ["handler"])
PAUSED = Gauge("mashang_consumer_paused", "1 while a consumer waits for a dependency", ["handler"])
WORKER_TURNS = Counter("mashang_worker_turns_total", "Turns of a worker by result", ["service", "worker", "result"])
