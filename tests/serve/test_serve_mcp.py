"""`revsearch serve --mcp`, asked by the SDK's own client over standard input and output."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters

from tests.support.program import revsearch_json

_INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "a test", "version": "1"},
    },
}


@contextlib.asynccontextmanager
async def connected(home: Path) -> AsyncIterator[Client]:
    arguments = ["-m", "revsearch_tui", "serve", "--mcp", "-c", "pictures"]
    variables = {**os.environ, "REVSEARCH_HOME": str(home)}
    async with Client(StdioServerParameters(command=sys.executable, args=arguments, env=variables)) as client:
        yield client


async def test_tools_answer_as_the_command_line_does(home: Path, pictures: Path) -> None:
    query = str(pictures / "a" / "p05.png")
    expected = revsearch_json(home, "search", query, "-c", "pictures", "-k", "2", "-m", "phash")[0]
    explained = revsearch_json(home, "explain", query, query, "-c", "pictures", "-m", "phash")
    groups = revsearch_json(home, "dupes", "-c", "pictures", "-m", "phash")
    async with connected(home) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"search", "explain", "find_duplicates", "evaluate", "list_collections"}
        for tool in tools.values():
            assert tool.description and tool.output_schema
            assert all(each.get("description") for each in tool.input_schema["properties"].values()), tool.name

        listed = await client.call_tool("list_collections")
        assert "pictures" in [each["name"] for each in listed.structured_content["result"]]

        found = await client.call_tool("search", {"path": query, "k": 2, "methods": ["phash"]})
        assert not found.is_error
        hits = [{**hit} for hit in found.structured_content["hits"]]
        assert [{name: hit[name] for name in wanted} for hit, wanted in zip(hits, expected["hits"], strict=True)] == (
            expected["hits"]
        )

        why = await client.call_tool("explain", {"first": query, "second": query, "methods": ["phash"]})
        assert {name: why.structured_content[name] for name in explained} == explained

        same = await client.call_tool("find_duplicates", {"methods": ["phash"]})
        assert same.structured_content["groups"] == groups

        measured = await client.call_tool("evaluate", {"data": str(pictures), "methods": ["phash"], "name": "asked"})
        assert measured.structured_content["listed"]["name"] == "asked"

        for tool, asked, said in (
            ("search", {"path": "p05.png"}, "'p05.png' is no absolute path"),
            ("search", {"path": query, "collection": "pictues"}, "did you mean 'pictures'?"),
            ("explain", {"first": query, "second": "p05.png"}, "'p05.png' is no absolute path"),
            ("search", {"path": query, "k": 0}, "greater than or equal to 1"),
            ("find_duplicates", {"folders": ["a"]}, "'a' is no absolute path"),
            ("evaluate", {"data": "/nowhere", "methods": ["phash"]}, "there is no /nowhere"),
        ):
            refused = await client.call_tool(tool, asked)
            assert refused.is_error and said in refused.content[0].text
            assert "Traceback" not in refused.content[0].text


@pytest.mark.parametrize("how", ["its input ends", signal.SIGINT, signal.SIGTERM])
def test_it_ends_in_order(how: str | signal.Signals, home: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "revsearch_tui", "serve", "--mcp"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "REVSEARCH_HOME": str(home)},
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    process.stdin.write(json.dumps(_INITIALIZE) + "\n")
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["result"]["serverInfo"]["name"] == "revsearch"
    if isinstance(how, signal.Signals):
        process.send_signal(how)
    else:
        process.stdin.close()
    assert process.wait(60) == 0
    assert process.stdout.read() == process.stderr.read() == ""
    with contextlib.suppress(BrokenPipeError):
        process.stdin.close()
    process.stdout.close()
    process.stderr.close()
