"""The home whose files are damaged: everything a home can hold, and what it answers undisturbed."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from revsearch_tui.core.images.thumbnails import ThumbnailCache
from tests.support.forked import Forks
from tests.support.processes import finish, start
from tests.support.stored import collection_of
from tests.support.texture import draw, draw_many
from tests.support.tiny_network import store_network

PICTURES = 32
LATER = 8
"""Of the pictures, those that a second run added."""
METHODS = ("phash", "sift", "cnn-softmax:colours")
SEARCHES: Mapping[str, Sequence[str]] = {
    **{method: ("-m", method) for method in METHODS},
    "phash, approximate": ("-m", "phash", "--approximate"),
}

_CONFIG = """\
# Settings that change no answer, so that the answer does not depend on whether this file is there.
[index]
workers = 1
follow_links = false

[search]
# Far above what this collection holds.
exact_limit = 100000

[network]
max_mb = 50
timeout_s = 20.0
"""


def queries_of(ground: Path) -> list[str]:
    """A picture of each commit."""
    return [str(ground / "pictures" / f"{number:04d}.png") for number in (1, 10, 19, 30)]


def prepare(ground: Path) -> None:
    """`home` and, with a catalog whose newest part is in its write-ahead log, `home-wal`; `answers.json`."""
    home, pictures = ground / "home", ground / "pictures"
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.toml").write_text(_CONFIG, encoding="utf-8")
    store_network(home / "data" / "models", "colours")
    draw_many(pictures, PICTURES - LATER)
    named = [part for method in METHODS for part in ("-m", method)]
    _succeed(*finish(start(home, "index", pictures, *named, "-q", commit=8)))
    _keep_thumbnail(home, draw_many(pictures, PICTURES)[0])
    _evaluate(home, ground / "labelled")
    with _reader(collection_of(home).catalog_file):  # keeps the log from being taken into the catalog
        _succeed(*finish(start(home, "index", "-q", commit=8)))
        shutil.copytree(home, ground / "home-wal")
    for name in ("home", "home-wal"):  # as a killed run leaves it
        note = {"pid": 2**22 + 1, "host": "elsewhere", "purpose": "indexing", "since": 1_700_000_000.0}
        (collection_of(ground / name).home / "writer.json").write_text(json.dumps(note), encoding="utf-8")
    with Forks() as forks, contextlib.closing(sqlite3.connect(collection_of(home).catalog_file)) as catalog:
        catalog.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        answers = {name: ranking(forks, home, ground, search, PICTURES) for name, search in SEARCHES.items()}
        shown = {command: forks.run(home, *command.split()).stdout for command in evaluation_commands(home)}
    (ground / "answers.json").write_text(json.dumps({"rankings": answers, "shown": shown}), encoding="utf-8")


def ranking(forks: Forks, home: Path, ground: Path, search: Sequence[str], k: int) -> list[list[Any]]:
    """For each query its hits: [path, score, verified]."""
    done = forks.run(home, "search", *queries_of(ground), *search, "-k", str(k), "-f", "json")
    assert done.returncode == 0 and not done.stderr, done.stderr
    return hits_in(done.stdout)


def hits_in(printed: str) -> list[list[Any]]:
    """What `search -f json` says, as `ranking` gives it."""
    return [[[hit["path"], hit["score"], hit["verified"]] for hit in result["hits"]] for result in json.loads(printed)]


def evaluation_commands(home: Path) -> list[str]:
    """Commands that read the record of the evaluation."""
    (folder,) = [path for path in (home / "data" / "evaluations").iterdir() if path.is_dir()]
    return ["eval list -f json", f"eval show {folder.name} --per-class"]


def thumbnails(home: Path) -> ThumbnailCache:
    """The cache as the app opens it."""
    return ThumbnailCache(home / "cache" / "thumbnails")


def _keep_thumbnail(home: Path, picture: Path) -> None:
    import numpy as np
    from PIL import Image

    with Image.open(picture) as image:
        thumbnails(home).put("ab" * 32, np.asarray(image))


def _evaluate(home: Path, labelled: Path) -> None:
    for number in range(12):
        draw(labelled / ("first", "second")[number % 2] / f"{number}.png", 500 + number // 4)
    _succeed(*finish(start(home, "eval", "run", labelled, "-m", "phash", "--parts", "all", "-n", "drill", "-q")))


def _succeed(code: int, _out: str, err: str) -> None:
    assert code == 0, err


@contextlib.contextmanager
def _reader(catalog_file: Path) -> Iterator[None]:
    connection = sqlite3.connect(catalog_file, isolation_level=None)
    try:
        connection.execute("SELECT count(*) FROM files").fetchone()
        yield
    finally:
        connection.close()
