"""The doctor tells a sound installation from a broken one by its files, and mends what it can."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
import sys
import venv
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from revsearch_tui.api import StorageError
from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.doctor import Check, check_onnxruntime, mend_onnxruntime, plan_mend, right_distribution
from revsearch_tui.core.doctor.checks import check_folders, check_opencv, check_packages, check_terminal, run_checks


def module_files(name: str, version: str) -> dict[str, str]:
    return {
        "onnxruntime/__init__.py": f'"""Says nothing."""\n__version__ = "{version}"\n',
        "onnxruntime/capi/build_and_package_info.py": f"package_name = '{name}'\n__version__ = '{version}'\n",
        "onnxruntime/capi/native.so": f"machine code of {name} {version}",
    }


def with_metadata(name: str, version: str, files: Mapping[str, str]) -> dict[str, str]:
    """A distribution's files as pip leaves them, RECORD with hashes and sizes included."""
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    every = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = []
    for path, text in every.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        rows.append(f"{path},sha256={digest},{len(text.encode())}")
    return {**every, f"{info}/RECORD": "\n".join([*rows, f"{info}/RECORD,,", ""])}


def install(site: Path, name: str, version: str, files: Mapping[str, str] | None = None) -> None:
    for path, text in with_metadata(name, version, module_files(name, version) if files is None else files).items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text)


def check(site: Path) -> Check:
    return check_onnxruntime([str(site)])


def test_one_whole_provider_is_sound(tmp_path: Path) -> None:
    install(tmp_path, "onnxruntime-gpu", "1.26.0")
    assert check(tmp_path) == Check("onnxruntime", "ok", "onnxruntime-gpu 1.26.0")


def test_no_provider_is_told(tmp_path: Path) -> None:
    result = check(tmp_path)
    assert result.status == "fail" and "pip install" in result.remedy


@pytest.mark.parametrize("other", ["onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-openvino"])
def test_two_providers_clash_whichever_came_last(tmp_path: Path, other: str) -> None:
    for number, order in enumerate([("onnxruntime", other), (other, "onnxruntime")]):
        site = tmp_path / str(number)
        for name in order:
            install(site, name, "1.26.0")
        result = check(site)
        assert result.status == "fail" and "over one another" in result.detail
        assert f"pip uninstall -y onnxruntime {other}, then pip install --no-deps onnxruntime" in result.remedy


def test_files_of_a_removed_provider_are_recognised(tmp_path: Path) -> None:
    install(tmp_path, "onnxruntime", "1.32.0")
    for path, text in module_files("onnxruntime-gpu", "1.26.0").items():
        (tmp_path / path).write_text(text)
    result = check(tmp_path)
    assert result.status == "fail" and "those of onnxruntime-gpu 1.26.0" in result.detail


def test_files_that_another_removal_took_along_are_missed(tmp_path: Path) -> None:
    install(tmp_path, "onnxruntime", "1.32.0")
    (tmp_path / "onnxruntime/capi/native.so").unlink()
    assert "native.so is missing" in check(tmp_path).detail
    (tmp_path / "onnxruntime/__init__.py").unlink()
    assert "__init__.py and 1 more are missing" in check(tmp_path).detail


def test_overwritten_files_are_recognised(tmp_path: Path) -> None:
    install(tmp_path, "onnxruntime", "1.32.0")
    init = tmp_path / "onnxruntime/__init__.py"
    init.write_text(init.read_text().replace("1.32.0", "1.23.0"))
    assert "__init__.py is not as installed" in check(tmp_path).detail


def test_a_library_of_another_size_is_recognised(tmp_path: Path) -> None:
    install(tmp_path, "onnxruntime", "1.32.0")
    (tmp_path / "onnxruntime/capi/native.so").write_text("other code")
    assert "native.so is not as installed" in check(tmp_path).detail


def test_a_provider_without_its_record_is_not_sound(tmp_path: Path) -> None:
    install(tmp_path, "onnxruntime", "1.32.0")
    next(tmp_path.glob("*.dist-info/RECORD")).unlink()
    assert "list of its files is lost" in check(tmp_path).detail


def test_a_package_that_only_shares_the_name_does_not_clash(tmp_path: Path) -> None:
    install(tmp_path, "onnxruntime", "1.32.0")
    install(tmp_path, "onnxruntime-extensions", "0.13.0", {"onnxruntime_extensions/__init__.py": ""})
    assert check(tmp_path).status == "ok"


def test_the_installation_these_tests_run_in_is_looked_at_without_importing_it() -> None:
    program = (
        "import sys; from revsearch_tui.core.doctor import run_checks;"
        "from revsearch_tui.core.base.paths import user_folders;"
        "print({c.name for c in run_checks(user_folders())} >= {'python', 'onnxruntime', 'gpu', 'disk', 'terminal'},"
        "[m for m in ('numpy', 'cv2', 'onnxruntime', 'chromadb', 'textual', 'PIL') if m in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment)
    assert (done.stdout.strip(), done.stderr) == ("True []", "")


def test_the_gpu_build_is_for_x86_64_linux_and_windows_only() -> None:
    assert right_distribution("gpu", "Linux", "x86_64") == "onnxruntime-gpu"
    assert right_distribution("gpu", "Windows", "AMD64") == "onnxruntime-gpu"
    assert right_distribution("gpu", "Linux", "aarch64") == "onnxruntime"
    assert right_distribution("gpu", "Darwin", "arm64") == "onnxruntime"
    assert right_distribution("cpu", "Linux", "x86_64") == "onnxruntime"


def test_a_sound_installation_is_left_alone(tmp_path: Path) -> None:
    install(tmp_path, "onnxruntime", "1.32.0")
    assert plan_mend(None, "cpu", [str(tmp_path)]).requirement == ""
    assert plan_mend("1.32.0", "cpu", [str(tmp_path)]).requirement == ""
    assert plan_mend("1.31.0", "cpu", [str(tmp_path)]).requirement == "onnxruntime==1.31.0"


def test_a_plan_removes_every_provider_and_keeps_the_version(tmp_path: Path) -> None:
    install(tmp_path, "onnxruntime-gpu", "1.26.0")
    install(tmp_path, "onnxruntime", "1.32.0")
    plan = plan_mend(None, "cpu", [str(tmp_path)])
    assert plan.commands("python") == [
        "python -m pip uninstall -y onnxruntime onnxruntime-gpu",
        "python -m pip install --no-deps onnxruntime==1.32.0",
    ]


def write_wheel(folder: Path, name: str, version: str) -> None:
    with zipfile.ZipFile(folder / f"{name.replace('-', '_')}-{version}-py3-none-any.whl", "w") as wheel:
        for path, text in with_metadata(name, version, module_files(name, version)).items():
            wheel.writestr(path, text)


@pytest.mark.drill
def test_mending_leaves_one_whole_provider_and_a_failure_leaves_all_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheels, home = tmp_path / "wheels", tmp_path / "home"
    wheels.mkdir()
    write_wheel(wheels, "onnxruntime", "1.2.0")
    write_wheel(wheels, "onnxruntime-gpu", "1.1.0")
    venv.create(home, with_pip=True)
    python = str(next(path for path in (home / "bin/python", home / "Scripts/python.exe") if path.exists()))
    site = subprocess.check_output(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
    ).strip()
    for setting in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CONSTRAINT"):
        monkeypatch.delenv(setting, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    for name in ("onnxruntime", "onnxruntime-gpu"):
        subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", name], check=True)
    assert check(Path(site)).status == "fail"
    wanted = right_distribution("gpu")

    with pytest.raises(StorageError, match=rf"pip could not mend onnxruntime .*{re.escape(wanted)}==9\.9"):
        mend_onnxruntime("9.9", "gpu", python=python, path=[site])
    assert "over one another" in check(Path(site)).detail

    said: list[str] = []
    result = mend_onnxruntime(None, "gpu", python=python, path=[site], say=said.append)
    assert (result.status, result.detail.split()[0]) == ("ok", wanted)
    assert [line.split()[0] for line in said] == ["fetching", "removing", "installing"]
    assert mend_onnxruntime("1.2.0", "cpu", python=python, path=[site]).detail == "onnxruntime 1.2.0"


def test_absent_packages_and_broken_releases_are_told(tmp_path: Path) -> None:
    install(tmp_path, "textual-image", "0.13.1", {})
    found = {result.name: result for result in check_packages([str(tmp_path)])}
    assert found["textual-image"].status == "warn" and found["numpy"].status == "fail"


def test_two_opencvs_are_told(tmp_path: Path) -> None:
    for name in ("opencv-python", "opencv-contrib-python"):
        install(tmp_path, name, "5.0.0", {"cv2/__init__.py": ""})
    assert check_opencv([str(tmp_path)]).status == "warn"


def folders_below(home: Path) -> Folders:
    return Folders(data=home / "data", cache=home / "cache", config=home / "config")


def test_folders_are_checked_and_not_made(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert {result.status for result in check_folders(folders_below(home))} == {"ok"}
    assert not home.exists()


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    statuses = {result.name: result.status for result in check_folders(folders_below(tmp_path))}
    assert statuses == {"data folder": "fail", "cache folder": "ok", "config folder": "ok"}


def terminal(**environ: str) -> dict[str, Check]:
    return {result.name: result for result in check_terminal(environ)}


@pytest.mark.skipif(os.name == "nt", reason="Windows sets no TERM")
def test_a_terminal_without_abilities_is_told() -> None:
    assert terminal()["terminal"].status == "warn"
    assert terminal(TERM="dumb")["terminal"].status == "warn"
    assert terminal(TERM="xterm-256color")["terminal"].status == "ok"


def test_picture_abilities_are_told_from_the_environment() -> None:
    assert "Kitty" in terminal(TERM="xterm-kitty", KITTY_WINDOW_ID="1")["pictures"].detail
    assert "Sixel" in terminal(TERM="xterm-256color", TERM_PROGRAM="WezTerm")["pictures"].detail
    assert "half-cells" in terminal(TERM="xterm-256color")["pictures"].detail


def test_tmux_is_told() -> None:
    assert terminal(TERM="tmux-256color", TMUX="/tmp/t,1,0")["tmux"].status == "warn"
    assert "tmux" not in terminal(TERM="xterm")


def test_the_report_comes_from_an_empty_machine_too(tmp_path: Path) -> None:
    report = run_checks(folders_below(tmp_path), path=[str(tmp_path)], environ={})
    assert {"fail", "ok"} <= {result.status for result in report}
    assert all(result.remedy for result in report if result.status == "fail")
