"""The model behind docs/scale.md: its arithmetic, and that the page has what it says. Nothing is measured here."""

from __future__ import annotations

import json
import math

import pytest

from benchmarks.scale_model import (
    BEGIN,
    END,
    PAGE,
    POINTS,
    Machine,
    Model,
    count,
    growing,
    limits,
    line,
    page,
    plan,
    rows_in,
    size,
    tables,
)


def test_a_line_and_a_graph_go_through_the_points_they_are_made_of() -> None:
    straight = line([(10, 3.0), (30, 7.0), (1000, 99.0)])
    assert (straight(10), straight(30), straight(100), straight(0)) == pytest.approx((3.0, 7.0, 21.0, 1.0))
    assert line([(10, 1.0), (20, 3.0)])(0) == 0.0
    graph = growing([(1_024, 1_024 * (2 + 3 * 10)), (4_096, 4_096 * (2 + 3 * 12))])
    assert graph(65_536) == pytest.approx(65_536 * (2 + 3 * 16))
    assert growing([(100, 100.0), (200, 150.0)])(400) == pytest.approx(300), "rows do not get cheaper"


def test_what_fits_into_a_budget_costs_that() -> None:
    assert rows_in(100.0, lambda rows: 5 + rows / 2) == pytest.approx(190)
    assert rows_in(4.0, lambda rows: 5 + rows) == pytest.approx(0, abs=1e-6)
    assert rows_in(1.0, lambda rows: 0.0, most=50) == 50


def _points() -> dict[str, object]:
    """Points of a machine on which everything is easy to reckon."""
    kinds = (("bits256", 256), ("float1280", 1280))
    rows = [
        {"kind": kind, "dim": dim, "rows": n, "query_seconds": n * dim * 1e-9, "written_seconds": n * dim * 1e-6,
         "bytes": n * dim * 8, "server_bytes": 1e8 + n * dim * 16}
        for kind, dim in kinds
        for n in (1_000, 2_000, 4_000)
    ]  # fmt: skip
    runs = [
        {"megapixels": size, "method": method, "pictures": n, "seconds": 1 + n * (0.01 * size + cost),
         "journal": n * vector, "features": n * (70_000 if method == "sift" else 0)}
        for size, methods in ((1.0, (("phash", 0, 64), ("sift", 0.1, 3_104), ("efficientnet", 0.05, 5_152))),
                              (12.0, (("phash", 0, 64),)))
        for method, cost, vector in methods
        for n in (10, 20)
    ]  # fmt: skip
    catalog = [{"pictures": n, "catalog": 1e5 + 400 * n} for n in (100, 200, 400)]
    ids = [{"rows": n, "bytes": 100 * n} for n in (100, 200, 400)]
    return {"exact": rows, "chroma": rows, "server": rows, "indexing": runs, "catalog": catalog, "ids": ids}


def test_a_plan_is_what_its_costs_add_up_to() -> None:
    model, machine = Model(_points()), Machine(cores=10, memory=20e9, disk=1e12)
    every = ("phash", "sift", "efficientnet")
    assert all(check.ratio == pytest.approx(1) for check in model.checks) and len(model.checks) == 10
    assert model.picture_seconds(12, ["phash"]) == pytest.approx(0.12)
    assert model.picture_seconds(6, every) == pytest.approx(0.06 + 0.15)
    found = plan(model, 1e7, every, 12.0, machine)
    assert found["days to decode and embed"] == pytest.approx(1e7 * 0.27 / 10 / 86_400)
    assert found["journal, bytes"] == pytest.approx(1e7 * (64 + 3_104 + 5_152))
    assert found["local features, bytes"] == pytest.approx(7e11)
    assert found["catalog, bytes"] == pytest.approx(1e5 + 4e9)
    assert found["disks for these"] == 1
    assert found["exact query, processor seconds"] == pytest.approx(1e7 * (256 + 768 + 1_280) * 1e-9, rel=1e-3)
    # A server's memory: 3 times 100 MB, and 16 bytes a number.
    servers = math.ceil(1e7 / ((20e9 - 3e8) / (16 * (256 + 768 + 1_280))))
    assert found["ChromaDB servers, by memory"] == servers
    rows = 1e7 / servers
    assert found["ChromaDB, days to write, all servers at once"] == pytest.approx(rows * 2_304e-6 / 86_400)
    assert found["ChromaDB, bytes on each disk"] == pytest.approx(rows * 2_304 * 8)


def test_limits_come_in_the_order_in_which_they_are_met() -> None:
    machine = Machine(cores=10, memory=20e9, disk=1e12)
    found = limits(Model(_points()), ("phash",), 12.0, machine)
    assert [most for _, most in found] == sorted(most for _, most in found)
    assert dict(found)["ChromaDB's memory"] == pytest.approx((20e9 - 1e8) / (16 * 256))
    assert dict(found)["a week to decode and embed"] == pytest.approx(7 * 86_400 * 10 / 0.12)


def test_sizes_and_numbers_are_told_in_three_digits() -> None:
    assert [size(value) for value in (12, 1_234, 5_678_000, 9.9e12)] == ["12 B", "1.23 KB", "5.68 MB", "9.9 TB"]
    assert [count(value) for value in (1e9, 2.345e6, 12_345)] == ["1 billion", "2.35 million", "12,300"]


def test_the_page_has_the_tables_of_the_measured_points() -> None:
    text = PAGE.read_text("utf-8")
    made = tables(Model(json.loads(POINTS.read_text("utf-8"))), Machine())
    assert text.count(BEGIN) == text.count(END) == 1
    assert page(text, made) == text, "run: python -m benchmarks.scale_model --write"


def test_what_is_foretold_is_near_what_was_measured() -> None:
    for check in Model(json.loads(POINTS.read_text("utf-8"))).checks:
        assert 0.5 < check.ratio < 2, check
