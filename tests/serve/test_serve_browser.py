"""`revsearch serve --browser`: the app in a browser, asked by HTTP and a websocket; in Chromium where there is one."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.processes import processes_of, wait_until
from tests.support.serving import Serving, serving

CHROMIUM = next(
    filter(
        None,
        (
            os.environ.get("CHROMIUM"),
            *map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome", "chromium-browser")),
        ),
    ),
    None,
)


@pytest.fixture(scope="module")
def page(home: Path) -> Iterator[Serving]:
    with serving(home, "--browser", "-c", "pictures") as started:
        yield started


def base(page: Serving) -> str:
    """The address without the token."""
    return page.address.partition("/?")[0]


@contextlib.asynccontextmanager
async def visitor() -> AsyncIterator[aiohttp.ClientSession]:
    """A client that keeps cookies, as a browser does."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session


async def refused(session: aiohttp.ClientSession, address: str, **headers: str) -> int:
    """The status a websocket is refused with."""
    with pytest.raises(aiohttp.WSServerHandshakeError) as error:
        await session.ws_connect(address, headers=headers)
    return error.value.status


async def test_the_page_and_the_first_bytes_of_the_app_come(page: Serving) -> None:
    async with visitor() as session:
        answer = await session.get(page.address)
        text = await answer.text()
        assert answer.status == 200 and str(answer.url) == f"{base(page)}/", "the token is not in the address any more"
        (socket,) = re.findall(r'data-session-websocket-url="([^"]+)"', text)
        assert "https:" not in answer.headers["Content-Security-Policy"], "nothing is loaded from elsewhere"
        script = await session.get(f"{base(page)}/static/js/textual.js")
        assert script.status == 200
        shown = b""
        async with session.ws_connect(f"{socket}?width=100&height=30", headers={"Origin": base(page)}) as connection:
            while not (b"revsearch" in shown and b"30 pictures" in re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", shown)):
                message = await asyncio.wait_for(connection.receive(), 60)
                assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT), message
                shown += message.data if message.type is aiohttp.WSMsgType.BINARY else b""


async def test_strangers_and_pages_of_others_get_nothing(page: Serving) -> None:
    async with visitor() as session:
        assert (await session.get(base(page))).status == 401
        assert (await session.get(f"{base(page)}/?token=wrong")).status == 401
        assert (await session.get(f"{base(page)}/static/js/textual.js")).status == 401
        assert await refused(session, f"{base(page)}/ws") == 401
        assert (await session.get(page.address)).status == 200
        assert await refused(session, f"{base(page)}/ws", Origin="http://evil.example") == 403
        assert (await session.get(page.address, headers={"Host": "evil.example"})).status == 421


def test_ctrl_c_ends_it_with_its_apps(home: Path) -> None:
    with serving(home, "--browser") as page:

        async def visit() -> None:
            async with visitor() as session:
                await session.get(page.address)
                async with session.ws_connect(f"{base(page)}/ws") as connection:
                    await asyncio.wait_for(connection.receive(), 60)
                    ending = asyncio.create_task(asyncio.to_thread(page.end))
                    async for _message in connection:
                        pass
                    assert await ending == (0, "")

        before = set(processes_of(home))
        asyncio.run(visit())
        assert wait_until(lambda: not set(processes_of(home)) - before)


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here; CHROMIUM names one that is not on the PATH")
async def test_chromium_shows_the_app_and_asks_nobody_else(page: Serving, tmp_path: Path) -> None:
    assert CHROMIUM is not None
    process = subprocess.Popen(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--remote-debugging-port=0",
            f"--user-data-dir={tmp_path / 'profile'}",
            "about:blank",
        ],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        listening = next(line for line in process.stderr if "DevTools listening on" in line)
        host = listening.split("ws://")[1].split("/")[0]
        async with aiohttp.ClientSession() as session:
            (tab, *_) = [t for t in await (await session.get(f"http://{host}/json")).json() if t["type"] == "page"]
            async with session.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0) as connection:
                told: list[dict[str, Any]] = []

                async def call(number: int, method: str, **parameters: object) -> Any:
                    await connection.send_json({"id": number, "method": method, "params": parameters})
                    while True:
                        message = json.loads((await asyncio.wait_for(connection.receive(), 60)).data)
                        if message.get("id") == number:
                            return message["result"]
                        told.append(message)

                await call(1, "Network.enable")
                await call(2, "Page.navigate", url=page.address)
                for number in range(3, 600):
                    found = await call(number, "Runtime.evaluate", expression="document.body.className")
                    if "-first-byte" in found["result"].get("value", ""):
                        break
                    await asyncio.sleep(0.1)
                assert "-first-byte" in found["result"]["value"], "the terminal of the page shows what the app draws"
                answered = [each["params"]["response"] for each in told if each["method"] == "Network.responseReceived"]
                asked = {each["url"].partition("/static")[0].rstrip("/") for each in answered}
                assert asked - {f"{base(page)}/favicon.ico"} == {base(page)}  # which browsers ask for by themselves
    finally:
        process.kill()
        process.communicate(timeout=30)
