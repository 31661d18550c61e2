"""Tokens: opaque, typed with forgiveness, and never accepted with a mistake in them."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.codes.token import TokenMistyped, new_token, read_token

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TOKENS = st.integers(0, 32**11 - 1).map(lambda number: new_token(from_number(number)))


def from_number(number: int) -> Callable[[int], int]:
    """A source of chance that begins with ``number``."""
    numbers = iter(range(number, number + 100))
    return lambda limit: next(numbers) % limit


def test_a_token_is_twelve_characters_in_groups_of_four() -> None:
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}", new_token())


def test_tokens_do_not_repeat() -> None:
    assert len({new_token() for _ in range(5_000)}) == 5_000


@given(TOKENS)
def test_a_token_reads_back_as_it_is_printed(token: str) -> None:
    assert read_token(token) == token


@pytest.mark.parametrize(
    "typed",
    [
        "{lower}",
        "{token}",
        " {spaced} ",
        "{plain}",
        "https://safety.example/c/{token}",
        "https://safety.example/c/{plain}?from=wechat#top",
        "{full_width}",
    ],
)
def test_it_may_be_typed_in_many_ways(typed: str) -> None:
    token = new_token()
    forms = {
        "token": token,
        "lower": token.lower(),
        "spaced": token.replace("-", " "),
        "plain": token.replace("-", ""),
        "full_width": "".join(chr(ord(character) + 0xFEE0) for character in token),
    }
    assert read_token(typed.format(**forms)) == token


@given(TOKENS)
def test_letters_that_look_like_digits_are_read_as_digits(token: str) -> None:
    for zero, one in (("o", "i"), ("O", "l"), ("o", "L")):
        assert read_token(token.replace("0", zero).replace("1", one)) == token


@given(TOKENS, st.integers(0, 11), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_noticed(token: str, place: int, wrong: str) -> None:
    plain = token.replace("-", "")
    mistyped = plain[:place] + wrong + plain[place + 1 :]
    if mistyped == plain:
        return
    with pytest.raises(TokenMistyped):
        read_token(mistyped)


@given(TOKENS, st.integers(0, 10))
def test_two_neighbours_that_changed_places_are_always_noticed(token: str, place: int) -> None:
    plain = token.replace("-", "")
    swapped = plain[:place] + plain[place + 1] + plain[place] + plain[place + 2 :]
    if swapped == plain:
        return
    with pytest.raises(TokenMistyped):
        read_token(swapped)


@pytest.mark.parametrize(
    "text", ["", "7K3M", "7K3M-Q9XA-2F4C-0", "7K3M-Q9XU-2F4C", "7K3M-Q9X*-2F4C", "91320282MA0000015N", "一二三四五六七八九十一二"]
)
def test_what_is_no_token_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(TokenMistyped) as refusal:
        read_token(text)
    assert refusal.value.code == "code_mistyped"
    assert not text or text not in str(refusal.value)
