"""`revsearch judge` and `revsearch judgements`: what users say of pairs of pictures, and what they have said."""

from __future__ import annotations

import hashlib
import re
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from revsearch_tui.api import UsageError
from revsearch_tui.cli.console import note
from revsearch_tui.cli.options import CollectionOption, FormatOption, OutputOption, QuietOption
from revsearch_tui.cli.output import Format, emit
from revsearch_tui.core.storage.judgements import Judgement, forget, judgements_of, names_now
from revsearch_tui.core.storage.judgements import judge as write_down
from revsearch_tui.core.workspace import Workspace

if TYPE_CHECKING:
    from revsearch_tui.core.storage.catalog.catalog import Catalog

judge_app = typer.Typer(add_completion=False, rich_markup_mode=None)
judgements_app = typer.Typer(add_completion=False, rich_markup_mode=None)
_IMAGE_ID = re.compile(r"[0-9a-f]{64}")
_COLUMNS = ("judgement", "when", "first", "second")


@judge_app.command()
def judge(
    first: Annotated[str, typer.Argument(help="Picture: a file, a URL, - for standard input, or an image id.")],
    others: Annotated[list[str], typer.Argument(help="The pictures that it is judged beside.")],
    match: Annotated[
        bool | None, typer.Option("--match/--no-match", help="It shows the same; or it does not, and is never a hit.")
    ] = None,
    taken_back: Annotated[bool, typer.Option("--forget", help="Take back what was said of these pairs.")] = False,
    collection: CollectionOption = None,
    quiet: QuietOption = False,
) -> int:
    """Say that pictures match, or do not. Searches and duplicates in the collection keep to it.

    With --forget the exit code is 1 where nothing was said of any of the pairs.
    """
    from revsearch_tui.core.search.start_search import fetch_limits
    from revsearch_tui.core.storage.catalog.catalog import Catalog

    if taken_back == (match is not None):
        raise UsageError("say one of --match, --no-match and --forget")
    if [first, *others].count("-") > 1:
        raise UsageError("standard input can be one picture only; give '-' once")
    workspace = Workspace()
    home = workspace.collection(collection)
    limits = fetch_limits(workspace)
    with Catalog(home.catalog_file) as catalog:
        ids = {name: _image_id(catalog, name, limits) for name in dict.fromkeys([first, *others])}
        unknown = [name for name, image_id in ids.items() if not catalog.has_image(image_id)]
        names = {name: _name(catalog, image_id, name) for name, image_id in ids.items()}
    for other in others:
        if ids[other] == ids[first]:
            raise UsageError(f"'{first}' and '{other}' hold the same bytes; there is nothing to judge")
    pairs = [(ids[first], ids[other]) for other in others]
    if taken_back:
        count = forget(home.home, pairs)
        if not quiet:
            note(f"{count:,} judgements taken back" if count else "nothing was said of that")
        return 0 if count else 1
    verdict: Any = "match" if match else "no match"
    write_down(home.home, pairs, [(names[first], names[other]) for other in others], verdict)
    if not quiet:
        for name in unknown:
            note(f"'{name}' is not in the collection '{home.name}'; what was said holds where it is searched for")
        note(f"judged {verdict}: {len(pairs):,} pairs; to take that back: the same with --forget")
    return 0


def _image_id(catalog: Catalog, name: str, limits: Any) -> bytes:
    from revsearch_tui.core.search.sources import GoneError, read_query
    from revsearch_tui.core.search.stored import known_as

    try:
        return hashlib.sha256(read_query(name, limits).data).digest()
    except GoneError:
        known = known_as(catalog, name) or (bytes.fromhex(name) if _IMAGE_ID.fullmatch(name) else None)
        if known is None:
            raise
        return known


def _name(catalog: Catalog, image_id: bytes, name: str) -> str:
    image = catalog.image(image_id)
    return name if image is None else str(image.paths[0])


@judgements_app.command()
def judgements(
    collection: CollectionOption = None,
    form: FormatOption = Format.table,
    output: OutputOption = None,
    quiet: QuietOption = False,
) -> int:
    """List what was said of pairs of pictures, the newest first. The exit code is 1 where nothing was."""
    from revsearch_tui.core.storage.catalog.catalog import Catalog

    home = Workspace().collection(collection)
    found = judgements_of(home.home)
    with Catalog(home.catalog_file) as catalog:
        rows = [_row(catalog, judgement) for judgement in found]
    columns = _COLUMNS if form is Format.table else (*_COLUMNS, "first_id", "second_id")
    emit(rows, form, columns=columns, output=output)
    if not rows and not quiet:
        note(f"nothing was judged in the collection '{home.name}'; see: revsearch judge --help")
    return 0 if rows else 1


def _row(catalog: Catalog, judgement: Judgement) -> dict[str, Any]:
    """The pictures by where they are now, else by what they were called."""
    first, second = names_now(catalog, judgement)
    return {
        "judgement": judgement.verdict,
        "when": time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(judgement.when)),
        "first": first,
        "second": second,
        "first_id": judgement.first.hex(),
        "second_id": judgement.second.hex(),
    }
