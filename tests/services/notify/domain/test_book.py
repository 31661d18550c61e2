"""The rule book and the texts that ship: complete, checked, marked."""

from datetime import date, datetime, time

import pytest
import yaml
from pydantic_core import to_json

from services.notify.domain import template as texts
from services.notify.domain.audience import WORDS
from services.notify.domain.book import Book
from services.notify.domain.book_flaws import flaws
from services.notify.domain.expected import expected
from services.notify.domain.sms_text import Length, fit, measure
from services.notify.domain.surroundings import Occurrence, Surroundings
from services.notify.domain.values import SOURCES, Scene, day, values
from services.notify.hearing import TELLABLE, facts_by_event
from services.notify.library import shipped_book, shipped_shelf, shipped_text, shipped_words
from services.notify.occurrences import occurrence_of
from shared.clock import SHANGHAI
from shared.contracts.event import Event, decode, known_events
from shared.contracts.sampling import sample_of
from shared.contracts.vocabulary import SiteKind
from tests.services.notify.builders import named

SIGNATURE = "宜兴经开区应急"
REAL = {event.event_name for event in known_events()}
BOOK, SHELF = shipped_book(), shipped_shelf()
TEMPLATES = SHELF.all()


def test_every_event_that_a_rule_hears_is_one_that_somebody_says() -> None:
    heard = {name for rule in BOOK.rules for name in rule.hears} | {n for d in BOOK.dates for n in (*d.opens, *d.closes)}
    ends = {happens.event for ending in BOOK.endings.values() for happens in (*ending.ends, *ending.begins_again)}

    assert {name for name in heard | ends if not name.startswith("notify.")} <= REAL


def test_every_word_of_a_rule_finds_somebody() -> None:
    words = {who.partition(".")[0] for telling in BOOK.tellings() for group in telling.to for who in group.who}
    assert words <= WORDS


def test_the_book_that_ships_has_no_flaw() -> None:
    assert flaws(BOOK, SHELF, facts_by_event()) == []


@pytest.mark.parametrize("event", TELLABLE, ids=[event.event_name for event in TELLABLE])
def test_every_variable_has_a_value_for_every_event(event: type[Event]) -> None:
    """A value that cannot be found must never keep a person from being told."""
    occurrence = occurrence_of(decode(to_json(sample_of(event))))
    for language in ("zh-CN", "en"):
        filled = values(SOURCES, Scene(occurrence, Surroundings(), shipped_words(), language))
        assert set(filled) == set(SOURCES)


def test_every_text_that_a_rule_names_is_on_the_shelf_and_can_be_filled() -> None:
    assert set(SHELF.by_code) >= BOOK.templates
    filled_by_hand = {
        "WEATHER",
        "HEAT",
        "HOLIDAY",
        "TEST",
        "SUBSCRIPTION_PAUSED",
        "BRIEF_DAY",
        "BRIEF_WEEK",
        "DIGEST",
        "WEEK_DUE",
        "MOBILE_CODE",
    }
    unfilled = {t.code: set(t.variables) - set(SOURCES) for t in TEMPLATES if t.code not in filled_by_hand}
    assert {code: names for code, names in unfilled.items() if names} == {}


@pytest.mark.parametrize("template", TEMPLATES, ids=[template.code for template in TEMPLATES])
def test_every_shipped_text_may_be_published(template: texts.Template) -> None:
    assert texts.faults(template) == []
    assert template.mark in {"table", "D"}
    if texts.SMS in template.texts or "BRIEF" not in template.code:
        assert texts.example_faults(template, SIGNATURE) == []


def test_the_texts_of_the_officers_ship_word_for_word() -> None:
    spoken = {
        "HZ_NEW": "您单位(${name})存在${n}条隐患:${brief},请于${due}前整改并上传照片,编号${no}。",
        "HZ_DUE": "隐患${no}距整改期限还剩${d}天,请及时整改,逾期将升级督办。",
        "HZ_OVER": "隐患${no}已逾期${d}天,已抄送出租方和属地网格,请立即整改。",
        "HZ_MAJOR_LL": "您出租的${bld}承租企业${name}被判定存在重大事故隐患,请立即督促停止危险作业并协助整改。",
        "GRADE": "${name}安全等级由${a}调整为${b},原因:${why}。如有异议请于5个工作日内在小程序申诉。",
        "SELFCHK": "${name}本月安全自查还未完成,请于${due}前在码上安全小程序填报。",
        "LL_CHECK": "您有${n}家承租企业本期安全检查未记录,请于${due}前完成。",
        "CERT": "${person}的${cert}将于${due}到期,请及时复审,无证上岗属重大隐患。",
        "ADMIT": "${name}租赁申请审核${result},详情见小程序,编号${no}。",
    }
    assert {code: SHELF.newest(code).text("sms", "zh-CN") for code in spoken} == spoken


FILL = {"name": "华强机械厂", "due": "11月5日", "no": "YX2026-0142", "n": "1", "d": "3", "brief": "配电箱下方堆放货物"}
LENGTHS = [
    ("HZ_NEW_TEL", {"tel": "0510-8789123"}, 80, 2),
    ("HZ_NEW", {}, 66, 1),
    ("HZ_DUE", {}, 46, 1),
    ("HZ_OVER", {}, 46, 1),
    ("HZ_MAJOR_LL", {"bld": "2号楼"}, 54, 1),
    ("GRADE", {"a": "黄色", "b": "橙色", "why": "隐患逾期未改"}, 56, 1),
    ("SELFCHK", {}, 44, 1),
    ("LL_CHECK", {}, 38, 1),
    ("CERT", {"person": "电工组", "cert": "电工证书"}, 43, 1),
    ("ADMIT", {"result": "通过"}, 44, 1),
]


@pytest.mark.parametrize(("code", "more", "characters", "parts"), LENGTHS, ids=[code for code, *_ in LENGTHS])
def test_the_texts_of_the_officers_are_as_long_as_they_said(code: str, more: dict[str, str], characters: int, parts: int) -> None:
    """Signature and its brackets included, at a typical fill."""
    text = SHELF.newest(code).render("sms", "zh-CN", FILL | more)
    assert measure(SIGNATURE, text) == Length(characters, parts)


def test_every_short_word_fits_into_a_variable_as_it_is() -> None:
    words = [
        word
        for shelf in ("items", "certificates", "reasons")
        for entry in shipped_words()[shelf].values()
        for word in entry.values()
    ]
    assert len(shipped_words()["items"]) == 46
    assert [word for word in words if fit(word) != word] == []


def test_the_numbers_of_the_reference_are_in_the_book() -> None:
    assert (BOOK.quiet.start, BOOK.quiet.end) == (time(21), time(8))
    assert (BOOK.digest_least, BOOK.sms_cap) == (3, 5)
    assert BOOK.daily.clock == BOOK.weekly.clock == time(8, 30)
    assert [offset.days for offset in BOOK.dates_by_kind["hazard_due"].at] == [-3, -1, 0]
    assert [offset.days for offset in BOOK.dates_by_kind["certificate_due"].at] == [-7, -1, 1]
    assert BOOK.dates_by_kind["complaint_due"].at[0].hours == -4


def test_only_immediate_and_major_break_the_quiet() -> None:
    loud = {rule.kind for rule in BOOK.rules if rule.urgency != "ordinary"}
    majors = {"major_hazard_confirmed", "major_hazard_listed", "major_hazard_escalated", "major_unacknowledged"}
    assert loud == {"hazard_found"} | majors


def test_what_the_law_demands_is_not_free() -> None:
    assert BOOK.free.isdisjoint(
        {"hazard_found", "major_hazard_confirmed", "hazard_overdue", "grade_changed", "admission_decided"}
    )
    assert BOOK.free <= {telling.kind for telling in BOOK.tellings()}


def test_every_part_carries_its_mark() -> None:
    raw = yaml.safe_load(shipped_text())
    parts = ("quiet", "digest", "caps", "unreachable", "briefs", "retries", "failover")
    marked = [*(raw[part] for part in parts), *raw["ladders"].values()]
    assert all(part["mark"] in {"table", "D"} for part in marked)


def test_a_book_that_is_no_mapping_is_refused() -> None:
    with pytest.raises(TypeError, match="mapping"):
        Book.read("- a list")


@pytest.mark.parametrize(
    ("period", "due"),
    [
        ((date(2026, 11, 1), date(2026, 11, 30)), date(2026, 12, 31)),
        ((date(2026, 10, 1), date(2026, 12, 31)), date(2027, 3, 31)),
        ((date(2026, 11, 16), date(2026, 11, 22)), date(2026, 11, 29)),
        ((date(2027, 1, 1), date(2027, 1, 31)), date(2027, 2, 28)),
    ],
)
def test_the_next_period_is_as_long_as_the_last(period: tuple[date, date], due: date) -> None:
    facts = {"period": {"first": period[0], "last": period[1]}}
    told = Occurrence(named("event"), "inspection.self_check_submitted", datetime(2026, 11, 30, tzinfo=SHANGHAI), facts)

    assert [owed.due for owed in expected(told)] == [due]


@pytest.mark.parametrize(("today", "due"), [(date(2026, 11, 5), date(2026, 11, 30)), (date(2026, 11, 26), date(2026, 12, 31))])
def test_the_first_self_check_is_due_with_the_month_or_with_the_next(today: date, due: date) -> None:
    at = datetime(today.year, today.month, today.day, 12, tzinfo=SHANGHAI)
    told = Occurrence(named("event"), "registry.site_registered", at, {"kind": SiteKind.TENANT})

    assert [owed.due for owed in expected(told)] == [due]


def test_a_day_is_written_as_people_say_it() -> None:
    moment = datetime(2026, 11, 23, 15, 1, tzinfo=SHANGHAI)
    assert [day(value, language) for value in (moment.date(), moment) for language in ("zh-CN", "en")] == [
        "11月23日",
        "23 Nov",
        "11月23日 15:01",
        "23 Nov 15:01",
    ]
