"""What can go wrong on purpose: four kinds, named for what happened, each with a stable code and a text in two languages."""

from typing import Any, ClassVar


class MashangError(Exception):
    """An expected answer of the system, not a fault.

    Class attributes say what it is; keyword arguments fill the texts. Never pass a phone, an ID number or the value
    that was wrong: texts end in logs and answers. ``pointer`` (JSON pointer) names the field that broke the rule.
    ``members`` names facts that the problem carries as members of its own, for programs. A fact ``retry_after`` (seconds)
    also stands in the header of that name.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    zh: ClassVar[str] = "出错了"
    en: ClassVar[str] = "Something went wrong"
    members: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *, pointer: str | None = None, **facts: Any) -> None:
        super().__init__(self.code)
        self.pointer = pointer
        self.facts = facts

    def text(self, language: str = "zh-CN") -> str:
        """One sentence for the person who asked, in ``zh-CN`` or ``en``."""
        template = self.en if language.startswith("en") else self.zh
        return template.format(**self.facts)

    def __str__(self) -> str:
        return f"{self.code}: {self.text('en')}"


class Refused(MashangError):
    """A rule says no. 422, or 409 where it conflicts with the state; as a message: quarantine at once."""

    code = "refused"
    status = 422
    zh = "规则不允许"
    en = "A rule says no"


class Missing(MashangError):
    """Not there, or not yours. 404; as a message: retry, because its cause may still be on the way."""

    code = "missing"
    status = 404
    zh = "没有找到，或无权查看"
    en = "Not found, or not yours"


class Forbidden(MashangError):
    """Known, but not allowed. 403."""

    code = "forbidden"
    status = 403
    zh = "您没有权限做这件事"
    en = "You are not allowed to do this"


class Unreadable(MashangError):
    """Nobody can parse it. 400; as a message: quarantine at once."""

    code = "unreadable"
    status = 400
    zh = "内容无法识别"
    en = "The content cannot be read"


class Stale(MashangError):
    """Somebody changed it since the caller read it. 412."""

    code = "stale"
    status = 412
    zh = "内容已被他人修改，请刷新后再试"
    en = "It was changed since you read it; reload and try again"


class Unavailable(MashangError):
    """A dependency is down. 503; as a message: the consumer pauses and no attempt is spent."""

    code = "unavailable"
    status = 503
    zh = "依赖的服务暂时不可用，请稍后再试"
    en = "A dependency is down; try again shortly"


class OutcomeUnknown(Unavailable):
    """The connection broke while the change was being committed; the same Idempotency-Key gives the true answer."""

    code = "outcome_unknown"
    zh = "提交时连接中断，结果未知；请用同一个 Idempotency-Key 重试"
    en = "The connection broke during the commit; repeat with the same Idempotency-Key"
