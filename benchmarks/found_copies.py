"""How many pairs of copies `revsearch dupes` finds among other pictures, how many that are none, and how long it takes,
beside other programs over the same files.

Usage: python -m benchmarks.found_copies ORIGINALS OTHERS [OPTION ...], see --help
Both are folders of pictures; each original gets changes of `revsearch robustness`, hard ones among them. All programs
start from files: what is timed are whole processes, indexing and imports included, one after the other. What is not
installed is said and left out. Pairs of two others that are taken for copies are listed, to be looked at: there may be
copies among them.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.copies_folder import change, files, fill, is_other, true_pairs, truth
from benchmarks.machine import describe
from benchmarks.measure import environment
from benchmarks.peers.duplicate_finders import FINDERS
from revsearch_tui.core.evaluation.robustness.transformations import parse_variants

OURS = {
    "phash": ("-m", "phash"),
    "phash --any-orientation": ("-m", "phash", "--any-orientation"),
    "phash sift": ("-m", "phash", "-m", "sift"),
    "default": (),
}
"""What is given to `revsearch dupes FOLDER`."""
_SHOWN = 12


class Spent(NamedTuple):
    """Of a process and its children, in seconds."""

    wall: float
    user: float
    system: float

    @property
    def text(self) -> str:
        """For people."""
        return f"{self.wall:.1f} s wall, {self.user + self.system:.1f} s of a processor"


def spent(arguments: Sequence[str], home: Path) -> tuple[Spent, str]:
    """Run a process; what it took, and the last line that it told. Raises RuntimeError where it fails."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(arguments, env=environment(home), capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(arguments)} failed: {done.stderr.strip()[-600:]}")
    told = done.stderr.strip().splitlines()
    return Spent(wall, after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime), told[-1] if told else ""


class Judged:
    """Pairs of names against what is true."""

    def __init__(self, names: Sequence[str], pairs: Iterator[tuple[str, str]]) -> None:
        self.possible = true_pairs(names)
        self._names, self._sizes = names, Counter(map(truth, names))
        self.right: set[tuple[str, str]] = set()
        self.wrong: set[tuple[str, str]] = set()
        self.among_others: set[tuple[str, str]] = set()
        for one, other in pairs:
            pair = (min(one, other), max(one, other))
            if truth(one) == truth(other):
                self.right.add(pair)
            elif is_other(one) and is_other(other):
                self.among_others.add(pair)
            else:
                self.wrong.add(pair)

    @property
    def text(self) -> str:
        """For people."""
        found = len(self.right) / self.possible
        told = len(self.right) + len(self.wrong)
        precision = len(self.right) / told if told else 1.0
        return f"{found:.1%} of the pairs, {len(self.wrong):,} false ({precision:.2%} right)"

    def missed(self) -> list[tuple[str, float]]:
        """The changes of which fewest pairs are found, with their share."""
        found = Counter(change(name) for pair in self.right for name in pair)
        wanted: Counter[str] = Counter()
        for name in self._names:
            wanted[change(name)] += self._sizes[truth(name)] - 1
        shares = ((what, found[what] / count) for what, count in wanted.items() if what and count)
        return sorted(shares, key=lambda pair: pair[1])


def _ours(name: str, folder: Path, home: Path) -> None:
    answer = home / "groups.json"
    command = (
        sys.executable,
        "-m",
        "revsearch_tui",
        "dupes",
        str(folder),
        *OURS[name],
        "-f",
        "json",
        "-o",
        str(answer),
    )
    took, told = spent(command, home)
    groups = [
        [Path(file["path"]).name for file in (group["keep"], *group["others"])]
        for group in json.loads(answer.read_text("utf-8"))
    ]
    judged = Judged(os.listdir(folder), (pair for group in groups for pair in combinations(group, 2)))
    print(f"revsearch dupes, {name}: {judged.text}; {took.text}\n  {told}", flush=True)
    print("  least found: " + ", ".join(f"{what} {share:.0%}" for what, share in judged.missed()[:_SHOWN]))
    for one, other in sorted(judged.wrong)[:_SHOWN]:
        print(f"  false: {one} and {other}")
    for one, other in sorted(judged.among_others)[:_SHOWN]:
        print(f"  of the others: {one} and {other}")


def _theirs(name: str, folder: Path, home: Path) -> None:
    answer = home / "pairs.json"
    took, _ = spent((sys.executable, "-m", "benchmarks.peers.duplicate_finders", name, str(folder), str(answer)), home)
    said: dict[str, Any] = json.loads(answer.read_text("utf-8"))
    if missing := said.get("missing"):
        print(f"{name}: left out, {missing}", flush=True)
        return
    told = f"; {said['note']}" if said.get("note") else ""
    pairs = said["pairs"]
    if pairs is None:
        print(f"{name}: {took.text}{told}", flush=True)
        return
    for bound in said["bounds"]:
        judged = Judged(os.listdir(folder), ((one, other) for one, other, distance in pairs if distance <= bound))
        word = f" within {bound:g}" if len(said["bounds"]) > 1 else ""
        print(f"{name}{word}: {judged.text}; {took.text}{told}", flush=True)
    wrong = [distance for one, other, distance in pairs if truth(one) != truth(other) and not is_other(one + other)]
    near = min(wrong, default=float("inf"))
    judged = Judged(os.listdir(folder), ((one, other) for one, other, distance in pairs if distance < near))
    if len(said["bounds"]) > 1 or said.get("graded"):
        print(f"{name}, as far as none is false (below {near:.4g}): {judged.text}", flush=True)


def main(arguments: Sequence[str]) -> None:
    """Print a line or more for each program."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.found_copies", description=__doc__)
    parser.add_argument("originals")
    parser.add_argument("others")
    parser.add_argument("--count", type=int, help="originals that are taken; default: all")
    parser.add_argument("--each", type=int, default=26, help="copies of each, their changes drawn by chance; 26")
    parser.add_argument("--changes", choices=("everyday", "all"), default="all", help="default: the hard ones as well")
    parser.add_argument("--only", nargs="+", choices=[*OURS, *FINDERS], help="what is measured; default: everything")
    parser.add_argument("--folder", type=Path, help="where the pictures are made, and kept; made anew where missing")
    given = parser.parse_args(arguments)
    variants = parse_variants(["all"] if given.changes == "all" else [])
    print("\n".join(f"{name}: {value}" for name, value in describe().items()))
    with tempfile.TemporaryDirectory(prefix="revsearch-bench-") as base:
        folder = given.folder or Path(base, "pictures")
        if not folder.is_dir():
            folder.mkdir(parents=True)
            left_out = fill(folder, files(given.originals)[: given.count], files(given.others), variants, given.each)
            print(f"{left_out} others left out, which look like an original")
        names = os.listdir(folder)
        print(f"{len(names):,} files, {true_pairs(names):,} pairs of copies, {len(variants)} changes\n", flush=True)
        for name in given.only or [*OURS, *FINDERS]:
            with tempfile.TemporaryDirectory(dir=base) as home:
                (_ours if name in OURS else _theirs)(name, folder, Path(home))


if __name__ == "__main__":
    main(sys.argv[1:])
