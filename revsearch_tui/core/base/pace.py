"""How fast work goes, from what it reports while it runs, and durations as text."""

from __future__ import annotations

from collections import deque


class Pace:
    """Rate and time left over the last `window_s` seconds. What was done before the first report does not count, so
    work that goes on from an earlier sitting is judged by this one."""

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._seen: deque[tuple[float, int]] = deque()
        self.rate = 0.0
        """Items a second; 0 until two reports lie some time apart."""

    def restart(self) -> None:
        """Forget all reports: other work begins."""
        self._seen.clear()
        self.rate = 0.0

    def report(self, now: float, done: int) -> None:
        """`done` items at the time `now`, in seconds. Fewer than before mean that other work has begun."""
        if self._seen and done < self._seen[-1][1]:
            self.restart()
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[0][0] > self._window_s:
            self._seen.popleft()
        first, before = self._seen[0]
        self.rate = (done - before) / (now - first) if now > first else 0.0

    def seconds_left(self, done: int, total: int | None) -> float | None:
        """Until all of `total` are done at this rate; None where that cannot be told."""
        return (total - done) / self.rate if total is not None and self.rate > 0 else None


def duration_text(seconds: float) -> str:
    """`0:07`, `1:02:03`."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{secs:02}" if hours else f"{minutes}:{secs:02}"
