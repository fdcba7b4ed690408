"""What serving needs beside the program itself, and the sentence where that is not installed."""

from __future__ import annotations

from importlib.util import find_spec

from revsearch_tui.api import UsageError

EXTRAS = {"serve": ("starlette", "uvicorn", "python_multipart", "mcp"), "browser": ("textual_serve",)}
"""Extra -> the modules it brings."""


def check_extra(extra: str, what: str) -> None:
    """Raise `UsageError` where a module of that extra is missing, which `what` cannot do without."""
    missing = [module for module in EXTRAS[extra] if find_spec(module) is None]
    if missing:
        raise UsageError(
            f"{what} needs {', '.join(missing)}, which is not installed; run: pip install 'revsearch-tui[{extra}]'"
        )
