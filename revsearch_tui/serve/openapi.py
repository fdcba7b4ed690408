"""The description of the HTTP interface, made of the table that its routes are made of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from revsearch_tui import __version__
from revsearch_tui.serve.answers import ErrorTold

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


class Endpoint(NamedTuple):
    """What can be asked. `asked` describes the body; with `takes_picture` a form may bring a picture beside it.
    `answer` describes the answer, a list of such where `is_list`; None is a JPEG."""

    method: str
    path: str
    summary: str
    handle: Callable[[Request], Awaitable[Response]]
    answer: type[BaseModel] | None
    asked: type[BaseModel] | None = None
    takes_picture: bool = False
    is_list: bool = False
    status: int = 200


def describe(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """An OpenAPI 3.1 document."""
    models: set[type[BaseModel]] = {ErrorTold}
    models |= {model for each in endpoints for model in (each.asked, each.answer) if model is not None}
    _, schemas = models_json_schema(
        [(model, "validation") for model in sorted(models, key=lambda model: model.__name__)],
        by_alias=True,
        ref_template="#/components/schemas/{model}",
    )
    paths: dict[str, dict[str, Any]] = {}
    for each in endpoints:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "revsearch",
            "version": __version__,
            "description": "Reverse image search among the pictures of this machine.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    error = {"description": "What went wrong.", "content": _json(_reference(ErrorTold))}
    content: dict[str, Any] = {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}
    if endpoint.answer is not None:
        one = _reference(endpoint.answer)
        content = _json({"type": "array", "items": one} if endpoint.is_list else one)
    answer = {"description": "The answer.", "content": content}
    operation: dict[str, Any] = {
        "summary": endpoint.summary,
        "operationId": f"{endpoint.method} {endpoint.path}".lower().translate(str.maketrans("/ ", "__", "{}")),
        "responses": {str(endpoint.status): answer, "default": error},
    }
    names = [part[1:-1] for part in endpoint.path.split("/") if part.startswith("{")]
    if names:
        operation["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
        ]
    if endpoint.asked is not None:
        body = _json(_reference(endpoint.asked))
        if endpoint.takes_picture:
            picture = {"type": "string", "format": "binary", "description": "The file of a picture."}
            form = {"type": "object", "properties": {"picture": picture, "request": _reference(endpoint.asked)}}
            encoding = {"request": {"contentType": "application/json"}}
            body["multipart/form-data"] = {"schema": form, "encoding": encoding}
        operation["requestBody"] = {"required": True, "content": body}
    return operation


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _reference(model: type[BaseModel]) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}
