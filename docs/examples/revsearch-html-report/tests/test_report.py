"""The page holds what was found, as text and links."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import numpy as np
from revsearch_html_report import plugin
from revsearch_html_report.report import write_report

from revsearch_tui.api import Findings, FoundPicture, NullControl, PictureError, QueryHits
from revsearch_tui.api.testing import check_plugin


def test_the_plugin_conforms() -> None:
    check_plugin(plugin, strict=True)


def small(found: FoundPicture) -> Any:
    if found.path.name == "gone.png":
        raise PictureError("the file is gone")
    return np.zeros((9, 9, 3), np.uint8)


def page_of(*answers: QueryHits) -> tuple[str, str]:
    output = BytesIO()
    said = write_report(Findings(answers, small, Path("/tmp/report.html"), output), NullControl())
    return said, output.getvalue().decode()


def hit(path: str, score: float | None = 0.5, tier: str = "copy") -> FoundPicture:
    return FoundPicture(Path(path), "0" * 64, score, tier)


def test_every_query_has_a_table_of_its_hits() -> None:
    said, page = page_of(
        QueryHits([hit("/a/b.png"), hit("/a/c.png", None, "")], '"a beach"'), QueryHits([hit("/d.png")])
    )
    assert said == "3 hits of 2 queries"
    assert page.count("<table>") == 2 and page.count("<img") == 3 and "0.500" in page
    assert "<h2>&quot;a beach&quot;</h2>" in page and "<h2>Marked pictures</h2>" in page


def test_a_query_that_is_a_file_is_shown(tmp_path: Path) -> None:
    query = tmp_path / "query.png"
    query.write_bytes(b"any")
    _, page = page_of(QueryHits([hit("/a/b.png")], "query.png", query))
    assert f'<h2><a href="{query.as_uri()}"' in page and page.count("<img") == 2


def test_a_picture_that_is_gone_has_a_reason_in_its_place() -> None:
    _, page = page_of(QueryHits([hit("/a/gone.png")]))
    assert "<em>the file is gone</em>" in page and "<img" not in page


def test_no_name_is_markup_and_every_link_leads_to_the_very_bytes() -> None:
    names = [
        "<script>alert(1)</script>.png",
        'a"onmouseover="x.png',
        "a&b #1?.png",
        "\x1b[31m.png",
        "no-text-\udcff.png",
    ]
    _, page = page_of(QueryHits([hit(f"/pictures/{name}") for name in names], "<b>"))
    assert "<script" not in page and "<b>" not in page and "\x1b" not in page

    class Links(HTMLParser):
        found: list[bytes] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert tag != "script" and all(re.fullmatch("[a-z]+", name) and name != "onmouseover" for name, _ in attrs)
            if tag == "a":
                self.found.append(unquote_to_bytes((dict(attrs)["href"] or "").removeprefix("file://")))

    Links().feed(page)
    assert [link.decode("utf-8", "surrogateescape") for link in Links.found] == [f"/pictures/{name}" for name in names]
