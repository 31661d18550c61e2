"""Which of the two languages the caller reads: Chinese unless English is asked for first."""

from starlette.requests import Request


def language_of(request: Request) -> str:
    """``zh-CN`` or ``en``, from ``Accept-Language``."""
    wanted = request.headers.get("accept-language", "").lower()
    return "en" if wanted.startswith("en") else "zh-CN"
