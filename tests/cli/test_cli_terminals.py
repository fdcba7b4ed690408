"""Terminals that cannot show the app are told so, and what they cannot write is escaped."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from revsearch_tui.core.base.paths import user_folders
from revsearch_tui.core.evaluation.records import write_record
from tests.support.drawn import draw_folder
from tests.support.evaluations import answers_about, record_about
from tests.support.program import revsearch
from tests.support.screen import in_a_terminal

NO_UTF8 = {
    "LC_ALL=C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "PYTHONIOENCODING=ascii": {"PYTHONIOENCODING": "ascii"},
}
CANNOT_SHOW = {
    "dumb": {"TERM": "dumb"},
    "unknown": {"TERM": "unknown"},
    "empty": {"TERM": ""},
    "unset": {"TERM": None},
    "LC_ALL": {"LC_ALL": "C"},
    **NO_UTF8,
}
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such terminals")


def surroundings(home: Path, variables: dict[str, str | None]) -> dict[str, str]:
    """The environment of a usual terminal with some variables changed, or taken away by None."""
    kept = {name: value for name, value in os.environ.items() if name not in ("LC_ALL", "LC_CTYPE", "NO_COLOR")}
    kept.update({"REVSEARCH_HOME": str(home), "TERM": "xterm-256color", "LANG": "C.UTF-8"})
    kept.update({name: value for name, value in variables.items() if value is not None})
    return {name: value for name, value in kept.items() if name not in variables or variables[name] is not None}


@posix
@pytest.mark.parametrize("arguments", [(), ("-c", "pictures")], ids=["bare", "collection"])
@pytest.mark.parametrize("variables", CANNOT_SHOW.values(), ids=CANNOT_SHOW)
def test_a_terminal_that_cannot_show_the_app_is_2_and_points_to_the_commands(
    home: Path, variables: dict[str, str | None], arguments: tuple[str, ...]
) -> None:
    program = [sys.executable, "-m", "revsearch_tui", *arguments]
    written, status = in_a_terminal(program, surroundings(home, variables))
    assert status == 2
    assert written.count("\n") == 1 and "the app needs" in written
    assert "revsearch search PICTURE" in written and "revsearch --help" in written
    assert "\x1b[?" not in written


@posix
def test_an_app_that_would_be_drawn_into_a_file_is_2(home: Path, tmp_path: Path) -> None:
    command = f"{sys.executable} -m revsearch_tui 2> '{tmp_path / 'file'}'"
    written, status = in_a_terminal(["/bin/sh", "-c", command], surroundings(home, {}))
    assert status == 2 and written == ""
    assert "the app needs a terminal" in (tmp_path / "file").read_text()


@posix
def test_nothing_heavy_is_imported_to_find_out(tmp_path: Path) -> None:
    source = (
        "import sys; sys.argv = ['revsearch']\n"
        "from revsearch_tui.__main__ import main\n"
        "try: main()\n"
        "finally: print(sorted({'textual', 'rich', 'typer', 'numpy'} & set(sys.modules)))\n"
    )
    written, status = in_a_terminal([sys.executable, "-c", source], surroundings(tmp_path, {"TERM": "dumb"}))
    assert status == 2 and written.endswith("[]\n")


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A home whose folder, names of files and evaluation are in two scripts; a picture of it."""
    base = tmp_path_factory.mktemp("foreign")
    folder = draw_folder(base / "Bilder – 写真", range(3))
    picture = folder / "Käse 漢字.png"
    (folder / "p01.png").rename(picture)
    done = revsearch(base, "index", folder, "-c", "photos", "-m", "phash")
    assert done.returncode == 0, done.stderr.decode()
    classes = ("Käse", "漢字", "x")
    answers = answers_about([picture, folder / "p00.png"], 6, classes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REVSEARCH_HOME", str(base))
        write_record(user_folders(), record_about(answers, name="Versuch – 写真"), answers)
    return base, picture


COMMANDS = {
    "search": ("search", "PICTURE", "-m", "phash"),
    "collections": ("collections",),
    "plugins": ("plugins",),
    "doctor": ("doctor",),
    "eval": ("eval",),
    "eval show": ("eval", "show", "Versuch – 写真", "--per-class"),
    "config": ("config", "show"),
    "index": ("index", "-c", "photos"),
    "error": ("search", "no-such-漢字.png"),
}


_SAMPLE = ("search", "plugins", "eval show", "error")


@pytest.mark.parametrize(
    "command", [pytest.param(each, marks=() if each in _SAMPLE else pytest.mark.drill) for each in COMMANDS]
)
def test_what_an_encoding_cannot_hold_is_escaped(foreign: tuple[Path, Path], command: str) -> None:
    home, picture = foreign
    arguments = [str(picture) if part == "PICTURE" else part for part in COMMANDS[command]]
    plain = revsearch(home, *arguments, environment={"PYTHONIOENCODING": "utf-8"})
    for variables in NO_UTF8.values():
        done = revsearch(home, *arguments, environment=variables)
        assert done.returncode == plain.returncode
        for written, meant in ((done.stdout, plain.stdout), (done.stderr, plain.stderr)):
            words = written.decode("ascii").split()
            if command in ("search", "collections", "eval", "eval show", "error"):  # others tell times, too
                assert words == meant.decode().encode("ascii", "backslashreplace").decode().split()


def test_columns_stay_aligned_where_names_are_escaped(foreign: tuple[Path, Path]) -> None:
    home, _ = foreign
    ascii_only = {"PYTHONIOENCODING": "ascii"}
    heading, line = revsearch(home, "eval", environment=ascii_only).stdout.decode().splitlines()
    assert "\\u5199\\u771f  " in line and line[heading.index("queries") + len("queries") - 1] == "6"
    shown = revsearch(home, "eval", "show", "Versuch – 写真", "--per-class", environment=ascii_only).stdout.decode()
    tables = [lines for block in shown.split("\n\n") if "\\u6f22" in block and (lines := block.splitlines()[1:])]
    assert tables and all(len({len(line) for line in lines}) == 1 for lines in tables), shown


_BAR = """
import time
from revsearch_tui.cli.progress import ProgressBar
with ProgressBar() as bar:
    for done in range(1, 4):
        bar.progress(done, 4, "reading: 漢字")
        time.sleep(0.15)
"""


@posix
@pytest.mark.parametrize(
    ("variables", "full"),
    [({}, "█"), ({"PYTHONIOENCODING": "ascii"}, "#"), (NO_UTF8["LC_ALL=C"], "#")],
    ids=["UTF-8", "ascii", "C"],
)
def test_progress_is_drawn_in_what_the_terminal_has(
    tmp_path: Path, variables: dict[str, str | None], full: str
) -> None:
    (tmp_path / "bar.py").write_text(_BAR)
    written, status = in_a_terminal([sys.executable, str(tmp_path / "bar.py")], surroundings(tmp_path, variables))
    assert status == 0
    assert full * 6 in written and "3 of 4" in written
    assert ("\\u6f22" in written) == (full == "#") and "\\u2588" not in written


@posix
def test_progress_sends_no_codes_to_a_dumb_terminal(tmp_path: Path) -> None:
    (tmp_path / "bar.py").write_text(_BAR)
    written, status = in_a_terminal(
        [sys.executable, str(tmp_path / "bar.py")], surroundings(tmp_path, {"TERM": "dumb"})
    )
    assert status == 0 and "\x1b" not in written
