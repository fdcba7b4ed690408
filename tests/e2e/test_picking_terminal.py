"""`revsearch pick` in a real terminal, with stdout in a pipe."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.program import revsearch
from tests.support.terminal import Terminal
from tests.support.texture import draw_many

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `home`, whose collection holds the six `pictures`."""
    folder = tmp_path_factory.mktemp("pick")
    draw_many(folder / "pictures", 6)
    done = revsearch(folder / "home", "index", folder / "pictures", "-m", "phash")
    assert done.returncode == 0, done.stderr.decode()
    return folder


Picker = Callable[..., Terminal]


@pytest.fixture
def pick(base: Path, tmp_path: Path) -> Iterator[Picker]:
    """Starts `pick` with arguments; what it prints goes through a pipe into `printed`, its status into `status`."""
    started = []

    def start(*arguments: str, streams: str = "") -> Terminal:
        call = f'"$0" pick {shlex.join(arguments)} {streams}'
        script = f"{{ {call}; echo $? > {tmp_path}/status; }} | cat > {tmp_path}/printed"
        session = Terminal(base / "home", prefix=["sh", "-c", script])
        started.append(session)
        return session

    yield start
    for session in started:
        session.close()


def status(folder: Path) -> int:
    return int((folder / "status").read_text())


def test_marked_pictures_are_printed_a_line_each(base: Path, tmp_path: Path, pick: Picker) -> None:
    query = sorted((base / "pictures").iterdir())[2]
    terminal = pick(str(query))
    terminal.wait_for("Results · 6 of 6")
    terminal.wait_for("Choose")
    terminal.press("Space", "l", "Space")
    terminal.wait_for("2 marked")
    terminal.press("Enter")
    terminal.wait_until_closed()
    lines = (tmp_path / "printed").read_text().splitlines()
    assert status(tmp_path) == 0
    assert lines[0] == str(query) and len(lines) == 2 and Path(lines[1]).parent == query.parent


def test_without_marks_it_is_the_highlighted_picture_whatever_the_streams_are(
    base: Path, tmp_path: Path, pick: Picker
) -> None:
    query = sorted((base / "pictures").iterdir())[4]
    terminal = pick("-0", streams="< /dev/null 2> /dev/null")
    terminal.wait_for("Results")
    terminal.press("/")
    terminal.type(str(query))
    terminal.press("Enter")
    terminal.wait_for("Results · 6 of 6")
    terminal.press("Enter")
    terminal.wait_until_closed()
    assert (status(tmp_path), (tmp_path / "printed").read_bytes()) == (0, f"{query}\0".encode())


@pytest.mark.parametrize(("key", "expected"), [("q", 1), ("C-c", 130)])
def test_leaving_without_a_choice(tmp_path: Path, pick: Picker, key: str, expected: int) -> None:
    terminal = pick()
    terminal.wait_for("6 pictures")
    terminal.press(key)
    terminal.wait_until_closed()
    assert (status(tmp_path), (tmp_path / "printed").read_text()) == (expected, "")


def test_without_a_terminal_or_a_collection_it_is_a_sentence(base: Path, tmp_path: Path) -> None:
    done = revsearch(base / "home", "pick")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"--format paths" in done.stderr and done.stderr.count(b"\n") == 1
    assert revsearch(tmp_path, "pick").returncode == 3
