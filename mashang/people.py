"""The people of the story: each signs in with a token of the embedded issuer and sees what his role sees."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx

from shared.errors import MashangError
from shared.settings import Settings
from shared.web.identity import LocalIssuer


@dataclass(slots=True)
class People:
    """HTTP clients by person, on one instance."""

    url: str
    issuer: LocalIssuer
    stack: AsyncExitStack

    @classmethod
    def at(cls, url: str, settings: Settings, stack: AsyncExitStack) -> "People":
        """The people of the instance whose issuer's key lies in the data folder."""
        return cls(url, LocalIssuer.at(settings.data), stack)

    async def sign_in(self, subject: str, *roles: str, **claims: Any) -> httpx.AsyncClient:
        """A client for one person; ``claims`` such as ``parties=[…]`` bound what he sees."""
        plain: dict[str, Any] = {key: [str(item) for item in value] for key, value in claims.items() if isinstance(value, list)}
        token = self.issuer.token(subject, roles, **(claims | plain))
        client = httpx.AsyncClient(base_url=self.url, headers={"Authorization": f"Bearer {token}"}, timeout=60)
        return await self.stack.enter_async_context(client)


class Declined(MashangError):
    """The instance answered with a problem."""

    code = "declined"
    zh = "{method} {path} 被拒绝（{status} {problem}）：{detail}"
    en = "{method} {path} was declined ({status} {problem})"


async def asked(answer: httpx.Response) -> Any:
    """The JSON of an answer. Raises Declined with the problem's own words."""
    if not answer.is_error:
        return answer.json()
    problem = answer.json() if answer.headers.get("content-type", "").endswith("json") else {}
    request, detail = answer.request, problem.get("detail") or problem.get("title") or answer.reason_phrase
    raise Declined(
        method=request.method, path=request.url.path, status=answer.status_code, problem=problem.get("code", "-"), detail=detail
    )
