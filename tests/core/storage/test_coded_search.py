"""Searches by codes: the same answers as without them, and as those of brute force, whatever lies on the disk."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from revsearch_tui.core.storage import code_scan, exact
from revsearch_tui.core.storage.exact import ExactIndex
from revsearch_tui.core.storage.journal import codes, rows
from revsearch_tui.core.storage.journal.codes import build_codes, coded
from revsearch_tui.core.storage.journal.vectors import VectorJournal

pytest.importorskip("numkong")


@pytest.fixture(autouse=True)
def _codes_for_few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "FEWEST_ROWS", 1)
    monkeypatch.setattr(exact, "FEWEST_ROWS", 1)


def image_id(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()


def written(folder: Path, embeddings: Any, parts: int = 1, first: int = 0) -> VectorJournal:
    journal = VectorJournal(folder, metric="cosine", dim=embeddings.shape[1])
    for numbers in np.array_split(np.arange(len(embeddings)), parts):
        journal.append([image_id(first + int(number)) for number in numbers], embeddings[numbers])
    return journal


def make_codes(folder: Path) -> None:
    build_codes(VectorJournal(folder), lambda: None)


def brute(journal: VectorJournal, query: Any, k: int, allowed: Any = None) -> list[tuple[bytes, float]]:
    """Every distance by itself, in float64, and a sort of all of them."""
    asked = journal.pack(query[None])[0].astype(np.float64)
    stored = np.concatenate(journal.blocks()).astype(np.float64)
    cosines = np.array([np.dot(row, asked) for row in stored]).astype(np.float32)
    distances = np.maximum(np.float32(1) - cosines, np.float32(0))
    found = sorted(zip(distances.tolist(), journal.ids(), range(len(stored)), strict=True))
    return [(name, distance) for distance, name, row in found if allowed is None or allowed[row]][:k]


def embeddings_of(kind: str, count: int, dim: int, seed: int) -> Any:
    """Rows that are hard in one way or another."""
    chance = np.random.default_rng(seed)
    found = chance.standard_normal((count, dim)).astype(np.float32)
    if kind == "clustered":
        centres = chance.standard_normal((max(1, count // 50), dim)).astype(np.float32)
        found = centres[chance.integers(0, len(centres), count)] + np.float32(1e-3) * found
    elif kind == "duplicates":
        found = found[chance.integers(0, max(1, count // 20), count)]
    elif kind == "zeros":
        found[chance.random(count) < 0.3] = 0
    elif kind == "constant":
        found[:, : dim // 2] = 1
        found[:, dim // 2 :] *= np.float32(1e-6)
    elif kind == "spiked":
        found[np.arange(count), chance.integers(0, dim, count)] *= 1_000
    elif kind == "one direction":
        found = np.abs(chance.standard_normal((count, 1))).astype(np.float32) * found[:1]
    return found


KINDS = ["random", "clustered", "duplicates", "zeros", "constant", "spiked", "one direction"]


CASES = {
    "dim": st.sampled_from([1, 2, 31, 64, 130]),
    "k": st.sampled_from([1, 3, 10, 1_000]),
    "seed": st.integers(0, 1 << 20),
    "parts": st.integers(1, 4),
    "uncoded": st.integers(0, 40),
}


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(1, 200), **CASES)
def test_codes_change_no_answer(
    kind: str, count: int, dim: int, k: int, seed: int, parts: int, uncoded: int, tmp_path: Path
) -> None:
    compare(kind, count, dim, k, seed, parts, uncoded, tmp_path)


@pytest.mark.drill
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(1, 3_000), **CASES)
def test_codes_change_no_answer_in_many_cases(
    kind: str, count: int, dim: int, k: int, seed: int, parts: int, uncoded: int, tmp_path: Path
) -> None:
    compare(kind, count, dim, k, seed, parts, uncoded, tmp_path)


def compare(kind: str, count: int, dim: int, k: int, seed: int, parts: int, uncoded: int, tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    shutil.rmtree(folder, ignore_errors=True)
    embeddings = embeddings_of(kind, count + uncoded, dim, seed)
    written(folder, embeddings[:count], parts)
    make_codes(folder)
    if uncoded:
        written(folder, embeddings[count:], first=count)
    journal = VectorJournal(folder)
    index, plain = ExactIndex(journal), ExactIndex(journal, codes=False)
    assert (index.coded_rows, plain.coded_rows) == (count, 0)
    chance = np.random.default_rng(seed)
    allowed = chance.random(index.rows) < 0.5
    queries = np.concatenate([embeddings[:2], embeddings_of(kind, 9, dim, seed + 1), np.zeros((1, dim), np.float32)])
    for query in queries:
        expected = brute(journal, query, k)
        assert index.nearest(query, k) == plain.nearest(query, k) == expected
        assert index.nearest(query, k, allowed) == brute(journal, query, k, allowed)
    many = [brute(journal, query, k) for query in queries]
    assert index.nearest_of_many(queries, k) == plain.nearest_of_many(queries, k) == many
    some = [brute(journal, query, k, allowed) for query in queries]
    assert index.nearest_of_many(queries, k, allowed) == some


@pytest.mark.parametrize("kind", KINDS)
def test_plain_pictures_are_near_nothing_by_codes_too(kind: str, tmp_path: Path) -> None:
    embeddings = embeddings_of(kind, 300, 20, 1)
    embeddings[[4, 250]] = 0
    written(tmp_path / "j", embeddings, 3)
    make_codes(tmp_path / "j")
    journal = VectorJournal(tmp_path / "j")
    index, without = (ExactIndex(journal, plain_rows=True, codes=use) for use in (True, False))
    assert index.coded_rows == 300 and index.plain.tolist() == without.plain.tolist()
    for query in embeddings[:6]:
        found = index.nearest(query, 300)
        assert found == without.nearest(query, 300)
        assert not {image_id(4), image_id(250)} & {name for name, _ in found}
    assert index.nearest_of_many(embeddings[:20], 7) == [index.nearest(query, 7) for query in embeddings[:20]]


def test_an_error_is_never_less_than_what_a_code_leaves_out() -> None:
    for kind in KINDS:
        embeddings = embeddings_of(kind, 2_000, 96, 3)
        made = coded(embeddings)
        left = embeddings.astype(np.float64) - made.numbers.astype(np.float64) * made.steps[:, None]
        assert (np.linalg.norm(left, axis=1) <= made.errors).all(), kind
        assert np.linalg.norm(embeddings.astype(np.float64) - left, axis=1).max() <= made.longest, kind
    broken = np.array([[1, np.nan], [np.inf, 0], [3, 4]], np.float32)
    assert coded(broken).errors.tolist()[:2] == [-np.inf, -np.inf]


@pytest.mark.parametrize("kind", KINDS)
def test_no_row_is_nearer_than_its_bounds(kind: str, tmp_path: Path) -> None:
    rows = written(tmp_path, embeddings_of(kind, 3_000, 130, 3)).pack(embeddings_of(kind, 3_000, 130, 3))
    queries = VectorJournal(tmp_path).pack(np.concatenate([rows[:3], embeddings_of("random", 3, 130, 4)]))
    made, chosen = coded(rows), np.arange(3_000)[::-2]
    for query in queries:
        rough = np.empty(len(rows), np.float32)
        code_scan.bound_distances([(made, rough)], query)
        finer = code_scan.bound_of_few(made, chosen, query)
        distances = 1 - rows.astype(np.float64) @ query.astype(np.float64)
        assert (rough <= distances).all() and (finer <= distances[chosen]).all()
        # Of a query that is itself coded without a remainder the rough ones are as near.
        assert np.mean(finer >= rough[chosen] - 2e-5) == 1


def test_few_rows_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embeddings = embeddings_of("random", 1, 512, 1) + np.float32(0.3) * embeddings_of("random", 4_000, 512, 2)
    written(tmp_path, embeddings)
    make_codes(tmp_path)
    index = ExactIndex(VectorJournal(tmp_path))
    read: list[int] = []
    stored = index._stored.read
    monkeypatch.setattr(index._stored, "read", lambda rows: read.append(len(rows)) or stored(rows))
    for query in embeddings[:10]:
        assert len(index.nearest(query, 10)) == 10
    # 0.12 of the rows; without the closer look 0.62.
    assert sum(read) / 10 < 0.3 * index.rows


def test_a_search_does_not_wait_for_threads_that_are_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_scan, "_ROWS_AT_ONCE", 16)
    embeddings = embeddings_of("random", 400, 32, 5)
    written(tmp_path, embeddings)
    make_codes(tmp_path)
    index = ExactIndex(VectorJournal(tmp_path))
    release, executor = threading.Event(), ThreadPoolExecutor(1)
    monkeypatch.setattr(code_scan, "_helpers", lambda: (executor, 1))
    busy = executor.submit(release.wait, 60)
    try:
        assert index.nearest(embeddings[7], 5) == brute(index.journal, embeddings[7], 5)
        assert not busy.done()
    finally:
        release.set()
        executor.shutdown()


def test_what_goes_wrong_in_a_thread_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    together, done = threading.Barrier(2), []

    def fail_elsewhere(number: int) -> None:
        together.wait(60)  # one job in each of the two threads
        if threading.current_thread() is not threading.main_thread():
            raise ValueError(number)
        done.append(number)

    with ThreadPoolExecutor(1) as executor:
        monkeypatch.setattr(code_scan, "_helpers", lambda: (executor, 1))
        with pytest.raises(ValueError, match="[01]"):
            code_scan._in_threads(fail_elsewhere, [(0,), (1,)])
    assert len(done) == 1


class TestWhatLiesOnTheDisk:
    """Codes that are not those of the rows are not used, and made anew by the next run."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        written(tmp_path / "j", embeddings_of("random", 400, 32, 5), 4)
        make_codes(tmp_path / "j")
        return tmp_path / "j"

    def check(self, folder: Path, coded_rows: int) -> None:
        journal = VectorJournal(folder)
        index = ExactIndex(journal)
        assert index.coded_rows == coded_rows
        for query in embeddings_of("random", 6, 32, 6):
            assert index.nearest(query, 5) == brute(journal, query, 5)

    def test_a_flipped_bit(self, folder: Path) -> None:
        path = folder / "segment-0000.codes"
        content = bytearray(path.read_bytes())
        for at in (0, 20, 28, 40, 70, 100, 130, 2_000, len(content) - 1):
            content[at] ^= 64
            path.write_bytes(content)
            self.check(folder, 0)
            content[at] ^= 64
        path.write_bytes(content)
        self.check(folder, 400)

    @pytest.mark.parametrize("size", [0, 1, 60, 128, 5_000])
    def test_half_a_file(self, folder: Path, size: int) -> None:
        path = folder / "segment-0000.codes"
        path.write_bytes(path.read_bytes()[:size])
        self.check(folder, 0)
        make_codes(folder)
        self.check(folder, 400)

    def test_what_a_killed_run_left(self, folder: Path) -> None:
        (folder / "segment-0000.codes").unlink()
        leftover = folder / ".segment-0000.codes.123.tmp"
        leftover.write_bytes(b"half")
        self.check(folder, 0)
        make_codes(folder)
        assert not leftover.exists()
        self.check(folder, 400)

    def test_codes_are_looked_through_once(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        looked: list[int] = []
        crc32 = zlib.crc32
        monkeypatch.setattr(codes.zlib, "crc32", lambda *given: looked.append(len(given[0])) or crc32(*given))
        self.check(folder, 400)
        assert max(looked, default=0) < 1_000, "the run that made them knows that they are sound"
        path = folder / "segment-0000.codes"
        path.write_bytes(path.read_bytes())
        self.check(folder, 400)
        assert max(looked) > 400 * 32
        looked.clear()
        self.check(folder, 400)
        assert max(looked, default=0) < 1_000

    def test_codes_of_another_journal(self, folder: Path, tmp_path: Path) -> None:
        written(tmp_path / "other", embeddings_of("random", 400, 32, 77), 4)
        make_codes(tmp_path / "other")
        shutil.copy(tmp_path / "other" / "segment-0000.codes", folder)
        self.check(folder, 0)

    def test_rows_that_were_cut_off_and_replaced(self, folder: Path) -> None:
        journal = VectorJournal(folder)
        journal.truncate(300)
        self.check(folder, 0)
        written(folder, embeddings_of("random", 100, 32, 8), first=900)
        self.check(folder, 0)
        make_codes(folder)
        self.check(folder, 400)

    def test_a_compaction(self, folder: Path) -> None:
        journal = VectorJournal(folder)
        journal.compact({image_id(number) for number in range(0, 400, 3)})
        self.check(folder, 0)
        make_codes(folder)
        self.check(folder, 134)

    def test_a_damaged_commit(self, folder: Path) -> None:
        path = folder / "segment-0000.vec"
        content = bytearray(path.read_bytes())
        content[150 * 32 * 4] ^= 1
        path.write_bytes(content)
        index = ExactIndex(VectorJournal(folder))
        plain = ExactIndex(VectorJournal(folder), codes=False)
        assert (index.rows, index.coded_rows) == (300, 300)
        query = embeddings_of("random", 1, 32, 6)[0]
        assert index.nearest(query, 300) == plain.nearest(query, 300)
        (folder / "segment-0000.codes").unlink()
        make_codes(folder)
        assert ExactIndex(VectorJournal(folder)).coded_rows == 0, "codes of damaged rows would outlive their mending"

    def test_a_folder_that_cannot_be_written_to(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (folder / "codes.json").unlink(missing_ok=True)

        def refused(*_: object) -> None:
            raise OSError("read only")

        monkeypatch.setattr(codes, "write_quickly", refused)
        self.check(folder, 400)
        (folder / "segment-0000.codes").unlink()
        monkeypatch.setattr(codes, "sync_folder", refused)
        make_codes(folder)
        self.check(folder, 400)

    def test_many_segments_of_which_the_last_grows(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rows, "SEGMENT_BYTES", 4_000)
        monkeypatch.setattr(codes, "_MOST_UNCODED", 20)
        folder = tmp_path / "many"
        written(folder, embeddings_of("random", 100, 32, 9), 10)
        assert len(VectorJournal(folder).segments) > 2
        for first, more, coded_rows in ((100, 5, 100), (105, 15, 100), (120, 25, 145)):
            make_codes(folder)
            written(folder, embeddings_of("random", more, 32, first), first=first)
            self.check(folder, coded_rows if more < 25 else 120)
        make_codes(folder)
        self.check(folder, 145)


def test_few_rows_have_no_codes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "FEWEST_ROWS", 50)
    written(tmp_path / "j", embeddings_of("random", 49, 8, 0))
    make_codes(tmp_path / "j")
    assert not (tmp_path / "j" / "segment-0000.codes").exists()


_MAKER = """
import sys
from pathlib import Path
from revsearch_tui.core.storage.journal import codes
from revsearch_tui.core.storage.journal.vectors import VectorJournal
codes.FEWEST_ROWS = 1
while True:
    for path in Path(sys.argv[1]).glob("*.codes"):
        path.unlink()
    codes.build_codes(VectorJournal(Path(sys.argv[1])), lambda: None)
    print("made", flush=True)
"""


@pytest.mark.drill
@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_killed_at_any_instant_no_answer_is_wrong(tmp_path: Path) -> None:
    folder = tmp_path / "j"
    embeddings = embeddings_of("clustered", 20_000, 64, 1)
    written(folder, embeddings, 4)
    queries = embeddings_of("clustered", 3, 64, 2)
    expected = [brute(VectorJournal(folder), query, 10) for query in queries]
    chance = np.random.default_rng(0)
    seen = set()
    for _ in range(20):
        maker = subprocess.Popen([sys.executable, "-c", _MAKER, str(folder)], stdout=subprocess.PIPE)
        assert maker.stdout is not None and maker.stdout.readline()
        time.sleep(float(chance.random()) / 10)
        maker.kill()
        maker.communicate()
        index = ExactIndex(VectorJournal(folder))
        seen.add(index.coded_rows)
        assert [index.nearest(query, 10) for query in queries] == expected
    assert seen <= {0, 20_000}
    make_codes(folder)
    assert ExactIndex(VectorJournal(folder)).coded_rows == 20_000
    assert not list(folder.glob(".*.tmp"))


@pytest.mark.drill
def test_searches_while_rows_are_added_are_those_of_their_rows(tmp_path: Path) -> None:
    folder = tmp_path / "j"
    embeddings = embeddings_of("clustered", 12_000, 32, 1)
    written(folder, embeddings[:2_000])
    stop = threading.Event()

    def write() -> None:
        journal = VectorJournal(folder)
        for start in range(2_000, 12_000, 500):
            numbers = range(start, start + 500)
            journal.append([image_id(number) for number in numbers], embeddings[start : start + 500])
            codes.build_codes(VectorJournal(folder), lambda: None)
        stop.set()

    writer = threading.Thread(target=write)
    writer.start()
    query = embeddings_of("clustered", 1, 32, 2)[0]
    while not stop.is_set():
        index = ExactIndex(VectorJournal(folder))
        plain = ExactIndex(VectorJournal(folder), codes=False)
        if index.rows == plain.rows:
            assert index.nearest(query, 10) == plain.nearest(query, 10)
    writer.join()
