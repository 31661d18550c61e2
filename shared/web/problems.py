"""Every error as RFC 9457 problem+json, in the caller's language, with a stable code and never the offending value."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import IntegrityError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from shared.database.engine import is_connection_lost
from shared.errors import MashangError, Unavailable
from shared.web.language import language_of
from shared.web.unit import AlreadyThere, Replayed

log = structlog.get_logger()

_MEDIA_TYPE = "application/problem+json"
_TITLES = {
    400: ("无法识别", "Unreadable"),
    401: ("请先登录", "Who are you?"),
    403: ("没有权限", "Not allowed"),
    404: ("没有找到", "Not found"),
    405: ("不支持这个方法", "Method not allowed"),
    409: ("与当前状态冲突", "Conflicts with the state"),
    412: ("内容已变化", "Changed meanwhile"),
    413: ("内容过大", "Too large"),
    415: ("不支持的内容类型", "Unsupported content type"),
    422: ("不符合规则", "A rule says no"),
    429: ("请求过于频繁", "Too many requests"),
    500: ("系统出错", "A fault of ours"),
    503: ("暂时不可用", "Not available now"),
}
_RULES = {
    "missing": ("必填", "is required"),
    "extra_forbidden": ("不认识的字段", "is not a known field"),
    "string_type": ("必须是文字", "must be text"),
    "string_too_short": ("至少 {min_length} 个字符", "at least {min_length} characters"),
    "string_too_long": ("最多 {max_length} 个字符", "at most {max_length} characters"),
    "string_pattern_mismatch": ("格式不正确", "has the wrong form"),
    "enum": ("只能是：{expected}", "must be one of {expected}"),
    "literal_error": ("只能是：{expected}", "must be one of {expected}"),
    "int_type": ("必须是整数", "must be a whole number"),
    "int_parsing": ("必须是整数", "must be a whole number"),
    "int_from_float": ("必须是整数", "must be a whole number"),
    "float_type": ("必须是数字", "must be a number"),
    "float_parsing": ("必须是数字", "must be a number"),
    "decimal_parsing": ("必须是数字", "must be a number"),
    "bool_type": ("必须是 true 或 false", "must be true or false"),
    "bool_parsing": ("必须是 true 或 false", "must be true or false"),
    "greater_than": ("必须大于 {gt}", "must be greater than {gt}"),
    "greater_than_equal": ("不能小于 {ge}", "must be at least {ge}"),
    "less_than": ("必须小于 {lt}", "must be less than {lt}"),
    "less_than_equal": ("不能大于 {le}", "must be at most {le}"),
    "uuid_parsing": ("必须是 UUID", "must be a UUID"),
    "uuid_type": ("必须是 UUID", "must be a UUID"),
    "date_parsing": ("必须是日期，例如 2026-11-23", "must be a date such as 2026-11-23"),
    "date_from_datetime_parsing": ("必须是日期，例如 2026-11-23", "must be a date such as 2026-11-23"),
    "datetime_parsing": ("必须是带时区的时间，例如 2026-11-23T09:00:00+08:00", "must be a time with offset, RFC 3339"),
    "datetime_from_date_parsing": ("必须是带时区的时间，例如 2026-11-23T09:00:00+08:00", "must be a time with offset, RFC 3339"),
    "timezone_aware": ("时间必须带时区", "the time needs an offset"),
    "list_type": ("必须是列表", "must be a list"),
    "too_short": ("至少 {min_length} 项", "at least {min_length} items"),
    "too_long": ("最多 {max_length} 项", "at most {max_length} items"),
    "dict_type": ("必须是对象", "must be an object"),
    "model_attributes_type": ("必须是对象", "must be an object"),
    "json_invalid": ("不是有效的 JSON", "is not valid JSON"),
}
_FALLBACK = ("不符合要求", "does not fit")
_HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": "2"}, 503: {"Retry-After": "2"}}
_UNREADABLE, _UNSUPPORTED, _UNPROCESSABLE, _FAULT = 400, 415, 422, 500


def problem(  # noqa: PLR0913 - the members of RFC 9457
    request: Request,
    status: int,
    code: str,
    detail: str | None = None,
    *,
    errors: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
    members: Mapping[str, str] | None = None,
) -> Response:
    """One problem+json answer; ``errors`` are ``{pointer, code, detail}``, ``members`` are the problem's own."""
    titles = _TITLES.get(status, _TITLES[_FAULT])
    title = titles[1] if language_of(request) == "en" else titles[0]
    body: dict[str, Any] = {**(members or {}), "type": f"/problems/{code}", "title": title, "status": status, "code": code}
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = list(errors)
    return JSONResponse(body, status, dict(headers or {}), _MEDIA_TYPE)


def answer_problems(app: FastAPI) -> None:
    """Make ``app`` answer every error in the shape of the contract."""
    app.add_exception_handler(MashangError, _expected)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Replayed, _replayed)
    app.add_exception_handler(IntegrityError, _conflict)
    app.add_exception_handler(Exception, _fault)


async def _expected(request: Request, error: Exception) -> Response:
    assert isinstance(error, MashangError)  # noqa: S101 - narrows for the type checker
    detail = error.text(language_of(request))
    errors = [{"pointer": error.pointer, "code": error.code, "detail": detail}] if error.pointer else []
    headers = dict(_HEADERS.get(error.status, {}))
    if "retry_after" in error.facts:
        headers["Retry-After"] = str(error.facts["retry_after"])
    members = {name: str(error.facts[name]) for name in error.members if name in error.facts}
    return problem(request, error.status, error.code, detail, errors=errors, headers=headers, members=members)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    language = language_of(request)
    found = [_one(item, language) for item in error.errors()]
    if _is_foreign(request, found):
        return problem(request, _UNSUPPORTED, "unsupported_content_type")
    unreadable = any(item["code"] == "json_invalid" for item in found)
    return problem(
        request, _UNREADABLE if unreadable else _UNPROCESSABLE, "unreadable" if unreadable else "invalid", errors=found
    )


def _is_foreign(request: Request, found: Sequence[Mapping[str, str]]) -> bool:
    """Whether the body as a whole was not understood because it does not claim to be JSON or a form; none at all is missing."""
    claimed = request.headers.get("content-type", "")
    if "json" in claimed or claimed.startswith("multipart/"):
        return False
    whole = {item["code"] for item in found if item["pointer"] == "/"}
    return bool(whole & {"model_attributes_type", "dict_type"}) or (bool(claimed) and "missing" in whole)


def _one(item: Mapping[str, Any], language: str) -> dict[str, str]:
    """One broken rule: where, which, and in words; the value itself is never repeated."""
    place = [str(part) for part in item["loc"]]
    inside = place[1:] if place and place[0] in {"body", "query", "path", "header"} else place
    zh, en = _RULES.get(item["type"], _FALLBACK)
    context = {key: value for key, value in (item.get("ctx") or {}).items() if key != "error"}
    text = en if language == "en" else zh
    if item["type"] in {"value_error", "assertion_error"}:
        text = str((item.get("ctx") or {}).get("error", text))
        return {"pointer": "/" + "/".join(inside), "code": item["type"], "detail": text}
    try:
        return {"pointer": "/" + "/".join(inside), "code": item["type"], "detail": text.format(**context)}
    except KeyError:
        return {"pointer": "/" + "/".join(inside), "code": item["type"], "detail": _FALLBACK[language == "en"]}


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    codes = {404: "missing", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_content_type"}
    return problem(request, error.status_code, codes.get(error.status_code, "http_error"), headers=error.headers)


async def _replayed(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Replayed)  # noqa: S101
    return error.response


async def _conflict(request: Request, error: Exception) -> Response:
    log.warning("integrity_conflict", error=type(getattr(error, "orig", error)).__name__, path=request.url.path)
    return await _expected(request, AlreadyThere())


async def _fault(request: Request, error: Exception) -> Response:
    if is_connection_lost(error):
        return await _expected(request, Unavailable())
    log.error("request_failed", path=request.url.path, method=request.method, exc_info=error)
    return problem(request, _FAULT, "fault")
