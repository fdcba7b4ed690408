"""Command lines so short that they are understood without the parser, which takes longer to import than they to
answer. All others, and all that is wrong, are the parser's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

_LISTINGS = {"plugins": "list_plugins", "collections": "list_collections", "models": "list_models"}
_FORMAT = ("--format", "-f")


def run_short(arguments: Sequence[str]) -> int | None:
    """The exit status of a listing, as in `plugins`, `plugins list` or `plugins --format json`; None for anything
    else."""
    work = _listing(arguments)
    if work is None:
        return None
    from revsearch_tui.cli.console import data_apart
    from revsearch_tui.cli.exit_status import guarded

    with data_apart():
        return guarded(work)


def _listing(arguments: Sequence[str]) -> Callable[[], int] | None:
    name, *words = arguments
    if name not in _LISTINGS:
        return None
    if words[:1] == ["list"]:
        del words[0]
    if words == ["--json"]:
        words = ["--format", "json"]
    if words and (len(words) != 2 or words[0] not in _FORMAT):
        return None
    from revsearch_tui.cli import listings
    from revsearch_tui.cli.output import Format

    if words and words[1] not in Format.__members__:
        return None
    return partial(getattr(listings, _LISTINGS[name]), *(Format(word) for word in words[1:]))
