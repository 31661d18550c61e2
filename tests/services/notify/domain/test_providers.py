"""Which provider carries the next dispatch: weights, failover by steps, drift back, breakers, buckets, retries."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.notify.channels.channel import Accepted, KeyKind, TryLater, Unknown
from services.notify.domain.breaker import Breaker, Gate, Tolerance
from services.notify.domain.bucket import Bucket
from services.notify.domain.providers import Statistics, Weight, choose, reweigh
from services.notify.domain.retries import RetryTable
from services.notify.library import shipped_book
from services.notify.senders import Senders
from tests.services.notify.phones import Phone

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
LONG_AGO = NOW - timedelta(hours=1)
RULES = shipped_book().failover


def halves(moved_at: datetime = LONG_AGO, first: int = 50, second: int = 50) -> list[Weight]:
    return [Weight("aliyun", first, 50, moved_at), Weight("tencent", second, 50, moved_at)]


def points(weights: list[Weight]) -> list[int]:
    return [weight.points for weight in weights]


def test_fifteen_percent_slow_moves_ten_points() -> None:
    slow = [Statistics("aliyun", sent=100, slow=15), Statistics("tencent", sent=100)]
    assert points(reweigh(halves(), slow, RULES, NOW)) == [40, 60]


def test_fourteen_percent_slow_moves_nothing() -> None:
    assert points(reweigh(halves(), [Statistics("aliyun", sent=100, slow=14)], RULES, NOW)) == [50, 50]


def test_a_handful_says_nothing() -> None:
    assert points(reweigh(halves(), [Statistics("aliyun", sent=10, slow=10)], RULES, NOW)) == [50, 50]


def test_when_both_are_slow_nobody_moves() -> None:
    both = [Statistics("aliyun", 100, 50), Statistics("tencent", 100, 50)]
    assert points(reweigh(halves(), both, RULES, NOW)) == [50, 50]


def test_traffic_moves_at_most_once_in_five_minutes_and_on_errors_once_a_minute() -> None:
    slow, failing = [Statistics("aliyun", 100, 50)], [Statistics("aliyun", errors=51)]
    recent = NOW - timedelta(minutes=2)

    assert points(reweigh(halves(recent), slow, RULES, NOW)) == [50, 50]
    assert points(reweigh(halves(recent), failing, RULES, NOW)) == [40, 60]
    assert points(reweigh(halves(NOW - timedelta(seconds=30)), failing, RULES, NOW)) == [50, 50]


def test_a_failing_provider_is_emptied_and_never_below_nothing() -> None:
    weights, now = halves(), NOW
    for _ in range(8):
        now += timedelta(minutes=1)
        weights = reweigh(weights, [Statistics("aliyun", errors=99)], RULES, now)

    assert points(weights) == [0, 100]


def test_traffic_drifts_back_to_rest() -> None:
    weights, now = halves(LONG_AGO, 0, 100), NOW
    way = []
    for _ in range(6):
        weights = reweigh(weights, [], RULES, now)
        way.append(points(weights))
        now += timedelta(minutes=5)

    assert way == [[10, 90], [20, 80], [30, 70], [40, 60], [50, 50], [50, 50]]


def test_the_choice_follows_the_weights() -> None:
    counts = Counter(choose(halves(LONG_AGO, 90, 10), uuid4()) for _ in range(4000))
    assert 0.06 < counts["tencent"] / 4000 < 0.14


def test_the_same_dispatch_chooses_the_same_provider() -> None:
    dispatch = uuid4()
    assert len({choose(halves(), dispatch) for _ in range(20)}) == 1


def test_a_shut_provider_is_passed_over_even_by_an_empty_one() -> None:
    assert choose(halves(LONG_AGO, 100, 0), uuid4(), frozenset({"aliyun"})) == "tencent"
    assert choose(halves(), uuid4(), frozenset({"aliyun", "tencent"})) is None


def test_five_faults_in_a_row_shut_the_gate_and_one_success_opens_it() -> None:
    breaker, tolerance = Breaker(), Tolerance()
    for _ in range(4):
        breaker = breaker.failed(NOW, tolerance)
    assert breaker.gate(NOW) is Gate.OPEN_FOR_ALL

    breaker = breaker.failed(NOW, tolerance)
    assert breaker.gate(NOW + timedelta(seconds=9)) is Gate.SHUT
    assert breaker.gate(NOW + timedelta(seconds=10)) is Gate.ONE_TRIAL
    assert breaker.succeeded().gate(NOW) is Gate.OPEN_FOR_ALL


def test_each_further_fault_doubles_the_pause_up_to_five_minutes() -> None:
    breaker, tolerance, now = Breaker(), Tolerance(), NOW
    pauses = []
    for _ in range(12):
        breaker = breaker.failed(now, tolerance)
        pauses.append(breaker.shut_until and (breaker.shut_until - now).total_seconds())
        now = breaker.shut_until or now

    assert pauses[4:] == [10, 20, 40, 80, 160, 300, 300, 300]


def test_faults_of_calls_that_were_under_way_when_it_shut_keep_it_shut_no_longer() -> None:
    senders = Senders.of([Phone()], [Phone()])
    for _ in range(50):
        senders.learn("sms", "carrier", Unknown(timedelta(seconds=20)), NOW)

    assert senders.wait("sms", KeyKind.TRIAL, NOW) == timedelta(seconds=10)


def test_a_fault_does_not_open_what_a_provider_has_closed_for_longer() -> None:
    senders = Senders.of([Phone()], [Phone()])
    senders.learn("sms", "carrier", TryLater(timedelta(hours=1), "closed"), NOW)
    senders.learn("sms", "carrier", Unknown(timedelta(seconds=20)), NOW)

    assert senders.wait("sms", KeyKind.TRIAL, NOW) == timedelta(hours=1)


def test_while_one_tries_the_others_wait_and_he_is_let_through() -> None:
    senders = Senders.of([Phone()], [Phone()])
    place, trial, later = ("sms", "carrier"), KeyKind.TRIAL, NOW + timedelta(seconds=1)
    senders.breakers[place] = Breaker(9, NOW)

    assert senders.provider_for("sms", uuid4(), trial, NOW) == "carrier"
    assert senders.provider_for("sms", uuid4(), trial, later) is None
    assert not senders.is_shut(*place, later)
    senders.learn(*place, Accepted("1"), later)
    assert senders.provider_for("sms", uuid4(), trial, later) == "carrier"


def test_a_bucket_refills_and_keeps_a_share_for_alarms() -> None:
    bucket = Bucket.full(rate=100, size=100, at=NOW)
    assert (bucket.room(NOW), bucket.room(NOW, kept=0.3)) == (100, 70)

    empty = bucket.drawn(NOW, 100)
    assert empty.room(NOW) == 0
    assert empty.room(NOW + timedelta(seconds=0.5)) == 50
    assert empty.room(NOW + timedelta(hours=1)) == 100
    assert empty.wait(NOW, 10) == pytest.approx(0.1)
    assert empty.room(NOW - timedelta(seconds=5)) == 0


def test_the_retry_table_is_first_at_once_then_forty_eight_times_five_minutes() -> None:
    table = shipped_book().retry("hazard_found")
    pauses = [table.pause_after(attempt) for attempt in range(1, table.attempts)]

    assert pauses == [timedelta()] + [timedelta(minutes=5)] * 48
    assert table.pause_after(table.attempts) is None
    assert sum((pause for pause in pauses if pause), timedelta()) == timedelta(hours=4)


def test_a_provider_that_asks_for_more_time_gets_it() -> None:
    assert RetryTable(1, 2, timedelta(minutes=5)).pause_after(2, timedelta(hours=1)) == timedelta(hours=1)
