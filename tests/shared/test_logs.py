"""Nothing personal reaches a log line, whichever way it tries."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from shared import logs

MOBILE, ID_NUMBER = "13912345678", "320282199001011234"


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, config = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**config)


def test_numbers_are_masked_in_every_place_of_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    structlog.get_logger().info(
        f"call {MOBILE}", person={"mobile": MOBILE, "ids": [ID_NUMBER, (MOBILE,)]}, body=MOBILE.encode(), x=f"a{MOBILE}"
    )
    (line,) = lines(capsys)
    assert line["event"] == "call 139****5678"
    assert line["person"] == {"mobile": "139****5678", "ids": ["320***********1234", ["139****5678"]]}
    assert line["body"] == "139****5678"


def test_the_standard_library_and_exceptions_are_masked_too(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    logging.getLogger("some.library").warning("sent to %s", MOBILE)
    structlog.get_logger().error("failed", exc_info=ValueError(MOBILE))
    text = json.dumps(lines(capsys))
    assert MOBILE not in text
    assert "139****5678" in text


def test_a_line_says_what_where_and_when(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    structlog.contextvars.bind_contextvars(request_id="r1")
    structlog.get_logger("shared.somewhere").warning("outbox_waits", seconds=3)
    structlog.contextvars.clear_contextvars()
    (line,) = lines(capsys)
    assert {"event", "level", "timestamp", "request_id", "seconds"} <= line.keys()


@pytest.mark.parametrize(
    "text",
    [
        "20261123190000000000",
        "01a209cd-16d6-7c89-89f0-5f460bcbfd98",
        "order 99139123456789 done",
        "01a209cd-1391-1234-5678-5f460bcbfd98",
    ],
)
def test_other_long_numbers_stay(text: str) -> None:
    assert logs.mask(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("8613912345678", "86139****5678"),
        ("+8613912345678", "+86139****5678"),
        ("+86 13912345678", "+86 139****5678"),
        ("tel:13912345678;", "tel:139****5678;"),
        ("电话13912345678号", "电话139****5678号"),
        ("139 1234 5678", "139****5678"),
        ("139-1234-5678", "139****5678"),
    ],
)
def test_a_mobile_is_masked_with_its_country_code_too(text: str, masked: str) -> None:
    assert logs.mask(text) == masked
