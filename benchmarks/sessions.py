"""Sessions of onnxruntime that tell how long the model itself ran."""

from __future__ import annotations

import time
from typing import Any


class Clock:
    """What all sessions opened since `watch` did: seconds within `run`, pictures given to it, the last inputs."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.pictures = 0
        self.last: tuple[Any, list[str], dict[str, Any]] | None = None


class _Timed:
    def __init__(self, session: Any, clock: Clock) -> None:
        self._session, self._clock = session, clock

    def run(self, outputs: list[str], inputs: dict[str, Any]) -> Any:
        started = time.perf_counter()
        found = self._session.run(outputs, inputs)
        self._clock.seconds += time.perf_counter() - started
        self._clock.pictures += len(next(iter(inputs.values())))
        self._clock.last = (self._session, outputs, inputs)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


def watch() -> Clock:
    """Time every session that methods open from now on in this process."""
    import revsearch_onnx.encoder
    import revsearch_onnx.network
    from revsearch_onnx.session import open_session

    clock = Clock()

    def timed(*arguments: Any) -> _Timed:
        return _Timed(open_session(*arguments), clock)

    for module in (revsearch_onnx.encoder, revsearch_onnx.network):
        module.open_session = timed  # type: ignore[attr-defined]
    return clock
