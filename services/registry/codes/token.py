"""The token on a wall: eleven random Crockford base32 characters and a check character, easily read aloud and typed.

It says nothing about its holder. The check character is Crockford's, modulo 37; tokens whose check would be one of his five
extra signs are never issued, so that a token is letters and digits only. Any one wrong character, and any two neighbours
that changed places, give a wrong check.
"""

import re
import secrets
import unicodedata
from collections.abc import Callable
from typing import Final

from shared.errors import Refused

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUE: Final = {character: value for value, character in enumerate(_ALPHABET)}
_MISREADINGS: Final = str.maketrans("OIL", "011")
_MODULUS: Final = 37
_BODY: Final = 11
_LENGTH: Final = _BODY + 1
_GROUP: Final = 4
_FILLING: Final = re.compile(r"[\s\-‐-―.·]+")
_ADDRESS: Final = re.compile(r".*/c/([^/?#]+).*", re.IGNORECASE | re.DOTALL)


class TokenMistyped(Refused):
    """Not a token: too short, too long, a sign that no token has, or a check character that does not fit."""

    code = "code_mistyped"
    zh = "安全码输入有误,请对照标牌核对后重新输入"
    en = "This code is mistyped; compare it with the label and type it again"


def new_token(random_below: Callable[[int], int] = secrets.randbelow) -> str:
    """A fresh token in its printed form, such as ``7K3M-Q9XA-2F4C``."""
    while True:
        number = random_below(len(_ALPHABET) ** _BODY)
        if number % _MODULUS < len(_ALPHABET):
            return _printed(_written(number) + _ALPHABET[number % _MODULUS])


def read_token(text: str) -> str:
    """The printed form of what was typed, read aloud or scanned: o is 0, i and l are 1. Raises TokenMistyped."""
    address = _ADDRESS.fullmatch(text)
    plain = unicodedata.normalize("NFKC", address[1] if address else text).upper()
    token = _FILLING.sub("", plain).translate(_MISREADINGS)
    if len(token) != _LENGTH or not set(token) <= set(_ALPHABET):
        raise TokenMistyped(pointer="/code")
    if _number(token[:_BODY]) % _MODULUS != _VALUE[token[_BODY]]:
        raise TokenMistyped(pointer="/code")
    return _printed(token)


def _written(number: int) -> str:
    characters = []
    for _ in range(_BODY):
        number, value = divmod(number, len(_ALPHABET))
        characters.append(_ALPHABET[value])
    return "".join(reversed(characters))


def _number(body: str) -> int:
    number = 0
    for character in body:
        number = number * len(_ALPHABET) + _VALUE[character]
    return number


def _printed(token: str) -> str:
    return "-".join(token[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))
