"""The terminal that benchmarks look into."""

from __future__ import annotations

import sys

import pytest


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_text_is_found_whose_escapes_come_in_parts() -> None:
    from benchmarks.terminal import started_until

    parts = ["one \x1b[38;2;1", ";2;3mpiece\x1b", "[0m of\x1b_Gq=2;AAAA\x1b", "\\ text"]
    program = f"import time\nfor part in {parts!r}: print(part, end='', flush=True); time.sleep(0.05)"
    started_until("one piece of text", [sys.executable, "-c", program], {"PATH": ""}, 10.0)
