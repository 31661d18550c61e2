"""Tokens: what is let in, and every known way to get in without one."""

import base64
import json
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from shared.settings import WebSettings
from shared.web.identity import Caller, Identity, LocalIssuer, Unidentified


@pytest.fixture
def issuer(tmp_path: Path) -> LocalIssuer:
    return LocalIssuer.at(tmp_path)


@pytest.fixture
def identity(issuer: LocalIssuer) -> Identity:
    return Identity(WebSettings(), issuer)


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    plain = {"iss": "mashang-embedded", "aud": "mashang", "sub": "x", "roles": ["bureau"], "iat": now, "exp": now + 600}
    return {key: value for key, value in (plain | changes).items() if value is not None}


async def test_a_token_of_the_local_issuer_carries_roles_and_scopes(identity: Identity, issuer: LocalIssuer) -> None:
    grid, party = uuid4(), uuid4()
    token = issuer.token("wang", ["grid_officer", "tenant"], grids=[str(grid)], parties=[str(party)], certificate_no="C1")
    caller = Caller.of(await identity.claims(token))
    assert caller == Caller("wang", frozenset({"grid_officer", "tenant"}), frozenset({grid}), frozenset({party}), "C1")


def test_the_key_of_the_issuer_is_readable_by_its_owner_only_and_lasts(tmp_path: Path) -> None:
    LocalIssuer.at(tmp_path)
    assert (tmp_path / "issuer.json").stat().st_mode & 0o777 == 0o600
    assert LocalIssuer.at(tmp_path).key.as_dict() == LocalIssuer.at(tmp_path).key.as_dict()


def test_an_unknown_role_is_refused_at_issue_and_dropped_at_entry(issuer: LocalIssuer) -> None:
    with pytest.raises(ValueError, match="unknown role 'king'"):
        issuer.token("x", ["king"])
    assert Caller.of({"sub": "x", "roles": ["king", "tenant"]}).roles == {"tenant"}


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("exp", -3600),
        ("exp", None),
        ("aud", "another"),
        ("aud", None),
        ("iss", "https://evil.example"),
        ("iss", None),
        ("sub", None),
        ("iat", 7200),
    ],
)
async def test_wrong_claims_are_nobody(identity: Identity, issuer: LocalIssuer, claim: str, value: Any) -> None:
    changed = int(time.time()) + value if isinstance(value, int) else value
    with pytest.raises(Unidentified):
        await identity.claims(jwt.encode({"alg": "ES256"}, claims(**{claim: changed}), issuer.key))


async def test_another_key_a_missing_signature_and_a_swapped_algorithm_are_nobody(
    identity: Identity, issuer: LocalIssuer
) -> None:
    public = json.dumps(issuer.key.as_dict(private=False)).encode()
    forged = [
        jwt.encode({"alg": "ES256"}, claims(), ECKey.generate_key("P-256")),
        jwt.encode({"alg": "HS256"}, claims(), OctKey.import_key(public), algorithms=["HS256"]),
        _unsigned(claims()),
        "not.a.token",
        "",
        jwt.encode({"alg": "ES256"}, claims(), issuer.key)[:-8] + "AAAAAAAA",
    ]
    for token in forged:
        with pytest.raises(Unidentified):
            await identity.claims(token)


async def test_claims_of_a_wrong_shape_are_nobody(identity: Identity, issuer: LocalIssuer) -> None:
    for changes in ({"grids": ["not-a-uuid"]}, {"parties": 7}, {"grids": [5]}):
        found = await identity.claims(jwt.encode({"alg": "ES256"}, claims(**changes), issuer.key))
        with pytest.raises(Unidentified):
            Caller.of(found)


def _unsigned(body: dict[str, Any]) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in ({"alg": "none"}, body)]
    return ".".join([*parts, ""])
