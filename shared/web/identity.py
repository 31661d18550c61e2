"""Who asks: bearer tokens of an OIDC issuer, or of our own issuer in the embedded default; roles and scopes as claims."""

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID

import httpx
import structlog
from fastapi import Depends, Request
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from shared.clock import utc_now
from shared.errors import Forbidden, MashangError, Unavailable
from shared.key_files import kept
from shared.settings import WebSettings
from shared.web.language import language_of

log = structlog.get_logger()

ROLES = ("admin", "bureau", "enforcer", "grid_officer", "engineer", "department", "landlord", "tenant", "auditor", "integrator")
_ALGORITHMS = ["ES256", "RS256", "PS256", "EdDSA", "Ed25519"]
_LEEWAY_SECONDS = 60
_REMEMBER = 4_096
_REMEMBER_SECONDS = 60.0
_KEYS_SECONDS = 300.0
_ROTATION_SECONDS = 10.0
"""How soon after the last look an unknown key is worth another one: an issuer that changes its keys is followed at once."""
_LOCAL_ISSUER = "mashang-embedded"


class Unidentified(MashangError):
    """No token, or one that is not valid. 401."""

    code = "unidentified"
    status = 401
    zh = "请先登录：缺少令牌，或令牌无效、已过期"
    en = "Who are you? The token is missing, not valid, or expired"


@dataclass(frozen=True, slots=True)
class Caller:
    """The person or system behind a request, and what it may see.

    ``grids`` bound a grid officer, ``parties`` a landlord or tenant; ``certificate_no`` proves an enforcement certificate.
    """

    subject: str
    roles: frozenset[str]
    grids: frozenset[UUID] = frozenset()
    parties: frozenset[UUID] = frozenset()
    certificate_no: str | None = None
    department: str | None = None
    source: str | None = None
    language: str = "zh-CN"

    def has(self, *roles: str) -> bool:
        """Whether the caller holds any of the roles."""
        return not self.roles.isdisjoint(roles)

    @classmethod
    def of(cls, claims: Mapping[str, Any], language: str = "zh-CN") -> "Caller":
        """The caller that a token's claims describe; unknown roles are dropped. Raises Unidentified for a wrong shape."""
        try:
            return cls(
                subject=str(claims["sub"]),
                roles=frozenset(claims.get("roles", ())) & frozenset(ROLES),
                grids=frozenset(map(UUID, claims.get("grids", ()))),
                parties=frozenset(map(UUID, claims.get("parties", ()))),
                certificate_no=claims.get("certificate_no"),
                department=claims.get("department"),
                source=claims.get("source"),
                language=language,
            )
        except (KeyError, ValueError, TypeError, AttributeError):
            raise Unidentified from None


@dataclass(slots=True)
class LocalIssuer:
    """The embedded default's own issuer: one ES256 key in the data folder, readable by its owner only."""

    key: ECKey

    @classmethod
    def at(cls, data: Path) -> "LocalIssuer":
        """The issuer whose key lies in ``data``; a new key the first time. Raises KeyFileBroken."""
        return cls(ECKey.import_key(json.loads(kept(data / "issuer.json", _fresh_key, fits=_is_key))))

    def token(
        self, subject: str, roles: Sequence[str], *, audience: str = "mashang", seconds: int = 12 * 3600, **claims: Any
    ) -> str:
        """A signed token; ``claims`` are grids, parties, certificate_no, department, source. ValueError for an unknown role."""
        if unknown := sorted(set(roles) - set(ROLES)):
            message = f"unknown role {unknown[0]!r}; one of {', '.join(ROLES)}"
            raise ValueError(message)
        now = int(_seconds())
        body = {"iss": _LOCAL_ISSUER, "aud": audience, "sub": subject, "roles": list(roles), "iat": now, "exp": now + seconds}
        return jwt.encode({"alg": "ES256"}, body | {key: value for key, value in claims.items() if value}, self.key)


def _fresh_key() -> bytes:
    return json.dumps(ECKey.generate_key("P-256", private=True).as_dict(private=True)).encode()


def _is_key(content: bytes) -> bool:
    try:
        return ECKey.import_key(json.loads(content)).is_private
    except (ValueError, JoseError, KeyError, TypeError):
        return False


@dataclass(slots=True)
class Identity:
    """Turns a bearer token into claims; verified tokens are remembered for a minute."""

    settings: WebSettings
    local: LocalIssuer | None
    http: httpx.AsyncClient | None = None
    _known: OrderedDict[bytes, tuple[float, dict[str, Any]]] = field(default_factory=OrderedDict)
    _keys: KeySet | None = None
    _keys_at: float = 0.0
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def claims(self, token: str) -> dict[str, Any]:
        """The verified claims. Raises Unidentified, or Unavailable when no issuer's keys can be had."""
        digest = hashlib.sha256(token.encode()).digest()
        until, claims = self._known.get(digest, (0.0, {}))
        if _seconds() >= until:
            claims = await self._verified(token)
            self._remember(digest, claims)
        return claims

    def _remember(self, digest: bytes, claims: dict[str, Any]) -> None:
        self._known[digest] = (min(_seconds() + _REMEMBER_SECONDS, float(claims["exp"])), claims)
        self._known.move_to_end(digest)
        while len(self._known) > _REMEMBER:
            self._known.popitem(last=False)

    async def _verified(self, token: str) -> dict[str, Any]:
        keys = await self._key()
        try:
            return self._read(token, keys)
        except Unidentified:
            if not self._may_be_rotated(token):
                raise
        await self._fetch_keys(_ROTATION_SECONDS)
        return self._read(token, self._keys)

    def _read(self, token: str, keys: Any) -> dict[str, Any]:
        issuer = self.settings.oidc_issuer or _LOCAL_ISSUER
        rules = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": self.settings.oidc_audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        try:
            decoded = jwt.decode(token, keys, algorithms=_ALGORITHMS)
            rules.validate(decoded.claims)
        except (JoseError, ValueError):
            raise Unidentified from None
        return dict(decoded.claims)

    def _may_be_rotated(self, token: str) -> bool:
        """Whether the token names a key of the OIDC issuer that is not among those we know."""
        if self._keys is None:
            return False
        try:
            named = jws.extract_compact(token.encode()).headers().get("kid")
        except (JoseError, ValueError):
            return False
        return named is not None and named not in {key.kid for key in self._keys.keys}

    async def _key(self) -> Any:
        if self.settings.oidc_issuer is None:
            if self.local is None:
                raise Unavailable
            return self.local.key
        if self._keys is None or monotonic() - self._keys_at > _KEYS_SECONDS:
            await self._fetch_keys(_KEYS_SECONDS)
        return self._keys

    async def _fetch_keys(self, older_than: float) -> None:
        """The issuer's JWKS, asked for once however many wait for it; while it is away the keys already known go on serving."""
        async with self._asking:
            if self._keys is not None and monotonic() - self._keys_at <= older_than:
                return
            url = self.settings.oidc_jwks_url or f"{self.settings.oidc_issuer}/.well-known/jwks.json"
            try:
                async with httpx.AsyncClient(timeout=5) as http:
                    answer = (await http.get(url)).raise_for_status()
                self._keys = KeySet.import_key_set(answer.json())
            except (httpx.HTTPError, ValueError, KeyError, TypeError, JoseError) as error:
                log.warning("issuer_keys_unavailable", error=type(error).__name__)
                if self._keys is None:
                    raise Unavailable from None
            self._keys_at = monotonic()


def _seconds() -> float:
    return utc_now().timestamp()


async def caller_of(request: Request) -> Caller:
    """The caller of a request. Raises Unidentified without a valid bearer token."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unidentified
    identity: Identity = request.app.state.identity
    return Caller.of(await identity.claims(token.strip()), language_of(request))


def allow(*roles: str) -> Any:
    """A dependency that gives the Caller when it holds one of ``roles`` (an auditor may read everything), else 403."""

    async def permitted(request: Request) -> Caller:
        caller = await caller_of(request)
        reads = request.method in {"GET", "HEAD"} and caller.has("auditor")
        if not reads and not caller.has(*roles):
            raise Forbidden
        return caller

    setattr(permitted, "roles", roles)  # noqa: B010 - the role matrix test reads it
    return Depends(permitted)
