"""`python -m benchmarks.serving PICTURE`: how long searches over HTTP take, by one client and by four at once, and when
the server first answers. The picture is searched for by phash in the default collection, 200 times by each client."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

_TIMES = 200


def main(picture: str) -> None:
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "revsearch_tui", "serve", "--port", "0"], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    token, address = (process.stderr.readline().split(": ")[1].strip() for _ in range(2))
    print(f"listens after {time.perf_counter() - began:.2f} s")
    asked = {"path": str(Path(picture).absolute()), "methods": ["phash"], "k": 20}

    def ask(times: int) -> list[float]:
        taken = []
        with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, trust_env=False) as client:
            for _ in range(times):
                start = time.perf_counter()
                client.post("/search", json=asked, timeout=60).raise_for_status()
                taken.append(time.perf_counter() - start)
        return taken

    print(f"the first search takes {ask(1)[0]:.2f} s")
    for clients in (1, 4):
        start = time.perf_counter()
        with ThreadPoolExecutor(clients) as pool:
            taken = sorted(each for found in pool.map(ask, [_TIMES] * clients) for each in found)
        rate = len(taken) / (time.perf_counter() - start)
        median, late = statistics.median(taken) * 1000, taken[int(len(taken) * 0.95)] * 1000
        print(f"{clients} at once: {rate:.0f} searches a second, median {median:.1f} ms, 95 % within {late:.1f} ms")
    process.terminate()
    process.wait()


if __name__ == "__main__":
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    main(sys.argv[1])
