"""Figures of notify: how calls end, how long people wait; labels are words of ours, never a person or a place."""

from prometheus_client import Counter, Histogram

OUTCOMES = Counter("mashang_dispatches_total", "Dispatches by how their call ended", ["channel", "provider", "outcome"])
HANDOVER_SECONDS = Histogram(
    "mashang_notice_handover_seconds",
    "From the moment at which a notice may leave until a provider has it",
    ["lane"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 14400),
)
DELIVERY_SECONDS = Histogram(
    "mashang_notice_delivery_seconds",
    "From the attempt until the provider's receipt",
    ["channel", "provider"],
    buckets=(0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 14400, 86400),
)
FORGED = Counter("mashang_forged_callbacks_total", "Callbacks that were not the provider's", ["provider"])
