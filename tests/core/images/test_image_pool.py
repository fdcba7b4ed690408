"""Decoding in child processes: what a bad decoder may do, and what it costs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from revsearch_tui.api import Cancelled, PictureError, ReaderInfo, UsageError
from revsearch_tui.core.images.crop import parse_crop
from revsearch_tui.core.images.decode import decode_bytes
from revsearch_tui.core.images.decoded_picture import Decoded
from revsearch_tui.core.images.lane import SmallFile
from revsearch_tui.core.images.pool import DecodePool
from revsearch_tui.core.images.reasons import UNKNOWN

Make = Callable[..., Image.Image]
Encode = Callable[..., bytes]

WILD = """
import os, sys, time

def make():
    def read(data):
        order = data.decode()
        if order == "exit":
            os._exit(3)
        if order == "sleep":
            time.sleep(600)
        if order == "abort":
            os.abort()
        if order == "print":
            print("noise on stdout")
            os.write(1, b"more noise")
            os.write(2, b"and on stderr")
            sys.stdin.read()
        if order == "eat":
            bytearray(8 << 30)
        if order == "folder":
            raise ValueError(os.getcwd())
        from PIL import Image
        return Image.new("RGB", (3, 2), (1, 2, 3))
    return read
"""


@pytest.fixture
def wild(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ReaderInfo:
    (tmp_path / "wild_reader_of_tests.py").write_text(WILD)
    monkeypatch.syspath_prepend(str(tmp_path))
    return ReaderInfo(name="wild", title="Wild", summary="", suffixes=(".wild",), factory="wild_reader_of_tests:make")


@pytest.fixture
def pool(wild: ReaderInfo) -> Iterator[DecodePool]:
    with DecodePool(2, [wild], timeout_s=1.0) as pool:
        yield pool


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not Path(f"/proc/{pid}/stat").exists() or Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"


@pytest.mark.parametrize(("asked", "started"), [(1, 1), (2, 2), (9, 2)])
def test_processes_that_were_started_before_are_those_that_decode(pool: DecodePool, asked: int, started: int) -> None:
    pool.start(asked)
    running = pool.process_ids()
    assert len(running) == started
    with ThreadPoolExecutor(started) as threads:
        found = list(threads.map(lambda _: pool.decode(b"fine", "a.wild").width, range(started)))
    assert found == [3] * started
    assert pool.process_ids() == running


def _wait_until(condition: Callable[[], bool]) -> bool:
    for _ in range(200):
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_a_child_process_decodes_as_this_process_does(pool: DecodePool, photo: Make, encode: Encode) -> None:
    data = encode(photo(1300, 700), "JPEG")
    here, there = decode_bytes(data, "a.jpg"), pool.decode(data, "a.jpg")
    assert np.array_equal(here.picture, there.picture)
    assert (here.width, here.height, here.format) == (there.width, there.height, there.format)
    with pytest.raises(ValueError, match="WRITEABLE"):
        there.picture.flags.writeable = True


def test_no_process_runs_before_the_first_file_and_one_serves_a_lone_caller(
    pool: DecodePool, photo: Make, encode: Encode
) -> None:
    assert pool.process_ids() == []
    for seed in range(3):
        pool.decode(encode(photo(30, 20, seed), "PNG"), "a.png")
    assert len(pool.process_ids()) == 1


def test_several_threads_share_the_processes(pool: DecodePool, photo: Make, encode: Encode) -> None:
    files = [encode(photo(300, 200, seed), "PNG") for seed in range(12)]
    with ThreadPoolExecutor(6) as threads:
        pictures = list(threads.map(lambda data: pool.decode(data, "a.png").picture, files))
    for data, picture in zip(files, pictures, strict=True):
        assert np.array_equal(picture, decode_bytes(data, "a.png").picture)
    assert len(pool.process_ids()) <= 2


def test_the_reason_of_a_bad_file_comes_back_with_its_name(pool: DecodePool) -> None:
    with pytest.raises(PictureError) as caught:
        pool.decode(b"plain text", "notes.jpg")
    assert (caught.value.reason, str(caught.value)) == (UNKNOWN, f"notes.jpg: {UNKNOWN}")
    with pytest.raises(PictureError, match="empty file"):
        pool.decode(b"", "nothing.jpg")


def test_crops_pass_to_the_child_and_their_errors_come_back(pool: DecodePool, photo: Make, encode: Encode) -> None:
    data = encode(photo(200, 100), "PNG")
    cut = pool.decode(data, "a.png", parse_crop("10%,10,50,50%"))
    assert np.array_equal(cut.picture, decode_bytes(data, "a.png", crop=parse_crop("10%,10,50,50%")).picture)
    with pytest.raises(UsageError, match="200 x 100"):
        pool.decode(data, "a.png", parse_crop("0,0,300,10"))


@pytest.mark.parametrize("order", [b"exit", b"abort"])
def test_a_crashing_decoder_costs_one_file(order: bytes, pool: DecodePool, photo: Make, encode: Encode) -> None:
    with pytest.raises(PictureError) as caught:
        pool.decode(order, "a.wild")
    assert caught.value.reason == "the decoder crashed"
    assert pool.decode(encode(photo(30, 20), "PNG"), "b.png").picture.shape == (20, 30, 3)


def test_a_hanging_decoder_costs_one_file_and_leaves_no_process(pool: DecodePool, photo: Make, encode: Encode) -> None:
    with pytest.raises(PictureError) as caught:
        pool.decode(b"sleep", "a.wild")
    assert caught.value.reason == "took longer than 1 s to decode (index.decode_timeout_s)"
    assert pool.process_ids() == []
    assert pool.decode(encode(photo(30, 20), "PNG"), "b.png").picture.shape == (20, 30, 3)


def test_files_that_go_together_are_decoded_as_each_alone(pool: DecodePool, photo: Make, encode: Encode) -> None:
    data = [encode(photo(30 + seed, 20, seed), "PNG") for seed in range(40)]
    crops = [parse_crop("5,5,10,10") if seed % 2 else None for seed in range(40)]
    together = pool.decode_many([SmallFile(one, "a.png", crop) for one, crop in zip(data, crops, strict=True)])
    for one, crop, found in zip(data, crops, together, strict=True):
        assert isinstance(found, Decoded)
        assert np.array_equal(found.picture, pool.decode(one, "a.png", crop).picture)
    assert pool.decode_many([]) == []


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (b"", "empty file"),
        (b"exit", "the decoder crashed"),
        (b"abort", "the decoder crashed"),
        (b"sleep", "took longer than 1 s to decode (index.decode_timeout_s)"),
        (b"eat", "too large: decoding it takes more memory than allowed"),
    ],
)
def test_a_bad_file_among_others_does_them_no_harm(
    order: bytes, reason: str, pool: DecodePool, photo: Make, encode: Encode
) -> None:
    sound = SmallFile(encode(photo(30, 20), "PNG"), "b.png")
    first, bad, noisy, last = pool.decode_many(
        [sound, SmallFile(order, "a.wild"), SmallFile(b"print", "a.wild"), sound]
    )
    assert isinstance(bad, PictureError)
    assert reason in bad.reason or (sys.platform != "linux" and order == b"eat")
    assert isinstance(first, Decoded) and isinstance(last, Decoded) and isinstance(noisy, Decoded)
    assert np.array_equal(first.picture, last.picture)


def test_a_crop_beyond_one_picture_is_its_own_error(pool: DecodePool, photo: Make, encode: Encode) -> None:
    data = encode(photo(30, 20), "PNG")
    beyond, sound = pool.decode_many([SmallFile(data, "a.png", parse_crop("0,0,50,50")), SmallFile(data, "b.png")])
    assert isinstance(beyond, UsageError) and isinstance(sound, Decoded)


def test_a_hanging_decoder_does_not_hold_up_the_other_processes(pool: DecodePool, photo: Make, encode: Encode) -> None:
    data = encode(photo(30, 20), "PNG")
    with ThreadPoolExecutor(1) as threads:
        hanging = threads.submit(pool.decode, b"sleep", "a.wild")
        for _ in range(3):
            assert pool.decode(data, "b.png").picture.shape == (20, 30, 3)
        assert isinstance(hanging.exception(), PictureError)


def test_a_process_that_is_killed_while_idle_is_replaced(pool: DecodePool, photo: Make, encode: Encode) -> None:
    data = encode(photo(30, 20), "PNG")
    pool.decode(data, "a.png")
    (pid,) = pool.process_ids()
    os.kill(pid, signal.SIGTERM)
    assert pool.decode(data, "a.png").picture.shape == (20, 30, 3)
    assert pool.process_ids() != [pid]


def test_a_decoder_that_prints_or_reads_does_not_garble_the_conversation(
    pool: DecodePool, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert pool.decode(b"print", "a.wild").picture.tolist() == [[[1, 2, 3]] * 3] * 2
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to its memory limit")
def test_a_decoder_that_asks_for_too_much_memory_is_refused_it(pool: DecodePool) -> None:
    with pytest.raises(PictureError, match="more memory than allowed"):
        pool.decode(b"eat", "a.wild")


def test_files_in_the_working_folder_are_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, photo: Make, encode: Encode
) -> None:
    trap = tmp_path / "pictures"
    trap.mkdir()
    for module in ("PIL", "json", "numpy", "revsearch_tui"):
        (trap / f"{module}.py").write_text("raise SystemExit('imported from the working folder')")
    monkeypatch.chdir(trap)
    with DecodePool(1) as pool:
        assert pool.decode(encode(photo(30, 20), "PNG"), "b.png").picture.shape == (20, 30, 3)


def test_closing_ends_the_processes_and_refuses_more(wild: ReaderInfo, photo: Make, encode: Encode) -> None:
    pool = DecodePool(2, [wild])
    data = encode(photo(30, 20), "PNG")
    pool.decode(data, "a.png")
    pids = pool.process_ids()
    pool.close()
    pool.close()
    assert not any(_runs(pid) for pid in pids)
    with pytest.raises(Cancelled):
        pool.decode(data, "a.png")


def test_closing_releases_a_caller_in_the_middle_of_a_file(wild: ReaderInfo) -> None:
    pool = DecodePool(1, [wild], timeout_s=60.0)
    with ThreadPoolExecutor(2) as threads:
        waiting = [threads.submit(pool.decode, b"sleep", "a.wild") for _ in range(2)]
        assert _wait_until(lambda: bool(pool.process_ids()))
        pool.close()
        assert all(isinstance(future.exception(timeout=20), Cancelled) for future in waiting)


ORPHAN = """
import sys, threading, time
from revsearch_tui.api import ReaderInfo
from revsearch_tui.core.images.pool import DecodePool
from revsearch_tui.core.images.reasons import UNKNOWN
reader = ReaderInfo(name="wild", title="W", summary="", suffixes=(".wild",), factory="wild_reader_of_tests:make")
pool = DecodePool(1, [reader], timeout_s=float(sys.argv[2]))
pool.decode(b"fine", "a.wild")
if sys.argv[1] != "fine":
    threading.Thread(target=pool.decode, args=(sys.argv[1].encode(), "a.wild"), daemon=True).start()
    time.sleep(0.3)
print(pool.process_ids()[0], flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="asks for processes by signals")
@pytest.mark.parametrize(
    ("order", "how"),
    [
        ("fine", signal.SIGKILL),
        ("fine", signal.SIGINT),
        pytest.param("sleep", signal.SIGKILL, marks=pytest.mark.drill),
    ],
)
def test_children_do_not_outlive_their_parent(order: str, how: signal.Signals, wild: ReaderInfo) -> None:
    paths = os.pathsep.join(entry for entry in sys.path if entry)
    # The hanging decoder itself has a second to live, and five more that the child allows its parent.
    with subprocess.Popen(
        [sys.executable, "-c", ORPHAN, order, "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": paths},
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert _runs(pid)
        parent.send_signal(how)
    assert _wait_until(lambda: not _runs(pid))


def test_the_side_of_the_program_imports_no_decoder() -> None:
    program = (
        "import sys; import revsearch_tui.core.images.pool, revsearch_tui.core.images.thumbnails,"
        "revsearch_tui.core.images.decoded_picture, revsearch_tui.core.images.decoded_picture;"
        "print([name for name in ('PIL', 'numpy', 'cv2') if name in sys.modules])"
    )
    paths = os.pathsep.join(entry for entry in sys.path if entry)
    told = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    assert told.stdout.strip() == "[]"
