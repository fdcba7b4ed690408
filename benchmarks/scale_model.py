"""What many pictures need, from points that were measured at few: `python -m benchmarks.scale_model [--write]`.

Each cost is a line, or a line with a logarithm, through the smallest and the largest size that were measured. How far
to trust that is seen by what the smaller two foretell of the largest. `--write` puts the tables into docs/scale.md.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

POINTS = Path(__file__).with_name("scale_points.json")
PAGE = Path(__file__).resolve().parent.parent / "docs" / "scale.md"
BEGIN, END = "<!-- made by benchmarks.scale_model -->\n", "<!-- end -->\n"

Costs = Callable[[float], float]
"""A number of pictures or rows to seconds or bytes."""


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine of the plan: processors, bytes of memory that may be filled, bytes of disk."""

    cores: int = 16
    memory: float = 48e9
    disk: float = 3.5e12


@dataclass(frozen=True, slots=True)
class Check:
    """A measured point that was left out of the fit, and what the fit says of it."""

    what: str
    size: int
    measured: float
    foretold: float
    unit: str

    @property
    def ratio(self) -> float:
        """Foretold divided by measured."""
        return self.foretold / self.measured


def line(points: Sequence[tuple[float, float]]) -> Costs:
    """The line through the first two points (size, cost); it never falls below zero."""
    (x, a), (y, b) = points[:2]
    slope = (b - a) / (y - x)
    return lambda size: max(0.0, a + slope * (size - x))


def growing(points: Sequence[tuple[float, float]]) -> Costs:
    """size * (p + q * log2(size)) through the first two points: what adding rows to a graph index costs."""
    (x, a), (y, b) = points[:2]
    q = max(0.0, (b / y - a / x) / (math.log2(y) - math.log2(x)))
    p = b / y - q * math.log2(y)
    return lambda size: size * (p + q * math.log2(size)) if size > 1 else 0.0


class Model:
    """Costs of the default methods. Seconds are of one processor; bytes are of the disk where nothing else is said."""

    METHODS: Mapping[str, str] = {"phash": "bits256", "sift": "float768", "efficientnet": "float1280"}
    """What each stores of a picture."""

    def __init__(self, points: Mapping[str, Any]) -> None:
        self.points = points
        self.checks: list[Check] = []
        runs = points["indexing"]
        self._run = {(one["megapixels"], one["method"], one["pictures"]): one for one in runs}
        self._counts = {
            size: sorted({one["pictures"] for one in runs if one["megapixels"] == size}) for size in self.sizes
        }
        self.catalog = self._fit("bytes of the catalog", points["catalog"], "pictures", "catalog", line, "bytes")
        self.id_memory = self._fit("memory of a set of image ids", points["ids"], "rows", "bytes", line, "bytes")
        self._exact = self._kinds("exact query", "exact", "query_seconds", line, "s")
        self._write = self._kinds("ChromaDB, rows written", "chroma", "written_seconds", growing, "s")
        self._kept = self._kinds("ChromaDB, bytes on the disk", "chroma", "bytes", line, "bytes")
        self._served = self._kinds("ChromaDB server, memory", "server", "server_bytes", line, "bytes")

    @property
    def sizes(self) -> list[float]:
        """Megapixels of the pictures that were indexed, least first."""
        return sorted({one["megapixels"] for one in self.points["indexing"]})

    def _kinds(self, what: str, part: str, field: str, fit: Any, unit: str) -> dict[str, Costs]:
        """One cost for each kind of row that was measured, and one between them by the bytes of a row."""
        found = {}
        for kind in dict.fromkeys(one["kind"] for one in self.points[part]):
            of_kind = [one for one in self.points[part] if one["kind"] == kind]
            found[kind] = self._fit(f"{what}, {kind}", of_kind, "rows", field, fit, unit)
        share = (768 - 256) / (1280 - 256)  # ChromaDB keeps bits as float32; exact search reads float32 of either
        if part == "exact":
            found["float768"] = lambda size: found["float1280"](size) * 768 / 1280
        else:
            found["float768"] = lambda size: (1 - share) * found["bits256"](size) + share * found["float1280"](size)
        return found

    def _fit(self, what: str, points: Sequence[Mapping[str, Any]], size: str, field: str, fit: Any, unit: str) -> Costs:
        pairs = sorted((float(one[size]), float(one[field])) for one in points)
        self.checks += [Check(what, int(x), y, fit(pairs[:2])(x), unit) for x, y in pairs[2:]]
        found: Costs = fit([pairs[0], pairs[-1]])
        return found

    def _per_picture(self, megapixels: float, method: str, field: str) -> float:
        """The slope between the two numbers of pictures that were indexed."""
        few, many = self._counts[megapixels]
        a, b = self._run[megapixels, method, few], self._run[megapixels, method, many]
        return max(0.0, (b[field] - a[field]) / (many - few))

    def picture_seconds(self, megapixels: float, methods: Sequence[str]) -> float:
        """Reading, hashing, decoding, embedding and committing one picture, ChromaDB's few rows included."""
        small, large = self.sizes
        decoded = line([(size, self._per_picture(size, "phash", "seconds")) for size in (small, large)])(megapixels)
        plain = self._per_picture(small, "phash", "seconds")
        return decoded + sum(
            max(0.0, self._per_picture(small, method, "seconds") - plain) for method in methods if method != "phash"
        )

    def picture_bytes(self, method: str, part: str) -> float:
        """What the journal or the features take of one picture."""
        return self._per_picture(self.sizes[0], method, part)

    def exact_seconds(self, pictures: float, methods: Sequence[str]) -> float:
        """Comparing one query with all, by all methods."""
        return sum(self._exact[self.METHODS[method]](pictures) for method in methods)

    def chroma_seconds(self, rows: float, methods: Sequence[str]) -> float:
        """Writing the rows of so many pictures into one collection for each method."""
        return sum(self._write[self.METHODS[method]](rows) for method in methods)

    def chroma_bytes(self, rows: float, methods: Sequence[str]) -> float:
        """What ChromaDB takes of the disk."""
        return sum(self._kept[self.METHODS[method]](rows) for method in methods)

    def chroma_memory(self, rows: float, methods: Sequence[str]) -> float:
        """What a ChromaDB server holds in memory once its rows were asked for."""
        return sum(self._served[self.METHODS[method]](rows) for method in methods)

    def journal_bytes(self, pictures: float, methods: Sequence[str]) -> float:
        """What the journal takes, which exact search reads whole."""
        return pictures * sum(self.picture_bytes(method, "journal") for method in methods)

    def feature_bytes(self, pictures: float, methods: Sequence[str]) -> float:
        """What local features take, of which a query reads 100."""
        return pictures * sum(self.picture_bytes(method, "features") for method in methods)


def plan(
    model: Model, pictures: float, methods: Sequence[str], megapixels: float, machine: Machine
) -> dict[str, float]:
    """What so many pictures need. Days are of one machine with all its processors busy."""
    per_server = rows_in(machine.memory, lambda rows: model.chroma_memory(rows, methods))
    servers = max(1, math.ceil(pictures / per_server))
    rows = pictures / servers
    disk = model.journal_bytes(pictures, methods) + model.feature_bytes(pictures, methods) + model.catalog(pictures)
    return {
        "days to decode and embed": pictures * model.picture_seconds(megapixels, methods) / machine.cores / 86_400,
        "journal, bytes": model.journal_bytes(pictures, methods),
        "local features, bytes": model.feature_bytes(pictures, methods),
        "catalog, bytes": model.catalog(pictures),
        "disks for these": max(1, math.ceil(disk / machine.disk)),
        "exact query, processor seconds": model.exact_seconds(pictures, methods),
        "image ids as a set in memory, bytes": model.id_memory(pictures),
        "ChromaDB servers, by memory": servers,
        "ChromaDB, days to write, all servers at once": model.chroma_seconds(rows, methods) / 86_400,
        "ChromaDB, bytes on each disk": model.chroma_bytes(rows, methods),
    }


def rows_in(budget: float, cost: Costs, most: float = 1e12) -> float:
    """How many fit into a budget, the cost never falling; 0 where none does, `most` where all do."""
    low, high = 0.0, most
    if cost(most) <= budget:
        return most
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if cost(middle) <= budget else (low, middle)
    return low


def limits(model: Model, methods: Sequence[str], megapixels: float, machine: Machine) -> list[tuple[str, float]]:
    """At how many pictures each part of one machine gives out, the first of them first."""
    disk = lambda n: (  # noqa: E731
        model.journal_bytes(n, methods)
        + model.feature_bytes(n, methods)
        + model.catalog(n)
        + model.chroma_bytes(n, methods)
    )
    found = {
        "ChromaDB's memory": rows_in(machine.memory, lambda n: model.chroma_memory(n, methods)),
        "memory for the journal, beyond which exact search waits for the disk": rows_in(
            machine.memory, lambda n: model.journal_bytes(n, methods)
        ),
        "exact search within a second, on all processors": rows_in(
            machine.cores, lambda n: model.exact_seconds(n, methods)
        ),
        "exact search within a second, on one processor": rows_in(1, lambda n: model.exact_seconds(n, methods)),
        "the disk": rows_in(machine.disk, disk),
        "image ids in a set, in memory": rows_in(machine.memory, model.id_memory),
        "a week to decode and embed": 7 * 86_400 * machine.cores / model.picture_seconds(megapixels, methods),
        "a week for ChromaDB to take the rows, one writer": rows_in(
            7 * 86_400, lambda n: model.chroma_seconds(n, methods)
        ),
    }
    return sorted(found.items(), key=lambda item: item[1])


def tables(model: Model, machine: Machine) -> str:
    """The tables of the page, as Markdown."""
    small, large = model.sizes
    every, quick = tuple(model.METHODS), ("phash",)
    parts = ["### Costs of one picture\n", "| | phash | sift | efficientnet |", "|---|---|---|---|"]
    for what, cells in {
        f"processor, {small:.1f} megapixels, all of it": [
            f"{1000 * model.picture_seconds(small, [method]):.0f} ms" for method in every
        ],
        f"processor, {large:.0f} megapixels": [
            f"{1000 * model.picture_seconds(large, [method]):.0f} ms" for method in every
        ],
        "journal": [size(model.picture_bytes(method, "journal")) for method in every],
        "local features": [size(model.picture_bytes(method, "features")) for method in every],
        "ChromaDB, disk, at 100,000": [size(model.chroma_bytes(1e5, [method]) / 1e5) for method in every],
        "ChromaDB, memory of a server, at 100,000": [
            size(model.chroma_memory(1e5, [method]) / 1e5) for method in every
        ],
        "ChromaDB, processor, at 100,000": [
            f"{1000 * model.chroma_seconds(1e5, [method]) / 1e5:.1f} ms" for method in every
        ],
        "exact query among a million, processor": [
            f"{1000 * model.exact_seconds(1e6, [method]):.0f} ms" for method in every
        ],
    }.items():
        parts.append(f"| {what} | {' | '.join(cells)} |")
    parts += ["", f"The catalog takes {size(model.catalog(1e6) / 1e6)} a picture.", "", "### What many pictures need\n"]
    cases = [(1e6, every), (1e7, every), (1e9, every), (1e9, quick)]
    parts.append(
        "| | " + " | ".join(f"{count(n)}, {'default set' if m is every else 'phash'}" for n, m in cases) + " |"
    )
    parts.append("|---" * (len(cases) + 1) + "|")
    plans = [plan(model, n, m, large, machine) for n, m in cases]
    for key in plans[0]:
        name, _, unit = key.rpartition(", ")
        cells = [size(one[key]) if unit == "bytes" or "bytes on" in key else figure(one[key]) for one in plans]
        parts.append(f"| {name if unit == 'bytes' else key} | {' | '.join(cells)} |")
    parts += ["", "### What gives out first on one machine\n", "| default set | pictures |", "|---|---|"]
    parts += [f"| {what} | {count(most)} |" for what, most in limits(model, every, large, machine)]
    parts += ["", "### How far to trust it\n", "| foretold from smaller ones | at | measured | foretold | ratio |"]
    parts.append("|---|---|---|---|---|")
    for check in model.checks:
        shown = [size(v) if check.unit == "bytes" else f"{v:.3g} s" for v in (check.measured, check.foretold)]
        parts.append(f"| {check.what} | {check.size:,} | {shown[0]} | {shown[1]} | {check.ratio:.2f} |")
    return "\n".join(parts) + "\n"


def size(value: float) -> str:
    """Bytes in words."""
    for unit, scale in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if value >= scale:
            return f"{value / scale:.3g} {unit}"
    return f"{value:.0f} B"


def count(value: float) -> str:
    """Pictures in words."""
    for unit, scale in (("billion", 1e9), ("million", 1e6)):
        if value >= scale:
            return f"{float(f'{value / scale:.3g}'):g} {unit}"
    return f"{float(f'{value:.3g}'):,.0f}"


def figure(value: float) -> str:
    """Another number, to three digits."""
    return f"{float(f'{value:.3g}'):,g}"


def page(text: str, made: str) -> str:
    """The page with these tables in the place of those it has."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{made}\n{END}{after}"


def main() -> None:
    """Print the tables, or write them into the page."""
    made = tables(Model(json.loads(POINTS.read_text("utf-8"))), Machine())
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(page(PAGE.read_text("utf-8"), made), encoding="utf-8")
    else:
        print(made)


if __name__ == "__main__":
    main()
