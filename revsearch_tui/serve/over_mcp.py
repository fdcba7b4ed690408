"""The server of tools for assistants: the Model Context Protocol over standard input and output."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TextIO, TypeVar, cast

import anyio
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.stdio import stdio_server
from mcp.types import ToolAnnotations

from revsearch_tui import __version__
from revsearch_tui.api import RevsearchError
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.serve import requests
from revsearch_tui.serve.answers import (
    CollectionHeld,
    DuplicatesAnswer,
    EvaluationAnswer,
    ExplainAnswer,
    SearchAnswer,
)
from revsearch_tui.serve.background import Job
from revsearch_tui.serve.ending import ended_in_order
from revsearch_tui.serve.engines import Wanted
from revsearch_tui.serve.service import Service

T = TypeVar("T")

_INSTRUCTIONS = """Reverse image search among the pictures of this machine, offline. Pictures are searched in
collections, which the user has indexed before; list_collections tells which there are. Paths are absolute."""
_TELL_EVERY_S = 0.2
_READS_ONLY = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_ADDS = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)


def serve_mcp(workspace: Workspace, collection: str | None, stdout: TextIO) -> None:
    """Answer until standard input ends, or Ctrl-C, or SIGTERM. `stdout` carries the protocol and nothing else. Raises
    `RevsearchError`."""
    service = Service(workspace, collection)
    server = tools_of(service)
    # The protocol is UTF-8, whatever the locale is.
    text = io.TextIOWrapper(stdout.buffer, encoding="utf-8", write_through=True)

    async def serve() -> None:
        lines = cast("anyio.AsyncFile[str]", _Lines(asyncio.get_running_loop()))
        async with stdio_server(lines, anyio.wrap_file(text)) as (reading, writing):
            lowlevel = server._lowlevel_server
            await lowlevel.run(reading, writing, lowlevel.create_initialization_options())

    try:
        with ended_in_order():
            anyio.run(serve)
    finally:
        text.detach()
        service.close()


def tools_of(service: Service) -> MCPServer[Any]:
    """A server with all tools."""
    server: MCPServer[Any] = MCPServer(
        "revsearch", instructions=_INSTRUCTIONS, version=__version__, log_level="CRITICAL"
    )

    @server.tool(annotations=_READS_ONLY)
    async def list_collections() -> list[CollectionHeld]:
        """List the collections of pictures: what each holds, and by which methods it can be searched."""
        with _plainly():
            found = await anyio.to_thread.run_sync(service.collections)
        return [CollectionHeld.model_validate(_as_text(each)) for each in found]

    @server.tool(annotations=_READS_ONLY)
    async def search(
        path: requests.Source = None,
        text: requests.Words = None,
        collection: requests.CollectionName = None,
        methods: requests.MethodNames = [],  # noqa: B006 - it is a schema
        k: requests.Top = None,
        copies: requests.OnlyCopies = False,
        any_orientation: requests.AnyOrientation = False,
        min_score: requests.LeastScore = None,
        crop: requests.Crop = None,
        under: requests.Below = [],  # noqa: B006
        glob: requests.Patterns = [],  # noqa: B006
    ) -> SearchAnswer:
        """Find the pictures of a collection that are like a picture, or that show what words say."""
        asked = requests.SearchAsked(
            path=path,
            text=text,
            collection=collection,
            methods=methods,
            k=k,
            copies=copies,
            any_orientation=any_orientation,
            min_score=min_score,
            crop=crop,
            under=under,
            glob=glob,
        )
        wanted = Wanted()
        with _plainly():
            future = await anyio.to_thread.run_sync(lambda: service.search(asked, None, wanted))
            values = await _awaited(future, wanted.give_up)
        return SearchAnswer.model_validate(_as_text(values))

    @server.tool(annotations=_READS_ONLY)
    async def explain(
        first: requests.FirstOfTwo,
        second: requests.SecondOfTwo,
        collection: requests.CollectionName = None,
        methods: requests.MethodNames = [],  # noqa: B006
        any_orientation: requests.AnyOrientation = False,
    ) -> ExplainAnswer:
        """Show why two pictures match: what agrees, where, and how much, by the methods of a collection."""
        asked = requests.ExplainAsked(
            first=first, second=second, collection=collection, methods=methods, any_orientation=any_orientation
        )
        wanted = Wanted()
        with _plainly():
            future = await anyio.to_thread.run_sync(lambda: service.explain(asked, None, wanted))
            values = await _awaited(future, wanted.give_up)
        return ExplainAnswer.model_validate(_as_text(values))

    @server.tool(annotations=_READS_ONLY)
    async def find_duplicates(
        ctx: Context,
        collection: requests.CollectionName = None,
        folders: requests.Folders = [],  # noqa: B006
        against: requests.Against = [],  # noqa: B006
        methods: requests.MethodNames = [],  # noqa: B006
        same_thing: requests.SameThing = False,
        under: requests.Below = [],  # noqa: B006
    ) -> DuplicatesAnswer:
        """Find groups of pictures that are the same in a collection or in folders, and which file of each to keep.
        Nothing is done with any file."""
        asked = requests.DuplicatesAsked(
            collection=collection,
            folders=folders,
            against=against,
            methods=methods,
            same_thing=same_thing,
            under=under,
        )
        return DuplicatesAnswer.model_validate(_as_text(await _done(service.find_duplicates(asked), ctx)))

    @server.tool(annotations=_ADDS)
    async def evaluate(
        ctx: Context,
        data: requests.LabelledData,
        methods: requests.MeasuredMethods,
        gallery: requests.Gallery = "",
        fuse: requests.Fuse = [],  # noqa: B006
        queries: requests.Queries = 0,
        seed: requests.Seed = 0,
        name: requests.RecordName = "",
    ) -> EvaluationAnswer:
        """Measure how good methods are on labelled pictures, exactly, with 95 % intervals, and keep the record."""
        asked = requests.EvaluationAsked(
            data=data, methods=methods, gallery=gallery, fuse=fuse, queries=queries, seed=seed, name=name
        )
        return EvaluationAnswer.model_validate(_as_text(await _done(service.evaluate(asked), ctx)))

    return server


class _Lines:
    """The lines of standard input, read by a thread that nobody waits for in the end: it may never read another. Of
    what is started meanwhile nothing reads there."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop, self._lines = loop, asyncio.Queue[str]()
        self._input = os.fdopen(os.dup(0), encoding="utf-8", errors="replace")
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        threading.Thread(target=self._read, daemon=True).start()

    def __aiter__(self) -> _Lines:
        return self

    async def __anext__(self) -> str:
        line = await self._lines.get()
        if not line:
            raise StopAsyncIteration
        return line

    def _read(self) -> None:
        with contextlib.suppress(OSError, RuntimeError):  # the loop has ended
            while line := self._input.readline():
                self._loop.call_soon_threadsafe(self._lines.put_nowait, line)
            self._loop.call_soon_threadsafe(self._lines.put_nowait, "")


async def _done(job: Job, ctx: Context) -> dict[str, Any]:
    """What comes of a job, with its progress told meanwhile; where nobody waits any more, it is stopped."""
    waiting = asyncio.wrap_future(job.future)
    try:
        while not (await asyncio.wait({waiting}, timeout=_TELL_EVERY_S))[0]:
            told = job.values()
            await ctx.report_progress(told["done"], told["total"], told["what"])
    finally:
        if not waiting.done():
            job.stop()
    if job.result is None:
        raise ToolError(str(job.error) if job.error is not None else "it was stopped")
    return job.result


async def _awaited(future: Future[T], give_up: Callable[[], None]) -> T:
    answer = asyncio.wrap_future(future)
    try:
        return await answer
    finally:
        if not answer.done() or answer.cancelled():
            give_up()


@contextlib.contextmanager
def _plainly() -> Any:
    """Errors are told in their sentence."""
    try:
        yield
    except RevsearchError as error:
        raise ToolError(str(error)) from None


def _as_text(value: Any) -> Any:
    """The same values, with names of files that are no UTF-8 shown escaped: the protocol carries text only."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    if isinstance(value, dict):
        return {_as_text(name): _as_text(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_as_text(each) for each in value]
    return value
