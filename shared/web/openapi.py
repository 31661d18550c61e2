"""OpenAPI 3.1 of one service, and of several together: who may call what, and that every error is a problem."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

_PROBLEM = {
    "title": "Problem",
    "description": "RFC 9457; `code` is stable, `title` and `detail` follow Accept-Language, no value is ever repeated.",
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {name: {"type": "string"} for name in ("pointer", "code", "detail")},
            },
        },
    },
}
_NO_SUCCESS = {
    "description": "Any error, 4xx or 5xx",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_PARAMETERS = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Sending again with the same key answers the same and does nothing twice.",
        "schema": {"type": "string", "maxLength": 200},
    },
    "AcceptLanguage": {"name": "Accept-Language", "in": "header", "schema": {"enum": ["zh-CN", "en"], "default": "zh-CN"}},
}
_BEARER = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
_SCHEMAS = "#/components/schemas/"


class ServiceApp(FastAPI):
    """One service's application, which describes itself as it truly answers."""

    def openapi(self) -> dict[str, Any]:
        """The document of this service; ``x-roles`` of an operation are those that may call it, none where all may."""
        with warnings.catch_warnings(action="ignore"):  # of operation ids that come twice: they are written anew
            document = super().openapi()
        # In order of the methods: a route of several methods keeps them as a set.
        paths = {path: dict(sorted(item.items())) for path, item in document["paths"].items()}
        for route in _described_routes(self):
            _describe(paths[str(route.path_format)], route)
        schemas = document.get("components", {}).get("schemas", {})
        return document | {"paths": paths, "components": _components(schemas)}


def merged(documents: Mapping[str, Mapping[str, Any]], title: str, version: str) -> dict[str, Any]:
    """One document of every service in the process; paths and the names of schemas carry the service's."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for name, document in documents.items():
        renamed = _renamed(document, name)
        paths |= {f"/api/{name}{path}": item for path, item in renamed["paths"].items()}
        schemas |= {f"{name}.{key}": item for key, item in renamed["components"]["schemas"].items()}
    components = _components({}) | {"schemas": schemas}
    return {"openapi": "3.1.0", "info": {"title": title, "version": version}, "paths": paths, "components": components}


def roles_of(dependant: Dependant) -> set[str]:
    """The roles that ``allow`` names somewhere in a route's dependencies."""
    own = set(getattr(dependant.call, "roles", ()))
    return own.union(*(roles_of(inner) for inner in dependant.dependencies))


def _described_routes(app: FastAPI) -> Iterator[RouteContext]:
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute) and route.include_in_schema:
            yield route


def _describe(item: dict[str, Any], route: RouteContext) -> None:
    methods = sorted(method.lower() for method in route.methods or ())
    roles = roles_of(route.dependant)
    for method in methods:
        operation = dict(item[method])
        operation["operationId"] = f"{route.name}_{method}" if len(methods) > 1 else route.name
        operation["parameters"] = [*operation.get("parameters", ()), *_shared_parameters(method)]
        operation["responses"] = {code: it for code, it in operation["responses"].items() if code != "422"} | {
            "default": _NO_SUCCESS
        }
        operation["security"] = [{"bearer": []}] if roles else []
        operation["x-roles"] = sorted(roles | {"auditor"} if roles and method == "get" else roles)
        item[method] = operation


def _shared_parameters(method: str) -> Sequence[Mapping[str, str]]:
    names = ("IdempotencyKey", "AcceptLanguage") if method != "get" else ("AcceptLanguage",)
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _components(schemas: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: schema for name, schema in schemas.items() if name not in {"HTTPValidationError", "ValidationError"}}
    return {"schemas": own | {"Problem": _PROBLEM}, "parameters": _PARAMETERS, "securitySchemes": _BEARER}


def _renamed(node: Any, service: str) -> Any:
    if isinstance(node, list):
        return [_renamed(item, service) for item in node]
    if not isinstance(node, dict):
        return node
    here = node.get("$ref")
    if isinstance(here, str) and here.startswith(_SCHEMAS):
        return {"$ref": f"{_SCHEMAS}{service}.{here.removeprefix(_SCHEMAS)}"}
    return {key: _renamed(value, service) for key, value in node.items()}
