"""The process in which Daft runs: `python -m revsearch_tui.core.distributed.query_process`.

Speaks `messages` on its standard input and output. The first message is the order: how many workers, whether on Ray,
and as blocks the work order and the jobs. Each job that is done is answered with its number and the exported index, or
with the `problem` that kept it from being done. Daft's own workers hold a `JobWorker` each. All of it ends when the
input ends, and when a worker was killed: the home starts it again with the jobs that are left.
"""

from __future__ import annotations

import contextlib
import os
import signal
import struct
import sys
import threading
import time
from collections.abc import Sequence
from typing import IO, Any

from revsearch_tui.api import RevsearchError
from revsearch_tui.core.base.messages import read_message, write_message

QUIET = {
    "DO_NOT_TRACK": "1",
    "SCARF_NO_ANALYTICS": "true",
    "DAFT_ANALYTICS_ENABLED": "0",
    "DAFT_PROGRESS_BAR": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    "PYTHONSAFEPATH": "1",
}
"""Nothing is told to anybody about what is run here; and a file named numpy.py where the user is is not imported."""
WORKER_LOST = 3
"""Exit status: a worker was killed."""
_LOOK_EVERY_S = 0.25
_LENGTH = struct.Struct("<Q")


def pack_blocks(blocks: Sequence[bytes]) -> bytes:
    """Several blocks as one."""
    return b"".join(_LENGTH.pack(len(block)) + block for block in blocks)


def unpack_blocks(data: bytes) -> list[bytes]:
    """The inverse of `pack_blocks`."""
    found, start = [], 0
    while start < len(data):
        (length,) = _LENGTH.unpack_from(data, start)
        start += _LENGTH.size
        found.append(data[start : start + length])
        start += length
    return found


class QueryWorker:
    """What Daft makes one of in each of its workers. A job that cannot be done is a problem, not an error: an error
    would end the whole query."""

    def __init__(self, order: bytes) -> None:
        from revsearch_tui.core.distributed.job_order import WorkOrder
        from revsearch_tui.core.distributed.job_worker import JobWorker

        self._worker: JobWorker | None = None
        self._problem = ""
        try:
            self._worker = JobWorker(WorkOrder.decoded(order))
        except RevsearchError as error:
            self._problem = str(error)

    def work(self, jobs: Any) -> list[dict[str, object]]:
        """A series of jobs; of each the exported index, or the problem."""
        return [self._done(job) for job in jobs.to_pylist()]

    def _done(self, job: bytes) -> dict[str, object]:
        from revsearch_tui.core.distributed.job_order import decode_paths

        if self._worker is not None:
            try:
                return {"made": self._worker.work(decode_paths(job)), "problem": ""}
            except RevsearchError as error:
                return {"made": b"", "problem": str(error)}
        return {"made": b"", "problem": self._problem}


def main() -> int:
    """Run one query; the exit code."""
    with contextlib.suppress(ValueError, OSError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)  # whatever libraries print is no message
    try:
        header, payload = read_message(requests)
    except (EOFError, ValueError):
        return 1
    threading.Thread(target=_end_with_home, args=(requests,), daemon=True).start()
    os.environ.update(QUIET)
    order, *jobs = unpack_blocks(payload)
    try:
        _query(answers, order, jobs, header["numbers"], header["workers"], header["ray"])
    except BaseException as error:  # a panic of Daft's own code is no Exception
        reason = " ".join(str(error).split())[-300:] or type(error).__name__
        write_message(answers, {"failed": reason}, b"")
        return 1
    write_message(answers, {"ended": True}, b"")
    return 0


def _query(
    answers: IO[bytes], order: bytes, jobs: Sequence[bytes], numbers: Sequence[int], workers: int, ray: str | None
) -> None:
    import daft
    from daft import DataType

    if ray is None:
        daft.set_runner_native()
        _watch_workers()
    else:
        workers = _connect(ray, workers)
    kind = DataType.struct({"made": DataType.binary(), "problem": DataType.string()})
    worker = daft.cls(
        _with_method(QueryWorker, daft.method.batch(return_dtype=kind, batch_size=1)),
        use_process=True,
        max_concurrency=min(workers, len(jobs)),
    )(order)
    frame = daft.from_pydict({"number": list(numbers), "job": list(jobs)})
    if ray is not None:
        frame = frame.into_partitions(len(jobs))
    frame = frame.select(frame["number"], worker.work(frame["job"]).alias("answer"))
    for row in frame.iter_rows(results_buffer_size=workers):
        answer = row["answer"]
        write_message(answers, {"number": row["number"], "problem": answer["problem"]}, answer["made"])


def _with_method(kind: type, mark: Any) -> type:
    """The class, its work marked as one of series."""
    return type(kind.__name__, (kind,), {"work": mark(kind.work), "__module__": kind.__module__})  # type: ignore[attr-defined]


def _connect(address: str, workers: int) -> int:
    """To a cluster of Ray, or with `local` to one that is made here; how many workers it takes."""
    import daft
    import ray

    where = None if address == "local" else address
    ray.init(address=where, runtime_env={"env_vars": QUIET}, log_to_driver=False, include_dashboard=False)
    daft.set_runner_ray(address=where, noop_if_initialized=True)
    return workers or max(1, int(ray.cluster_resources().get("CPU", 1)))


def _watch_workers() -> None:
    """End everything once a worker has died: Daft itself waits for ever for one that dies while it starts."""
    if not hasattr(os, "waitid"):
        return

    def watch() -> None:
        while True:
            time.sleep(_LOOK_EVERY_S)
            with contextlib.suppress(ChildProcessError):
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
                if ended is not None and ended.si_status != 0:
                    _end(WORKER_LOST)

    threading.Thread(target=watch, daemon=True).start()


def _end_with_home(requests: IO[bytes]) -> None:
    requests.read()
    _end(1)


def _end(code: int) -> None:
    """This process and Daft's workers, which are of its group."""
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
