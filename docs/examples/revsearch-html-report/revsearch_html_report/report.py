"""The page. Names of files come from anywhere: they are text here, and links are percent-encoded bytes."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_tui.api import FoundPicture, PictureError

if TYPE_CHECKING:
    from revsearch_tui.api import Control, Findings, QueryHits, ResultAction

_SIDE = 160
_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.4 system-ui, sans-serif; margin: 2em auto; max-width: 70em; padding: 0 1em; }
table { border-collapse: collapse; width: 100%; margin-bottom: 3em; }
td, th { padding: .4em .8em; text-align: left; border-bottom: 1px solid #8884; overflow-wrap: anywhere; }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
img { max-width: 160px; max-height: 120px; display: block; }
"""


def make() -> ResultAction:
    """The action."""
    return write_report


def write_report(findings: Findings, control: Control) -> str:
    """Write a table for each query."""
    assert findings.output is not None
    hits = sum(len(answer.hits) for answer in findings.answers)
    for part in _page(findings, control):
        findings.output.write(part.encode())
    queries = len(findings.answers)
    return f"{hits:,} hit{'' if hits == 1 else 's'} of {queries:,} quer{'y' if queries == 1 else 'ies'}"


def _page(findings: Findings, control: Control) -> Iterator[str]:
    yield '<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>What was found</title>'
    yield f"<style>{_STYLE}</style>\n<h1>What was found</h1>\n"
    for answer in findings.answers:
        yield from _heading(answer, findings)
        yield "<table><tr><th>Rank<th>Picture<th>Score<th>What it is<th>File</tr>\n"
        for rank, hit in enumerate(answer.hits, start=1):
            control.check()
            control.progress(rank, len(answer.hits), "writing the report")
            score = "" if hit.score is None else f"{hit.score:.3f}"
            yield f'<tr><td class="n">{rank}<td>{_image(hit, findings)}<td class="n">{score}'
            yield f"<td>{escape(hit.tier)}<td>{_link(hit.path)}</tr>\n"
        yield "</table>\n"
    yield "</html>\n"


def _heading(answer: QueryHits, findings: Findings) -> Iterator[str]:
    if answer.query is not None:
        yield f"<h2>{_link(answer.query)}</h2>\n"
        try:
            image_id = hashlib.sha256(answer.query.read_bytes()).hexdigest()
        except OSError:
            return
        yield f"<p>{_image(FoundPicture(answer.query, image_id), findings)}</p>\n"
    else:
        yield f"<h2>{escape(_plain(answer.asked)) or 'Marked pictures'}</h2>\n"


def _link(path: Path) -> str:
    where, whole, name = escape(path.absolute().as_uri()), escape(_plain(str(path))), escape(_plain(path.name))
    return f'<a href="{where}" title="{whole}">{name}</a>'


def _plain(name: str) -> str:
    """A name without control characters and bytes that are no text."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)


def _image(found: FoundPicture, findings: Findings) -> str:
    from PIL import Image

    try:
        image = Image.fromarray(findings.thumbnail(found))
    except PictureError as error:
        return f"<em>{escape(error.reason)}</em>"
    image.thumbnail((_SIDE, _SIDE))
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return f'<img alt="" src="data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}">'
