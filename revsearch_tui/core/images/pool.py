"""Decoding in child processes, so that a decoder that hangs or crashes costs one file and not the run."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from revsearch_tui.api import Cancelled, PictureError, ReaderInfo, RevsearchError, UsageError
from revsearch_tui.core.images.lane import Crashed, Lane, SmallFile, TimedOut
from revsearch_tui.core.images.limits import PIXEL_LIMIT, time_limit
from revsearch_tui.core.images.reasons import CRASHED, EMPTY, took_too_long

if TYPE_CHECKING:
    from types import TracebackType

    from revsearch_tui.core.images.crop import Crop
    from revsearch_tui.core.images.decoded_picture import Decoded

_WATCH_S = 0.2
_CLOSED = "The decoding was stopped."


class DecodePool:
    """Some processes that decode; each is started when first needed. A context manager.

    With `background` they leave the processors to whoever works on what they have decoded.
    """

    def __init__(
        self,
        workers: int,
        readers: Sequence[ReaderInfo] = (),
        timeout_s: float = 10.0,
        *,
        background: bool = False,
        max_pixels: int = PIXEL_LIMIT,
    ) -> None:
        if workers < 1:
            raise ValueError("a pool has at least one worker")
        self._timeout_s = timeout_s
        self._lanes = [Lane(readers, timeout_s, background, max_pixels) for _ in range(workers)]
        # Last in, first out: a lone caller meets the one process that runs already.
        self._idle: queue.LifoQueue[Lane] = queue.LifoQueue()
        for lane in self._lanes:
            self._idle.put(lane)
        self._closed = threading.Event()
        self._watcher: threading.Thread | None = None
        self._watcher_lock = threading.Lock()

    def start(self, count: int = 1) -> None:
        """Start so many processes, before any is used, and wait for none: they get ready while the caller does. Raises
        `RevsearchError`."""
        lanes = [self._idle.get() for _ in range(min(count, len(self._lanes)))]
        try:
            for lane in lanes:
                lane.start()
        finally:
            for lane in lanes:
                self._idle.put(lane)

    def decode(self, data: bytes, name: str, crop: Crop | None = None) -> Decoded:
        """As `decode.decode_bytes`, in a child process. Callable from several threads; waits for an idle process.

        Raises `PictureError`, also where the decoder crashed (twice, in a fresh process the second time) or took
        longer than the time limit; `UsageError` for a crop beyond the picture; `Cancelled` once the pool is closed.
        """
        if not data:
            raise PictureError(EMPTY, name)
        self._watch()
        lane = self._idle.get()
        try:
            for attempt in (1, 2):
                if self._closed.is_set():
                    raise Cancelled(_CLOSED)
                try:
                    return lane.decode(data, name, crop)
                except TimedOut:
                    raise PictureError(took_too_long(time_limit(self._timeout_s, len(data))), name) from None
                except (PictureError, UsageError):
                    raise
                except RevsearchError:
                    if not self._closed.is_set():
                        raise
                except Crashed:
                    # Once more: the system may have ended the process for another's hunger.
                    if attempt == 2 and not self._closed.is_set():
                        raise PictureError(CRASHED, name) from None
            raise Cancelled(_CLOSED)
        finally:
            self._idle.put(lane)

    def decode_many(self, files: Sequence[SmallFile]) -> list[Decoded | PictureError | UsageError]:
        """As `decode` for each of several small files, at a fraction of the cost of the conversation.

        Where the decoder crashes, or all together take longer than one file may, each is decoded on its own again, so
        that no file can do harm to another. Raises `Cancelled`.
        """
        if not files:
            return []
        self._watch()
        lane = self._idle.get()
        try:
            if self._closed.is_set():
                raise Cancelled(_CLOSED)
            return lane.decode_many(files)
        except (Crashed, TimedOut):
            pass
        except RevsearchError:
            if not self._closed.is_set():
                raise
            raise Cancelled(_CLOSED) from None
        finally:
            self._idle.put(lane)
        return [self._alone(file) for file in files]

    def _alone(self, file: SmallFile) -> Decoded | PictureError | UsageError:
        try:
            return self.decode(*file)
        except (PictureError, UsageError) as error:
            return error

    def _watch(self) -> None:
        with self._watcher_lock:
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._keep_watch, name="decode-watch", daemon=True)
                self._watcher.start()

    def _keep_watch(self) -> None:
        while not self._closed.wait(_WATCH_S):
            for lane in self._lanes:
                lane.check_deadline()

    def process_ids(self) -> list[int]:
        """The ids of the processes that run now."""
        return [lane.pid for lane in self._lanes if lane.pid is not None]

    def close(self) -> None:
        """End all processes, at once; calls in progress raise `Cancelled`. May be called twice."""
        if self._closed.is_set():
            return
        self._closed.set()
        for lane in self._lanes:
            lane.stop()
        for _ in self._lanes:
            self._idle.get().close()
        # Callers that waited for a process find the pool closed.
        for lane in self._lanes:
            self._idle.put(lane)

    def __enter__(self) -> DecodePool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
