"""Garbage is looked for while nobody waits for the app."""

from __future__ import annotations

import gc
import time
import weakref
from pathlib import Path


class Thing:
    """Something that holds itself."""

    def __init__(self) -> None:
        self.itself = self


async def test_garbage_waits_until_no_key_is_pressed(home: Path, opened) -> None:
    async with opened() as driver:
        was_on = gc.isenabled()
        gc.disable()
        try:
            gone = weakref.ref(Thing())
            await driver.pilot.press("down")
            driver.app.tidy()
            assert gone() is not None, "keys are being pressed"
            driver.app.last_input = time.monotonic() - 60
            driver.app._tidied = driver.app.last_input - 1
            driver.app.tidy()
            assert gone() is None
        finally:
            if was_on:
                gc.enable()
