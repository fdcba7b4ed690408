"""Searches by codes: the same answers as without them, and as those of brute force, whatever lies on the disk."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from revsearch_tui.core.storage import code_scan, exact
from revsearch_tui.core.storage.exact import ExactIndex
from revsearch_tui.core.storage.journal import codes, rows
from revsearch_tui.core.storage.journal.codes import coded
from revsearch_tui.core.storage.journal.vectors import VectorJournal
from tests.support.coded import KINDS, brute, embeddings_of, image_id, make_codes, written

pytest.importorskip("numkong")
pytestmark = pytest.mark.filterwarnings("ignore:invalid value")  # of vectors that are none


@pytest.fixture(autouse=True)
def _codes_for_few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "FEWEST_ROWS", 1)
    monkeypatch.setattr(exact, "FEWEST_ROWS", 1)
    monkeypatch.setattr(code_scan, "_FEWEST_AT_ONCE", 16)  # many jobs even so
    monkeypatch.setattr(code_scan, "_MOST_AT_ONCE", 64)


CASES = {
    "dim": st.sampled_from([1, 2, 31, 64, 130]),
    "k": st.sampled_from([1, 3, 10, 1_000]),
    "seed": st.integers(0, 1 << 20),
    "parts": st.integers(1, 4),
    "uncoded": st.integers(0, 40),
}


@pytest.mark.parametrize("kind", [*KINDS, "broken"])
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(1, 200), **CASES)
def test_codes_change_no_answer(
    kind: str, count: int, dim: int, k: int, seed: int, parts: int, uncoded: int, tmp_path: Path
) -> None:
    compare(kind, count, dim, k, seed, parts, uncoded, tmp_path)


@pytest.mark.drill
@pytest.mark.parametrize("kind", [*KINDS, "broken"])
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
    if kind == "broken":  # to zeros all are as near, and a vector that is none is not told from others
        queries = queries[:-1]
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


@pytest.mark.parametrize("kind", [*KINDS, "broken"])
def test_segments_without_codes_among_others(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "SEGMENT_BYTES", 12_000)
    embeddings = embeddings_of(kind, 500, 32, 3)
    written(tmp_path, embeddings, 20)
    make_codes(tmp_path)
    written(tmp_path, embeddings[:60], 2, first=500)
    segments = sorted(tmp_path.glob("*.codes"))
    segments[0].unlink()
    segments[2].unlink()
    journal = VectorJournal(tmp_path)
    index, plain = ExactIndex(journal), ExactIndex(journal, codes=False)
    assert 0 < index.coded_rows < 400 and plain.coded_rows == 0
    chance = np.random.default_rng(1)
    for number, query in enumerate([*embeddings[:3], *embeddings_of("random", 6, 32, 4)]):
        allowed = chance.random(index.rows) < 0.3 if number % 2 else None
        for k in (1, 7, 300):
            expected = brute(journal, query, k, allowed)
            assert index.nearest(query, k, allowed) == plain.nearest(query, k, allowed) == expected
    asked = [image_id(int(number)) for number in chance.integers(0, 700, 90)]  # some of which there are not
    for found, expected in zip(index.stored(asked), plain.stored(asked), strict=True):
        assert np.array_equal(found, expected, equal_nan=found.dtype != bool)


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


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "j"
    written(folder, embeddings_of("clustered", 20_000, 8, 1), 1)
    left = [folder / name for name in (".0001.codes.17.tmp", ".codes.json.17.140221153373056.tmp")]
    for path in left:
        path.write_bytes(b"half of it")
    make_codes(folder)
    assert ExactIndex(VectorJournal(folder)).coded_rows == 20_000
    assert not any(path.exists() for path in left)


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
