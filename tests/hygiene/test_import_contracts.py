"""Which module may import which: import-linter's contracts, and one importer for each heavy library."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PLACES = ("revsearch_tui", "plugins", "export", "data")


@cache
def contracts() -> list[dict[str, Any]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = project["tool"]["importlinter"]["contracts"]
    return found


@cache
def packages() -> dict[str, list[str]]:
    """The packages of each place that holds them."""
    return {
        place: sorted(path.parent.name for path in (ROOT / place).glob("*/__init__.py"))
        for place in ("plugins", "export", "data")
    }


def forbidden(source: str) -> set[str]:
    """What the contracts forbid a package to import."""
    return {
        module
        for contract in contracts()
        if contract["type"] == "forbidden" and source in contract["source_modules"]
        for module in contract["forbidden_modules"]
    }


def test_the_contracts_hold() -> None:
    program = shutil.which("lint-imports", path=str(Path(sys.executable).parent)) or shutil.which("lint-imports")
    if program is None:
        pytest.skip("import-linter is not installed")
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_layers_are_api_core_serve_and_then_cli_beside_tui() -> None:
    (layers,) = [contract for contract in contracts() if contract["name"] == "Layers of the host"]
    assert [set(layer.replace(" ", "").split(":")) for layer in layers["layers"]] == [
        {"revsearch_tui.tui", "revsearch_tui.cli"},
        {"revsearch_tui.serve"},
        {"revsearch_tui.core"},
        {"revsearch_tui.api"},
    ]
    assert len(layers["ignore_imports"]) == 1, "the one import that opens the app"
    assert layers["ignore_imports"][0].endswith("-> revsearch_tui.tui.app")


def test_every_room_of_the_core_has_its_floor() -> None:
    (rooms,) = [contract for contract in contracts() if contract["name"] == "Rooms of the core"]
    named = {room.strip() for layer in rooms["layers"] for room in layer.split("|")}
    there = {path.stem for path in (ROOT / "revsearch_tui" / "core").iterdir() if path.name[:2] != "__"}
    assert named == there and not rooms.get("ignore_imports")


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Imports within functions and for type checkers count."""
    known = {module_name(file): file for file in sources()}
    graph: dict[str, set[str]] = {}
    for name, file in known.items():
        reached = set()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                reached |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert not node.level, f"{file} imports relatively"
                reached |= {f"{node.module}.{alias.name}" for alias in node.names}
        modules = {each if each in known else each.rpartition(".")[0] for each in reached}
        graph[name] = (modules & known.keys()) - {name}
    assert list(TopologicalSorter(graph).static_order())


def test_no_module_is_too_long_to_be_about_one_thing() -> None:
    assert [str(file) for file in sources() if len(file.read_text(encoding="utf-8").splitlines()) > 400] == []


def test_no_two_modules_of_the_core_share_a_name() -> None:
    names = Counter(file.stem for file in (ROOT / "revsearch_tui" / "core").rglob("*.py") if file.stem != "__init__")
    assert [name for name, times in names.items() if times > 1] == []


def module_name(file: Path) -> str:
    """What a file is imported as."""
    top, *below = file.relative_to(ROOT).with_suffix("").parts
    return ".".join([top, *below] if top == "revsearch_tui" else below).removesuffix(".__init__")


def test_every_package_is_known_to_the_contracts() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    known = set(project["tool"]["importlinter"]["root_packages"])
    assert known == {"revsearch_tui", *(name for names in packages().values() for name in names)}


def test_no_plugin_sees_more_than_the_contract() -> None:
    for plugin in packages()["plugins"]:
        assert {"revsearch_tui.core", "revsearch_tui.serve", "revsearch_tui.cli", "revsearch_tui.tui"} <= forbidden(
            plugin
        ), plugin


def test_export_and_data_never_see_the_host() -> None:
    for package in (*packages()["export"], *packages()["data"]):
        assert {"revsearch_tui.core", "revsearch_tui.serve", "revsearch_tui.cli", "revsearch_tui.tui"} <= forbidden(
            package
        ), package


def test_the_host_never_sees_a_plugin() -> None:
    assert {*packages()["plugins"], *packages()["export"]} <= forbidden("revsearch_tui")


def test_the_servers_are_kept_from_screens_and_command_lines() -> None:
    assert {"textual", "rich", "typer", "textual_image"} <= forbidden("revsearch_tui.serve")


def test_core_is_kept_from_screens_and_command_lines_and_the_contract_from_libraries() -> None:
    assert {"textual", "rich", "typer", "textual_image"} <= forbidden("revsearch_tui.core")
    assert {"cv2", "PIL", "chromadb", "onnxruntime", "textual", "typer"} <= forbidden("revsearch_tui.api")


# One importer each


def sources() -> Iterator[Path]:
    for place in PLACES:
        yield from (ROOT / place).rglob("*.py")


@cache
def nodes() -> list[tuple[str, ast.AST]]:
    """(file, node) of every import and call anywhere in the packages, in functions too."""
    return [
        (file.relative_to(ROOT).as_posix(), node)
        for file in sources()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom | ast.Call)
    ]


@cache
def imports() -> list[tuple[str, str]]:
    """(file, module) of every import."""
    found = []
    for file, node in nodes():
        if isinstance(node, ast.Import):
            found += [(file, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.append((file, node.module))
    return found


def calls() -> Iterator[tuple[str, ast.Call]]:
    """(file, call) of every call."""
    return ((file, node) for file, node in nodes() if isinstance(node, ast.Call))


def importers(module: str) -> set[str]:
    """The files that import a module or something below it."""
    return {file for file, imported in imports() if f"{imported}.".startswith(f"{module}.")}


@pytest.mark.parametrize(
    ("module", "importer"),
    [
        ("chromadb", "revsearch_tui/core/storage/store/chroma.py"),
        ("numkong", "revsearch_tui/core/storage/code_scan.py"),
        ("onnxruntime", "plugins/revsearch_onnx/session.py"),
        ("daft", "revsearch_tui/core/distributed/query_process.py"),
        ("ray", "revsearch_tui/core/distributed/query_process.py"),
        ("pyarrow", "revsearch_tui/core/storage/exchange/parquet.py"),
    ],
)
def test_a_library_has_one_importer(module: str, importer: str) -> None:
    assert importers(module) == {importer}


def test_one_module_of_the_app_asks_for_terminal_graphics() -> None:
    (importer,) = importers("textual_image")
    assert importer.startswith("revsearch_tui/tui/")


@pytest.mark.parametrize("module", ["torch", "torchvision", "tensorflow", "tensorboard", "onnxscript"])
def test_training_libraries_stay_in_export(module: str) -> None:
    assert all(file.startswith("export/") for file in importers(module))


@pytest.mark.parametrize("module", ["textual", "textual_image"])
def test_the_screen_library_stays_in_the_app(module: str) -> None:
    assert all(file.startswith("revsearch_tui/tui/") for file in importers(module))


def test_the_parser_of_the_command_line_stays_there() -> None:
    assert all(file.startswith("revsearch_tui/cli/") for file in importers("typer") | importers("click"))


_SERVERS = {"aiohttp": {"revsearch_tui/serve/in_browser.py"}}
"""Who takes the part of a library that answers."""


def test_the_web_is_asked_by_one_module_only() -> None:
    for module in ("urllib.request", "http", "requests", "httpx", "httpx2", "aiohttp", "mcp.client"):
        assert importers(module) - _SERVERS.get(module, set()) <= {"revsearch_tui/core/base/web.py"}, module


@pytest.mark.parametrize("module", ["starlette", "uvicorn", "mcp", "textual_serve", "python_multipart", "pydantic"])
def test_libraries_for_servers_stay_with_the_servers(module: str) -> None:
    assert all(file.startswith("revsearch_tui/serve/") for file in importers(module))


@pytest.mark.parametrize("module", ["pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"])
def test_nothing_is_pickled(module: str) -> None:
    assert importers(module) == set()


def test_no_array_or_model_file_may_run_code_when_it_is_read() -> None:
    for file, call in calls():
        called = ast.unparse(call.func)
        keywords = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
        where = f"{file}:{call.lineno}"
        assert keywords.get("allow_pickle", "False") == "False", where
        assert called not in ("eval", "exec"), where
        if called == "torch.load":
            assert keywords.get("weights_only") == "True", where


def test_only_the_command_line_writes_to_stdout_and_stderr() -> None:
    """Outside cli/ and the entry point nothing is printed: the app owns the terminal."""
    printing = {"print", "sys.stdout.write", "sys.stderr.write", "sys.stdout.buffer.write"}
    writers = {
        Path(file).parts[1]
        for file, call in calls()
        if file.startswith("revsearch_tui/") and ast.unparse(call.func) in printing
    }
    assert writers <= {"cli", "__main__.py"}
