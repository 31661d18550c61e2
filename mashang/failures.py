"""What went wrong with a command, in one line for the person who gave it."""

from collections.abc import Iterator

import httpx
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from mashang.embedded import EmbeddedError
from shared.errors import MashangError
from shared.logs import mask
from shared.settings import SettingsBase


def in_one_line(error: BaseException) -> str:
    """The line; it repeats no setting's value, and numbers of people are masked."""
    return mask(" ".join(_text(_leaf(error)).split()))


def _leaf(error: BaseException) -> BaseException:
    """The first error of a group, and what a database driver said rather than what was built around it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error


def _text(error: BaseException) -> str:
    if isinstance(error, MashangError):
        return f"{error.text('zh-CN')} / {error.text('en')}"
    if isinstance(error, EmbeddedError):
        return str(error)
    if isinstance(error, ValidationError):
        return "; ".join(_settings_faults(error))
    if isinstance(error, httpx.TransportError):
        return f"实例没有应答 / the instance does not answer ({type(error).__name__}): mashang up, MASHANG_PUBLIC_URL"
    if isinstance(error, (ConnectionError, TimeoutError)):
        return f"数据库没有应答 / the database does not answer ({type(error).__name__}): mashang doctor, MASHANG_DATABASE_URL"
    return f"{type(error).__name__}: {error}"


def _settings_faults(error: ValidationError) -> list[str]:
    """Variable and rule, without the value."""
    prefix = next((str(kind.model_config.get("env_prefix")) for kind in _kinds(SettingsBase) if kind.__name__ == error.title), "")
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [f"{prefix}{'_'.join(map(str, item['loc'])).upper()}: {item['msg']}" for item in found]


def _kinds(parent: type[SettingsBase]) -> Iterator[type[SettingsBase]]:
    for kind in parent.__subclasses__():
        yield kind
        yield from _kinds(kind)
