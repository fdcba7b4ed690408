"""Workers of Daft write the very rows that one machine writes, whatever is killed meanwhile."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

from revsearch_tui.api import Cancelled, MethodUnavailableError, NullControl
from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.distributed.feeding import DaftFeed, check_daft
from revsearch_tui.core.distributed.job_order import WorkOrder, decode_paths, encode_paths
from revsearch_tui.core.distributed.job_worker import JobWorker
from revsearch_tui.core.distributed.query_process import pack_blocks, unpack_blocks
from revsearch_tui.core.indexing.index_report import IndexReport, IndexSettings
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.storage.catalog.catalog import Catalog
from tests.support.library import Library
from tests.support.processes import finish, kill_group, processes_of, start, wait_until
from tests.support.program import revsearch
from tests.support.site import install, method_source
from tests.support.stored import catalog_rows, collection_of, journals, keys_of, stored_bytes
from tests.support.texture import draw, draw_many

METHODS = ("phash", "sift")
needs_daft = pytest.mark.skipif(importlib.util.find_spec("daft") is None, reason="daft is not installed")
needs_ray = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="ray is not installed")
needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="finds workers in /proc")


def by_daft(library: Library, *roots: Path, ray: str | None = None) -> IndexReport:
    """Index as `Library.index` does, by two of Daft's workers."""
    return index_collection(
        library.workspace,
        "pictures",
        roots,
        library.methods,
        control=NullControl(),
        changes={"workers": 2},
        feed=DaftFeed(library.workspace.folders, ray),
    )


def told(report: IndexReport) -> dict[str, object]:
    """What a report says but for times, and for what is decoded: two workers may both decode twins."""
    return {
        **{k: v for k, v in dataclasses.asdict(report).items() if k not in ("seconds", "decoded", "skipped")},
        "skipped": sorted(report.skipped),
    }


def fill(folder: Path) -> Path:
    """24 pictures, three of them twice, a text, two broken files and one that cannot be read."""
    for number, path in enumerate(draw_many(folder, 24)):
        if number % 8 == 0:
            shutil.copy(path, path.with_name(f"twin{number}.png"))
    (folder / "notes.txt").write_text("no picture")
    (folder / "bad.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    (folder / "short.png").write_bytes((folder / "0003.png").read_bytes()[:2000])
    return folder


@needs_daft
def test_workers_write_what_one_machine_writes_and_tell_the_same(tmp_path: Path) -> None:
    pictures = fill(tmp_path / "pictures")
    plain, daft = Library(tmp_path / "plain", METHODS), Library(tmp_path / "daft", METHODS)
    for change in range(2):
        if change:
            draw(pictures / "new.png", 90)
            draw(pictures / "0005.png", 91)
            (pictures / "0006.png").rename(pictures / "moved.png")
            (pictures / "0007.png").unlink()
        expected, found = plain.index(pictures), by_daft(daft, pictures)
        assert told(found) == told(expected)
        assert stored_bytes(tmp_path / "daft") == stored_bytes(tmp_path / "plain")
        assert catalog_rows(tmp_path / "daft") == catalog_rows(tmp_path / "plain")
    assert daft.search(pictures / "0001.png") == plain.search(pictures / "0001.png")
    assert daft.in_chroma() == plain.in_chroma()


@needs_daft
@pytest.mark.drill
def test_pictures_that_a_method_fails_on_are_listed_as_ever(tmp_path: Path) -> None:
    pictures, site = tmp_path / "pictures", tmp_path / "site"
    draw_many(pictures, 6)
    draw(pictures / "low.png", 100, side=40)
    embed = "if any(p.shape[0] == 40 for p in pictures):\n            raise ValueError('too low')"
    install(site, "picky", method_source("picky", "picky", embed=embed))
    environment = {"PYTHONPATH": os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])}
    for home, engine in (("plain", "here"), ("daft", "daft")):
        arguments = ("index", pictures, "-m", "phash", "-m", "picky", "--engine", engine, "--workers", "2")
        done = revsearch(tmp_path / home, *arguments, environment=environment)
        assert done.returncode == 0, done.stderr.decode()
        assert "too low" in done.stderr.decode()
    assert stored_bytes(tmp_path / "daft") == stored_bytes(tmp_path / "plain")
    assert catalog_rows(tmp_path / "daft") == catalog_rows(tmp_path / "plain")


def workers_of(home: Path) -> list[int]:
    """The processes in which Daft runs the methods."""
    found = []
    for number in processes_of(home):
        try:
            if b"daft.execution.udf_worker" in Path(f"/proc/{number}/cmdline").read_bytes():
                found.append(number)
        except OSError:
            continue
    return found


def kill_workers(home: Path, times: int, chance: random.Random, running: object) -> int:
    """Kill a worker at random moments; how often there was one."""
    killed = 0
    while killed < times and running.poll() is None:  # type: ignore[attr-defined]
        time.sleep(chance.uniform(0.05, 1.5))
        if workers := workers_of(home):
            try:
                os.kill(chance.choice(workers), signal.SIGKILL)
            except ProcessLookupError:
                continue
            killed += 1
    return killed


def survives(tmp_path: Path, kills: int, pictures_count: int) -> int:
    """Index while workers are killed, until there were so many kills; how many there were."""
    pictures, chance = tmp_path / "pictures", random.Random(kills)
    draw_many(pictures, pictures_count)
    Library(tmp_path / "plain", METHODS).index(pictures)
    killed = rounds = 0
    while killed < kills and rounds < 3 * kills:
        home = tmp_path / f"home{rounds}"
        rounds += 1
        arguments = ("index", pictures, "-m", "phash", "-m", "sift", "--engine", "daft", "--workers", "2", "-q")
        process = start(home, *arguments)
        killed += kill_workers(home, min(4, kills - killed), chance, process)
        code, _, err = finish(process, timeout_s=240)
        if code != 0:  # no worker ever came to do anything
            assert "Daft's workers could do nothing" in err and "Traceback" not in err, err
            process = start(home, *arguments)
            code, _, err = finish(process, timeout_s=240)
        assert code == 0, err
        assert stored_bytes(home) == stored_bytes(tmp_path / "plain")
        assert catalog_rows(home) == catalog_rows(tmp_path / "plain")
        assert not processes_of(home) and not list((home / "cache" / "jobs").glob("*"))
    return killed


@needs_daft
@needs_proc
def test_a_killed_worker_costs_nothing_but_time(tmp_path: Path) -> None:
    assert survives(tmp_path, 1, 40) == 1


@needs_daft
@needs_proc
@pytest.mark.drill
@pytest.mark.timeout(1800)
def test_twenty_killed_workers_lose_and_double_nothing(tmp_path: Path) -> None:
    assert survives(tmp_path, 20, 150) == 20


@needs_daft
@needs_proc
@pytest.mark.drill
@pytest.mark.timeout(900)
def test_a_killed_run_is_resumed_and_its_workers_end_with_it(tmp_path: Path) -> None:
    pictures, home, chance = tmp_path / "pictures", tmp_path / "home", random.Random(5)
    draw_many(pictures, 150)
    Library(tmp_path / "plain", METHODS).index(pictures)
    arguments = ("index", pictures, "-m", "phash", "-m", "sift", "--engine", "daft", "--workers", "2", "-q")
    for _ in range(5):
        process = start(home, *arguments)
        time.sleep(chance.uniform(1, 8))
        kill_group(process)
        assert wait_until(lambda: not processes_of(home), 20), "workers outlive the run"
    code, _, err = finish(start(home, *arguments), 300)
    assert code == 0, err
    assert stored_bytes(home) == stored_bytes(tmp_path / "plain")


class StopsSoon(NullControl):
    """Is cancelled when the first files are done."""

    def __init__(self) -> None:
        self.done = 0

    def progress(self, done: int, total: int | None, what: str = "") -> None:
        self.done = done if what == "indexing" else self.done

    def check(self) -> None:
        if self.done:
            raise Cancelled("stopped")


@needs_daft
def test_what_was_done_when_a_run_is_stopped_is_kept(tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    draw_many(pictures, 40)
    library = Library(tmp_path / "home")
    report = index_collection(
        library.workspace,
        "pictures",
        (pictures,),
        ("phash",),
        control=StopsSoon(),
        changes={"workers": 2},
        feed=DaftFeed(library.workspace.folders),
    )
    assert report.cancelled and 0 < len(journals(tmp_path / "home")["phash"]) < 40
    assert library.index(pictures).pictures == 40
    Library(tmp_path / "plain").index(pictures)
    assert stored_bytes(tmp_path / "home") == stored_bytes(tmp_path / "plain")


def order_for(home: Path) -> WorkOrder:
    with Catalog(collection_of(home).catalog_file) as catalog:
        keys = [(key, catalog.model_sha256(key.key)) for key in catalog.index_keys()]
    folders = Folders(home / "data", home / "cache", home / "config")
    return WorkOrder(keys, IndexSettings(workers=1), folders, "scratch")


def test_a_job_that_is_done_twice_comes_out_the_same(tmp_path: Path) -> None:
    paths = [os.fsencode(path) for path in draw_many(tmp_path / "pictures", 5)]
    Library(tmp_path / "home", METHODS).index(tmp_path / "pictures")
    worker = JobWorker(order_for(tmp_path / "home"))
    try:
        assert worker.work(paths) == worker.work(paths)
    finally:
        worker.close()


def test_a_worker_with_another_version_of_a_method_takes_no_part(tmp_path: Path) -> None:
    draw_many(tmp_path / "pictures", 1)
    Library(tmp_path / "home").index(tmp_path / "pictures")
    order = order_for(tmp_path / "home")
    (key, sha256) = order.keys[0]
    other = dataclasses.replace(key, key="phash-000000000000")
    with pytest.raises(MethodUnavailableError, match=r"cannot take part: 'phash' is there in another version"):
        JobWorker(dataclasses.replace(order, keys=[(other, sha256)]))


def test_what_workers_are_told_arrives_as_it_was(tmp_path: Path) -> None:
    draw_many(tmp_path / "pictures", 2)
    library = Library(tmp_path / "home")
    library.index(tmp_path / "pictures")
    order = dataclasses.replace(order_for(tmp_path / "home"), known=frozenset(library.pictures()))
    arrived = WorkOrder.decoded(order.encoded())
    assert [key.key for key, _ in arrived.keys] == [key.key for key in keys_of(tmp_path / "home")]
    assert dataclasses.replace(arrived, keys=()) == dataclasses.replace(order, keys=())
    for paths in ([], [b"/a\xff\nb", b"/c"]):
        assert decode_paths(encode_paths(paths)) == paths
    assert unpack_blocks(pack_blocks([b"", b"one", bytes(9)])) == [b"", b"one", bytes(9)]


def test_what_is_missing_is_told_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    for module in ("daft", "ray"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    with pytest.raises(MethodUnavailableError, match=r"pip install 'revsearch-tui\[distributed\]'$"):
        check_daft(ray=False)
    with pytest.raises(MethodUnavailableError, match=r"'daft\[ray\]'$"):
        check_daft(ray=True)


def test_an_address_without_the_engine_is_refused(tmp_path: Path) -> None:
    done = revsearch(tmp_path, "index", tmp_path, "--ray", "local")
    assert done.returncode == 2 and b"--ray goes with --engine daft" in done.stderr


@needs_daft
@needs_ray
@pytest.mark.drill
def test_a_ray_cluster_of_this_machine_writes_the_same_rows(tmp_path: Path) -> None:
    pictures = fill(tmp_path / "pictures")
    Library(tmp_path / "plain", METHODS).index(pictures)
    by_daft(Library(tmp_path / "ray", METHODS), pictures, ray="local")
    assert stored_bytes(tmp_path / "ray") == stored_bytes(tmp_path / "plain")
