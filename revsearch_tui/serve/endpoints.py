"""What can be asked over HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from pathlib import PurePath
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from revsearch_tui.api import RevsearchError, UsageError
from revsearch_tui.core.base.wording import instead
from revsearch_tui.core.search.sources import QueryPicture
from revsearch_tui.serve.answers import (
    CollectionHeld,
    EvaluationAnswer,
    ExplainAnswer,
    JobTold,
    RecordListed,
    SearchAnswer,
)
from revsearch_tui.serve.engines import Wanted
from revsearch_tui.serve.openapi import Endpoint, describe
from revsearch_tui.serve.requests import DuplicatesAsked, EvaluationAsked, ExplainAsked, SearchAsked
from revsearch_tui.serve.service import Service
from revsearch_tui.serve.statuses import status_of

T = TypeVar("T")
Asked = TypeVar("Asked", bound=BaseModel)
Handler = Callable[[Request], Awaitable[Response]]

_PICTURE, _REQUEST = "picture", "request"
"""Fields of a form that brings a picture."""


def application(service: Service) -> Starlette:
    """Everything that can be asked, for whoever the guard lets through."""
    endpoints = _Endpoints(service).all()
    document = describe(endpoints)

    async def openapi(_request: Request) -> Response:
        return _json(document)

    routes = [Route("/openapi.json", openapi)]
    routes += [Route(each.path, _told(each.handle), methods=[each.method]) for each in endpoints]
    return Starlette(routes=routes, exception_handlers={HTTPException: _no_such})


class _Endpoints:
    def __init__(self, service: Service) -> None:
        self._service = service

    def all(self) -> list[Endpoint]:
        thumbnail = "/collections/{name}/pictures/{image_id}/thumbnail"
        return [
            Endpoint("GET", "/collections", "All collections.", self.collections, CollectionHeld, is_list=True),
            Endpoint(
                *("POST", "/search", "Search for a picture, for words, or for both.", self.search, SearchAnswer),
                *(SearchAsked, True),
            ),
            Endpoint(
                *("POST", "/explain", "Show why two pictures match.", self.explain, ExplainAnswer),
                *(ExplainAsked, True),
            ),
            Endpoint("GET", thumbnail, "A small picture of a hit, as JPEG.", self.thumbnail, None),
            Endpoint(
                *("POST", "/dupes", "Look for pictures that are the same, as a job.", self.dupes, JobTold),
                *(DuplicatesAsked, False, False, 202),
            ),
            Endpoint(
                *("POST", "/eval", "Measure methods on labelled pictures, as a job.", self.eval, JobTold),
                *(EvaluationAsked, False, False, 202),
            ),
            Endpoint("GET", "/records", "All evaluations, the newest first.", self.records, RecordListed, is_list=True),
            Endpoint("GET", "/records/{id}", "One evaluation.", self.record, EvaluationAnswer),
            Endpoint("GET", "/jobs", "All jobs, the oldest first, without results.", self.jobs, JobTold, is_list=True),
            Endpoint("GET", "/jobs/{id}", "One job, with its result once it is done.", self.job, JobTold),
            Endpoint("DELETE", "/jobs/{id}", "Stop a job; what it has done so far is kept.", self.stop, JobTold),
        ]

    async def collections(self, _request: Request) -> Response:
        return _json(await run_in_threadpool(self._service.collections))

    async def search(self, request: Request) -> Response:
        asked, picture = await _read_with_picture(SearchAsked, request)
        wanted = Wanted()
        future = await run_in_threadpool(self._service.search, asked, picture, wanted)
        return _json(await _unless_gone(request, future, wanted))

    async def explain(self, request: Request) -> Response:
        asked, picture = await _read_with_picture(ExplainAsked, request)
        wanted = Wanted()
        future = await run_in_threadpool(self._service.explain, asked, picture, wanted)
        return _json(await _unless_gone(request, future, wanted))

    async def thumbnail(self, request: Request) -> Response:
        parameters = request.path_params
        data = await run_in_threadpool(self._service.thumbnails.of, parameters["name"], parameters["image_id"])
        return Response(data, media_type="image/jpeg")

    async def dupes(self, request: Request) -> Response:
        return _json(self._service.find_duplicates(_checked(DuplicatesAsked, await request.body())).values(), 202)

    async def eval(self, request: Request) -> Response:
        return _json(self._service.evaluate(_checked(EvaluationAsked, await request.body())).values(), 202)

    async def records(self, _request: Request) -> Response:
        return _json(await run_in_threadpool(self._service.records))

    async def record(self, request: Request) -> Response:
        return _json(await run_in_threadpool(self._service.record, request.path_params["id"]))

    async def jobs(self, _request: Request) -> Response:
        return _json([{**job.values(), "result": None} for job in self._service.jobs.all()])

    async def job(self, request: Request) -> Response:
        return _json(self._service.jobs.find(request.path_params["id"]).values())

    async def stop(self, request: Request) -> Response:
        job = self._service.jobs.find(request.path_params["id"])
        job.stop()
        return _json(job.values())


async def _read_with_picture(kind: type[Asked], request: Request) -> tuple[Asked, QueryPicture | None]:
    """What is asked for, and the picture that came with it. Raises `UsageError`."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return _checked(kind, await request.body()), None
    try:
        async with request.form(max_files=1, max_fields=1) as form:
            unknown = sorted(set(form) - {_PICTURE, _REQUEST})
            if unknown:
                raise UsageError(f"the form has a field '{unknown[0]}'; it may have '{_PICTURE}' and '{_REQUEST}'")
            upload, values = form.get(_PICTURE), form.get(_REQUEST, "{}")
            if not isinstance(upload, UploadFile) or not isinstance(values, str):
                raise UsageError(f"the form takes a file as '{_PICTURE}', and JSON as '{_REQUEST}'")
            picture = QueryPicture(PurePath(upload.filename or "").name or _PICTURE, await upload.read())
    except HTTPException as error:
        raise UsageError(f"the form cannot be read: {error.detail}") from None
    return _checked(kind, values.encode()), picture


def _checked(kind: type[Asked], body: bytes) -> Asked:
    """What a body asks for. Raises `UsageError`."""
    try:
        return kind.model_validate_json(body or b"{}")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            raise UsageError(f"the request has no field '{where}'; {instead(where, kind.model_fields)}") from None
        said = f"'{where}' in the request: {first['msg']}" if where else f"the request: {first['msg']}"
        raise UsageError(said) from None


async def _unless_gone(request: Request, future: Future[T], wanted: Wanted) -> T:
    """What comes of it; where who asked goes away before, it is given up. Raises `ClientDisconnect`."""
    answer = asyncio.wrap_future(future)
    leaving = asyncio.create_task(_left(request))
    try:
        both: set[asyncio.Future[Any]] = {answer, leaving}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise ClientDisconnect
        return answer.result()
    finally:
        leaving.cancel()
        if not answer.done():
            wanted.give_up()
            answer.cancel()


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _told(handle: Handler) -> Handler:
    """The handler, with errors told as JSON."""

    async def answer(request: Request) -> Response:
        try:
            return await handle(request)
        except RevsearchError as error:
            return _error(status_of(error), error.title, str(error))
        except ClientDisconnect:
            return Response(status_code=499)  # nobody reads it
        except HTTPException:
            raise
        except Exception as error:
            text = " ".join(str(error).split())
            told = f"a bug of revsearch or of a plugin: {type(error).__name__}{f': {text}' if text else ''}"
            return _error(500, "Unexpected error", told)

    return answer


async def _no_such(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    said = f"{request.method} {request.url.path} is nothing that can be asked here; see /openapi.json"
    return _error(status, "Cannot do that", said)


def _error(status: int, title: str, sentence: str) -> Response:
    return _json({"error": sentence, "title": title}, status)


def _json(values: Any, status: int = 200) -> Response:
    """In ASCII: names of files that are no UTF-8 are told as they are elsewhere, with lone surrogates."""
    return Response(json.dumps(values), status, media_type="application/json")
