"""What a terminal is shown: it would obey what file names hold, so they are escaped there, whatever the format."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.labelled import draw_classes
from tests.support.program import revsearch

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="such names exist on Linux file systems")

NAMES = (
    b"\x1b[31mred\x1b]0;title\x07.png",
    "c1-\x9b2J.png".encode(),
    "turned-\u202egnp.png".encode(),
    b"bytes-\xff\x9b.png",
    b"two\nlines.png",
    b"rubbed\x7fout.png",
)
SHOWN = (
    "\\x1b[31mred\\x1b]0;title\\x07.png",
    "c1-\\x9b2J.png",
    "turned-\\u202egnp.png",
    "bytes-\\xff\\x9b.png",
    "two\\x0alines.png",
    "rubbed\\x7fout.png",
)


@pytest.fixture(scope="module")
def own_home(tmp_path_factory: pytest.TempPathFactory, pictures: Path) -> Path:
    folder, made = tmp_path_factory.mktemp("hostile"), tmp_path_factory.mktemp("hostile-home")
    for number, name in enumerate(NAMES):
        for where, data in (("good", (pictures / "a" / f"p{number:02d}.png").read_bytes()), ("bad", b"\x89PNG broken")):
            (folder / where).mkdir(exist_ok=True)
            with open(os.path.join(os.fsencode(folder / where), name), "wb") as file:  # noqa: PTH118, PTH123 - bytes
                file.write(data)
    done = revsearch(made, "index", folder, "-m", "phash")
    assert done.returncode == 0, done.stderr
    return made


def on_terminal(home: Path, *arguments: str | Path) -> str:
    """What a terminal gets as the output of a command."""
    main, side = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "revsearch_tui", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=side,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "REVSEARCH_HOME": str(home), "NO_COLOR": "1"},
    ):
        os.close(side)
        seen = b""
        try:
            while block := os.read(main, 65536):
                seen += block
        except OSError:  # the other side is closed
            pass
        os.close(main)
    return seen.replace(b"\r\n", b"\n").decode("utf-8")


def command(word: str, pictures: Path) -> tuple[str | Path, ...]:
    if word == "search":
        return ("search", pictures / "a" / "p00.png", "-m", "phash")
    return ("collections", "skipped")


@pytest.mark.parametrize("word", ["search", "skipped"])
@pytest.mark.parametrize("form", ["table", "csv", "paths", "jsonl", "json"])
def test_a_terminal_is_never_sent_what_it_would_obey(word: str, form: str, own_home: Path, pictures: Path) -> None:
    text = on_terminal(own_home, *command(word, pictures), "-f", form)
    assert not {ord(char) for char in text} & ({*range(32)} - {10} | {*range(127, 160), 0x202E})
    if form in ("table", "csv", "paths"):
        for name in SHOWN:
            assert text.count(name) == 1, text
        assert len(text.splitlines()) == len(NAMES) + (form != "paths")


def test_ends_of_names_reach_a_terminal_as_they_were_asked_for(own_home: Path, pictures: Path) -> None:
    text = on_terminal(own_home, *command("search", pictures), "-0")
    assert text.count("\0") == len(NAMES) and "\x1b" not in text


def test_json_is_free_of_control_characters_everywhere(own_home: Path, pictures: Path) -> None:
    done = revsearch(own_home, *command("search", pictures), "-f", "jsonl")
    assert not set(done.stdout) & ({*range(32)} - {10} | {*range(127, 256)})
    found = {os.fsencode(Path(json.loads(line)["path"]).name) for line in done.stdout.splitlines()}
    assert found == set(NAMES)


@pytest.mark.drill
@pytest.mark.parametrize("form", ["csv", "md", "latex", "json"])
def test_an_exported_evaluation_shows_a_terminal_its_classes_escaped(form: str, tmp_path: Path) -> None:
    classes = draw_classes(tmp_path / "data", each=4)
    (classes / "rows").rename(classes / "\x1b]0;title\x07")
    done = revsearch(tmp_path / "home", "eval", "run", classes, "-m", "phash", "--parts", "all", "-n", "hostile")
    assert done.returncode == 0, done.stderr
    text = on_terminal(tmp_path / "home", "eval", "export", "hostile", "-f", form)
    assert "title" in text and not set(text) & {"\x1b", "\x07"}
