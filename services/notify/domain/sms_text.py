"""An SMS as mainland carriers count, bill and refuse it."""

import re
import unicodedata
from dataclasses import dataclass

SINGLE, PART, MOST = 70, 67, 500
LONGEST_VARIABLE = 20
MOST_NUMBERS = 2

_FORBIDDEN = re.compile(r"[【】•★→①-⑳㎡²³]")
_UNSENT = re.compile(r"[.。'<>{}\s]|" + _FORBIDDEN.pattern)
_URL = re.compile(r"https?:|www\.|[\w-]+\.(?:com|cn|net|org|gov|top|vip|cc|io|me)\b", re.IGNORECASE)
_VARIABLE_IN_URL = re.compile(r"(?:https?:|www\.)[^\s,，。;；]*\$\{", re.IGNORECASE)
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_CONTACT = re.compile(r"(?<!\d)(?:400[\d-]{7,9}|95\d{3,4}|0\d{2,3}-?\d{7,8}|\d{7,8})(?!\d)")
_REPLY = re.compile(r"回复?\s*[A-Za-z](?![A-Za-z])")
_EDGE_KEPT = frozenset("()（）%％")


@dataclass(frozen=True, slots=True)
class Length:
    """How long an SMS is, signature and its brackets included, and in how many parts it is billed."""

    characters: int
    parts: int


def measure(signature: str, body: str) -> Length:
    """Every character counts one: up to 70 are one part, beyond that each part carries 67."""
    characters = len(signature) + 2 + len(body)
    return Length(characters, 1 if characters <= SINGLE else -(-characters // PART))


def body_faults(body: str) -> list[str]:
    """Rules that a template's body breaks, by their code; the carriers would refuse it or block it silently."""
    checks = (
        ("forbidden_character", _FORBIDDEN.search(body) is not None),
        ("traditional_character", any(_is_traditional(character) for character in body)),
        ("mobile_number", _MOBILE.search(body) is not None),
        ("too_many_numbers", len(_CONTACT.findall(body)) > MOST_NUMBERS),
        ("reply_code", _REPLY.search(body) is not None),
        ("variable_in_url", _VARIABLE_IN_URL.search(body) is not None),
    )
    return [code for code, broken in checks if broken]


def variable_faults(value: str) -> list[str]:
    """Rules that the value of a variable breaks."""
    checks = (
        ("variable_empty", not value),
        ("variable_too_long", len(value) > LONGEST_VARIABLE),
        ("variable_url", _URL.search(value) is not None),
        ("variable_forbidden_character", _UNSENT.search(value.replace(" ", "")) is not None),
        ("variable_punctuation_at_the_ends", bool(value) and (_is_edge(value[0]) or _is_edge(value[-1]))),
    )
    return [code for code, broken in checks if broken]


def fit(value: str, most: int = LONGEST_VARIABLE) -> str:
    """The value as it may travel in a variable: no forbidden character, no punctuation at the ends, cut without a trace.

    A URL is left as it is: hiding it would send people nowhere, so the check refuses it.
    """
    if _URL.search(value):
        return value
    square = value.replace("㎡", "平方米").replace("m²", "平方米")
    plain = _UNSENT.sub(lambda found: _spelled(found.group()), square)
    return _trimmed(_cut(_trimmed(" ".join(plain.split())), most)) or "无"


def _cut(value: str, most: int) -> str:
    """At most so many characters; a bracket that would stay open goes with what it opened."""
    kept = value[:most]
    for opening, closing in ("()", "（）"):
        if len(value) > most and kept.count(opening) > kept.count(closing):
            kept = kept[: kept.rindex(opening)]
    return kept


def _spelled(character: str) -> str:
    plain = unicodedata.normalize("NFKC", character)
    return plain if plain.isdecimal() else " "


def _trimmed(value: str) -> str:
    start, end = 0, len(value)
    while start < end and _is_edge(value[start]):
        start += 1
    while end > start and _is_edge(value[end - 1]):
        end -= 1
    return value[start:end]


def _is_edge(character: str) -> bool:
    return character not in _EDGE_KEPT and unicodedata.category(character)[0] in "PZSC"


def _is_traditional(character: str) -> bool:
    """A Chinese character outside GB 2312: the carriers' gateways replace or refuse it in a registered text."""
    if not "\u4e00" <= character <= "\u9fff":
        return False
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return True
    return False
