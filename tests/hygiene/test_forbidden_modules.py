"""What each way to start the program does not import, seen in sys.modules of fresh processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tests.support.drawn import draw_folder
from tests.support.program import revsearch

HEAVY = {"numpy", "cv2", "onnxruntime", "sklearn", "torch", "chromadb", "textual", "daft", "pyarrow", "ray"}

_RUN = """
import json, os, sys
before = set(sys.modules)
sys.argv = ["revsearch", *json.loads(sys.argv[1])]
from revsearch_tui.__main__ import main
try:
    main()
except SystemExit as leaving:
    assert leaving.code in (0, None), leaving.code
sys.stdout.flush()
with open(os.environ["MODULES_FILE"], "w") as file:
    json.dump(sorted({name.partition(".")[0] for name in set(sys.modules) - before}), file)
"""


def loaded_by(home: Path, *arguments: str | Path) -> set[str]:
    """The top modules that a command imports beyond those of Python's own start."""
    file = home / "modules.json"
    done = subprocess.run(
        [sys.executable, "-c", _RUN, json.dumps([str(argument) for argument in arguments])],
        env={**os.environ, "REVSEARCH_HOME": str(home), "MODULES_FILE": str(file)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(file.read_text())
    return set(found)


def loaded_by_import(modules: Sequence[str]) -> set[str]:
    source = (
        "import json, sys; before = set(sys.modules)\n"
        f"for name in {list(modules)!r}: __import__(name)\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in set(sys.modules) - before})))"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    found: list[str] = json.loads(done.stdout)
    return set(found)


def foreign(modules: set[str]) -> set[str]:
    """Modules that are neither Python's own nor this project's."""
    return {
        name
        for name in modules
        if name not in sys.stdlib_module_names and not name.startswith(("revsearch_", "_", "sitecustomize"))
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warm index of drawn pictures by phash and sift."""
    base = tmp_path_factory.mktemp("hygiene")
    done = revsearch(base, "index", draw_folder(base / "drawn", range(8)), "-m", "phash", "-m", "sift")
    assert done.returncode == 0, done.stderr.decode()
    return base


def test_the_version_needs_no_library_at_all(tmp_path: Path) -> None:
    assert foreign(loaded_by(tmp_path, "--version")) == set()


def test_help_needs_none_of_the_heavy_libraries(tmp_path: Path) -> None:
    assert not loaded_by(tmp_path, "--help") & (HEAVY | {"PIL", "rich"})
    assert not loaded_by(tmp_path, "search", "--help") & (HEAVY | {"PIL", "rich"})


@pytest.mark.parametrize("command", [("plugins",), ("config", "show"), ("config", "schema")])
def test_describing_needs_none_of_the_heavy_libraries(command: tuple[str, ...], tmp_path: Path) -> None:
    assert not loaded_by(tmp_path, *command) & (HEAVY | {"PIL", "scipy", "imagehash", "rich"})


SLOW = {"typer", "pluggy", "email", "zipfile", "csv", "hashlib", "shutil", "socket", "subprocess", "tempfile", "uuid"}
"""What takes as long to import as a short command may take in all; `email` and `zipfile` are what `importlib.metadata`
brings."""


def test_listing_plugins_again_needs_no_plugin_no_parser_and_no_metadata(tmp_path: Path) -> None:
    kept = tmp_path / "cache" / "descriptions"
    for _ in range(20):  # not kept as long as anything on Python's path was changed a moment ago
        loaded = loaded_by(tmp_path, "plugins")
        if kept.is_dir() and list(kept.iterdir()):
            break
        time.sleep(0.5)
    assert "revsearch_phash" in loaded, "or this test looks at the wrong process"
    for command in (("plugins",), ("plugins", "list", "--json"), ("models",)):
        loaded = loaded_by(tmp_path, *command)
        assert not loaded & (SLOW | HEAVY)
        assert {name for name in loaded if name.startswith("revsearch_")} == {"revsearch_tui"}


def test_listing_collections_needs_neither_parser_nor_plugins(home: Path) -> None:
    assert not loaded_by(home, "collections") & (SLOW | HEAVY | {"filelock"})


def test_listing_collections_needs_no_index_of_vectors(home: Path) -> None:
    for command in (("collections", "list"), ("collections", "show"), ("models", "fit", "--help")):
        assert not loaded_by(home, *command) & (HEAVY - {"numpy"})


def test_searching_by_phash_on_a_warm_index_needs_no_database_and_no_models(home: Path) -> None:
    loaded = loaded_by(home, "search", home / "drawn" / "p03.png", "-m", "phash")
    assert not loaded & {"torch", "sklearn", "textual", "chromadb", "onnxruntime", "cv2", "rich"}


def test_searching_by_sift_on_a_warm_index_needs_opencv_and_no_database(home: Path) -> None:
    loaded = loaded_by(home, "search", home / "drawn" / "p03.png", "-m", "sift")
    assert "cv2" in loaded, "or this test looks at the wrong process"
    assert not loaded & {"torch", "sklearn", "textual", "chromadb", "onnxruntime", "imagehash", "rich"}


def test_bringing_a_warm_index_up_to_date_needs_no_library_for_pictures(home: Path) -> None:
    loaded = loaded_by(home, "index")
    assert not loaded & {"torch", "sklearn", "textual", "chromadb", "onnxruntime", "cv2", "imagehash", "rich"}
    assert not loaded_by(home, "index", "--engine", "daft") & {"daft", "pyarrow"}, "with nothing to do"


@pytest.mark.parametrize("method", ["cnn", pytest.param("cnn-softmax", marks=pytest.mark.drill)])
def test_indexing_and_searching_by_a_shipped_model_needs_nothing_that_trained_it(method: str, tmp_path: Path) -> None:
    folder = draw_folder(tmp_path / "drawn", range(4))
    assert not loaded_by(tmp_path, "index", folder, "-m", method) & {"torch", "sklearn", "onnx", "scipy"}
    loaded = loaded_by(tmp_path, "search", folder / "p03.png", "-m", method)
    assert not loaded & {"torch", "sklearn", "onnx", "scipy", "chromadb", "textual"}
    assert "onnxruntime" in loaded, "or this test looks at the wrong process"


def test_the_contract_needs_the_standard_library_and_pluggy_only() -> None:
    modules = ["revsearch_tui.api", "revsearch_tui.api.testing"]
    assert foreign(loaded_by_import(modules)) == {"pluggy"}


def test_describing_a_shipped_plugin_needs_the_contract_only() -> None:
    shipped = [
        entry.value
        for entry in entry_points(group="revsearch")
        if entry.dist is not None and entry.dist.name == "revsearch-tui"
    ]
    assert len(shipped) >= 4
    assert foreign(loaded_by_import(shipped)) == {"pluggy"}


def test_the_host_imports_no_plugin_by_itself() -> None:
    modules = [
        "revsearch_tui.cli.app",
        "revsearch_tui.cli.search",
        "revsearch_tui.core.workspace",
        "revsearch_tui.core.search.engine",
        "revsearch_tui.core.indexing.indexer",
        "revsearch_tui.core.plugins.registry",
    ]
    loaded = loaded_by_import(modules)
    assert {name for name in loaded if name.startswith("revsearch_")} == {"revsearch_tui"}


@pytest.mark.parametrize("module", ["over_http", "over_mcp", "in_browser"])
def test_a_server_loads_what_searching_needs_when_it_is_asked(module: str) -> None:
    loaded = loaded_by_import([f"revsearch_tui.serve.{module}"])
    assert not loaded & (HEAVY | {"PIL", "typer"})


def test_the_command_that_serves_asks_for_servers_when_it_starts_one(tmp_path: Path) -> None:
    assert not loaded_by(tmp_path, "serve", "--help") & (HEAVY | {"starlette", "uvicorn", "mcp", "aiohttp", "pydantic"})


def test_a_search_by_phash_does_without_imagehash(home: Path) -> None:
    assert "imagehash" not in loaded_by(home, "search", home / "drawn" / "p03.png", "-m", "phash")


def test_a_process_that_decodes_does_without_plugins() -> None:
    assert "pluggy" not in loaded_by_import(["revsearch_tui.core.images.worker", "revsearch_tui.core.images.decode"])
