"""What plugins said of themselves is kept for the next start, and asked anew as soon as anything may be otherwise."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from revsearch_tui.api import MethodInfo, OptionSpec
from revsearch_tui.core.plugins import describing, kept, looking
from revsearch_tui.core.plugins.info_values import NotPlainError, from_values, to_values
from revsearch_tui.core.plugins.registry import PluginRow, Registry
from tests.support.site import install, method_source

assert describing.__name__, "imported before Python's path is cut short"


class Site:
    """A folder of packages that is all there is on Python's path, and starts of the program."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder, self.cache = folder, cache
        folder.mkdir()

    def install(self, name: str, source: str, version: str = "1.2") -> None:
        install(self.folder, name, source)
        info = self.folder / f"{name.replace('-', '_')}-1.2.dist-info"
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", "utf-8")
        info.rename(info.with_name(info.name.replace("1.2", version)))

    def start(self, *, settled: bool = True) -> list[PluginRow]:
        """The rows of a program that starts now; `settled` makes everything look as if it had been there for long."""
        self.forget()
        if settled:
            self.settle()
        kept.began_ns.cache_clear()
        return Registry(kept_in=self.cache).rows()

    def settle(self) -> None:
        for path in (self.folder, *self.folder.rglob("*")):
            long_ago = time.time_ns() - 10**10
            if path.stat().st_mtime_ns > long_ago + 10**9:
                os.utime(path, ns=(long_ago, long_ago))
        time.sleep(0.03)

    def imported(self) -> set[str]:
        """Which of its modules the last start imported."""
        files = {name: str(getattr(module, "__file__", None)) for name, module in sys.modules.items()}
        return {name for name, file in files.items() if file.startswith(str(self.folder))}

    def forget(self) -> None:
        for name in self.imported():
            del sys.modules[name]
        importlib.invalidate_caches()

    def kept_file(self) -> Path:
        (file,) = self.cache.iterdir()
        return file


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    found = Site(tmp_path / "site", tmp_path / "cache")
    monkeypatch.setattr(sys, "path", [str(found.folder)])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(looking, "_HOST", ())  # which whoever works on the program may have changed a moment ago
    yield found
    found.forget()


def test_a_plugin_that_has_not_changed_is_not_imported_again(site: Site) -> None:
    site.install("mean-colour", method_source("mean-colour", "mean_colour", more='options=(OptionSpec("n", 3, "x"),)'))
    first = site.start()
    assert site.imported() == {"mean_colour"}
    assert site.start() == first
    assert site.imported() == set()
    (info,) = [row.info for row in first]
    assert isinstance(info, MethodInfo) and info.options == (OptionSpec("n", 3, "x"),)


def rewrite(site: Site) -> None:
    """An edit in place that leaves size and time as they were."""
    file = site.folder / "mean_colour.py"
    times = file.stat()
    file.write_text(file.read_text("utf-8").replace('summary="S."', 'summary="T."'), "utf-8")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))


def rewrite_helper(site: Site) -> None:
    (site.folder / "mean_words.py").write_text("SUMMARY = 'T.'\n", "utf-8")


def rewrite_data(site: Site) -> None:
    (site.folder / "mean.txt").write_text("T.", "utf-8")


def set_variable(site: Site) -> None:
    os.environ["MEAN_SUMMARY"] = "T."


def shadow(site: Site) -> None:
    """A module of the same name comes to lie on Python's path before it."""
    before = site.folder / "before"
    sys.path.insert(0, str(before))
    before.mkdir()
    (before / "mean_colour.py").write_text(method_source("mean-colour", "mean_colour").replace('"S."', '"T."'), "utf-8")


def list_folder(site: Site) -> None:
    (site.folder / "models" / "T.").mkdir()


PLAIN = method_source("mean-colour", "mean_colour")
BY_HELPER = "import mean_words\n" + PLAIN.replace('"S."', "mean_words.SUMMARY")
BY_DATA = "from pathlib import Path\n" + PLAIN.replace('"S."', 'Path(__file__).with_name("mean.txt").read_text()')
BY_VARIABLE = "import os\n" + PLAIN.replace('"S."', 'os.environ.get("MEAN_SUMMARY", "S.")')
BY_FOLDER = "import os\n" + PLAIN.replace('"S."', 'max(os.listdir(os.path.join(os.path.dirname(__file__), "models")))')


@pytest.mark.parametrize(
    ("source", "change"),
    [
        (PLAIN, rewrite),
        (PLAIN, shadow),
        (BY_HELPER, rewrite_helper),
        (BY_DATA, rewrite_data),
        (BY_VARIABLE, set_variable),
        (BY_FOLDER, list_folder),
    ],
    ids=["an edit", "a module before it", "a module it imports", "a file it reads", "a variable", "a folder it lists"],
)
def test_whatever_a_description_depends_on_has_it_asked_anew(
    source: str, change: Callable[[Site], None], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEAN_SUMMARY", "S.")
    (site.folder / "mean_words.py").write_text("SUMMARY = 'S.'\n", "utf-8")
    (site.folder / "mean.txt").write_text("S.", "utf-8")
    (site.folder / "models" / "S.").mkdir(parents=True)
    site.install("mean-colour", source)
    for _ in range(2):
        assert [row.summary for row in site.start()] == ["S."]
    assert site.imported() == set(), "or this test shows nothing"
    change(site)
    assert [row.summary for row in site.start(settled=False)] == ["T."]


@pytest.mark.drill
def test_programs_that_start_at_once_all_see_everything(tmp_path: Path) -> None:
    for number in range(5):
        install(tmp_path / "site", f"plugin-{number}", method_source(f"method-{number}", f"plugin_{number}"))
    path = os.pathsep.join([str(tmp_path / "site"), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": path, "REVSEARCH_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-m", "revsearch_tui", "plugins", "--json"]

    def started() -> set[str]:
        running = [
            subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
            for _ in range(6)
        ]
        return {process.communicate()[0] for process in running}

    (first,) = started()
    assert [row["name"] for row in json.loads(first)].count("method-3") == 1
    time.sleep(2.1)
    assert started() == {first}
    assert started() == {first}
    assert len(list((tmp_path / "home" / "cache" / "descriptions").iterdir())) == 1


def test_a_program_that_goes_on_keeps_nothing_of_what_was_edited_since_it_began(site: Site) -> None:
    site.install("mean-colour", PLAIN)
    site.start()
    rewrite(site)
    site.settle()
    assert [row.summary for row in Registry(kept_in=site.cache).rows()] == ["S."], "the module is imported already"
    assert [row.summary for row in site.start()] == ["T."]


def test_an_upgrade_a_removal_and_an_addition_are_seen_at_once(site: Site) -> None:
    site.install("mean-colour", PLAIN)
    site.start()
    shutil.rmtree(site.folder / "mean_colour-1.2.dist-info")
    site.install("mean-colour", PLAIN.replace('"S."', '"T."'), version="1.3")
    assert [(row.version, row.summary) for row in site.start()] == [("1.3", "T.")]
    site.install("other", method_source("other", "other"))
    assert [row.name for row in site.start()] == ["mean-colour", "other"]
    site.start()
    shutil.rmtree(site.folder / "mean_colour-1.3.dist-info")
    assert [row.name for row in site.start()] == ["other"]


def test_of_two_versions_the_one_that_python_finds_first_counts(site: Site, tmp_path: Path) -> None:
    site.install("mean-colour", PLAIN)
    site.start()
    newer = Site(tmp_path / "newer", site.cache)
    newer.install("mean-colour", PLAIN.replace('"S."', '"T."'), version="2.0")
    sys.path.insert(0, str(newer.folder))
    assert [(row.version, row.summary) for row in site.start()] == [("2.0", "T.")]
    sys.path.reverse()
    newer.forget()
    assert [(row.version, row.summary) for row in site.start()] == [("1.2", "S.")]
    newer.forget()


def test_an_entry_point_that_is_edited_in_place_is_read_again(site: Site) -> None:
    site.install("mean-colour", PLAIN)
    (site.folder / "other.py").write_text(method_source("other", "other"), "utf-8")
    site.start()
    (site.folder / "mean_colour-1.2.dist-info" / "entry_points.txt").write_text("[revsearch]\nother = other\n", "utf-8")
    assert [row.name for row in site.start()] == ["other"]


def test_what_does_not_work_is_tried_at_every_start_and_the_others_are_not(site: Site) -> None:
    site.install("mean-colour", PLAIN)
    site.install("broken", "raise OSError('no such library')")
    (site.folder / "broken.py").rename(site.folder / "fails_to_load.py")
    info = site.folder / "broken-1.2.dist-info" / "entry_points.txt"
    info.write_text("[revsearch]\nbroken = fails_to_load\n", "utf-8")
    for _ in range(2):
        assert [row.state for row in site.start()] == ["broken", "available"]
    assert site.imported() == set(), "a module that fails is not kept, and the other one is not imported"
    described = json.loads(site.kept_file().read_text("utf-8").partition("\n")[2])["plugins"]
    assert [name.partition(":")[0] for name in described] == ["mean-colour"]


def test_a_package_that_a_method_lacks_is_looked_for_each_time(site: Site) -> None:
    site.install("mean-colour", method_source("mean-colour", "mean_colour", more='requires=("mean_library",)'))
    assert [row.state for row in site.start()] == ["unavailable"]
    (site.folder / "mean_library.py").write_text("", "utf-8")
    assert [row.state for row in site.start()] == ["available"]
    site.start()
    assert site.imported() == set()
    (site.folder / "mean_library.py").unlink()
    assert [row.state for row in site.start(settled=False)] == ["unavailable"]


def test_an_info_that_json_does_not_hold_exactly_is_asked_for_each_time(site: Site) -> None:
    strange = PLAIN.replace("from revsearch_tui", "class Word(str): pass\n\nfrom revsearch_tui", 1)
    site.install("mean-colour", strange.replace('"S."', 'Word("S.")'))
    site.install("other", method_source("other", "other"))
    for _ in range(2):
        assert [row.summary for row in site.start()] == ["S.", "S."]
    assert site.imported() == {"mean_colour"}


def test_what_was_changed_a_moment_ago_is_not_kept(site: Site) -> None:
    site.install("mean-colour", PLAIN)
    site.start(settled=False)
    assert not list(site.cache.glob("*"))


def with_checksum(content: bytes) -> bytes:
    text = content.partition(b"\n")[2]
    return f"{zlib.crc32(text):08x}\n".encode() + text


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"format": 1}', "cut", "garbled", "retyped", "folder"]
)
def test_a_file_that_is_damaged_is_made_anew(content: bytes | str, site: Site) -> None:
    site.install("mean-colour", PLAIN)
    rows = site.start()
    file = site.kept_file()
    whole = file.read_bytes()
    if content == "folder":
        file.unlink()
        file.mkdir()
        assert site.start() == rows
        return
    damaged = {
        "cut": whole[: len(whole) // 2],
        "garbled": whole.replace(b'"S."', b'"X."'),
        "retyped": with_checksum(whole.replace(b'"infos:MethodInfo"', b'"infos:Mapping"')),
    }
    file.write_bytes(damaged[content] if isinstance(content, str) else content)
    assert site.start() == rows
    assert site.imported() == {"mean_colour"}
    assert site.start() == rows
    assert site.imported() == set()


def test_what_the_program_makes_descriptions_with_is_looked_at_too(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    (site.folder / "contract").mkdir()
    (site.folder / "contract" / "__init__.py").write_text("", "utf-8")
    monkeypatch.setattr(looking, "_HOST", ("contract",))
    importlib.import_module("contract")
    site.install("mean-colour", PLAIN)
    paths = looking.all_witnesses([])
    assert paths is not None and str(site.folder / "contract" / "__init__.py") in paths


def test_another_version_of_the_program_asks_anew(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.install("mean-colour", PLAIN)
    site.start()
    monkeypatch.setattr(kept, "__version__", "99.0")
    site.start()
    assert site.imported() == {"mean_colour"}


def test_where_nothing_can_be_written_plugins_are_asked_each_time(site: Site) -> None:
    site.install("mean-colour", PLAIN)
    site.cache.write_text("a file where the folder should be", "utf-8")
    for _ in range(2):
        assert [row.name for row in site.start()] == ["mean-colour"]


def test_infos_of_all_plugins_come_back_as_they_were() -> None:
    infos = [row.info for row in Registry().rows() if row.info is not None]
    assert len(infos) > 10
    for info in infos:
        back = from_values(json.loads(json.dumps(to_values(info))))
        assert back == info and json.dumps(to_values(back)) == json.dumps(to_values(info))


@pytest.mark.parametrize("value", [{"a": 1}, {1}, object(), type("Text", (str,), {})("x"), 1j])
def test_what_would_come_back_otherwise_is_refused(value: object) -> None:
    with pytest.raises(NotPlainError):
        to_values(value)
