"""Plugins of third parties, installed as pip would install them: modules and dist-info in a folder on the path."""

from __future__ import annotations

import tomllib
from pathlib import Path

from revsearch_tui.core.plugins.scaffold import make_package


def install(site: Path, name: str, source: str, *, entry: str | None = None, module: str | None = None) -> None:
    """A distribution `name` with one module and one entry point of the group `revsearch` (`entry`, default name)."""
    site.mkdir(parents=True, exist_ok=True)
    module = module or name.replace("-", "_")
    (site / f"{module}.py").write_text(source, encoding="utf-8")
    info = site / f"{name.replace('-', '_')}-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[revsearch]\n{entry or name} = {module}\n", encoding="utf-8")


METHOD = """
from revsearch_tui.api import MethodInfo, OptionSpec, hookimpl

@hookimpl
def revsearch_methods():
    return [MethodInfo(
        name="{name}", title="T", summary="S.", shape="vector", metric="l2", dim=3,
        factory="{module}:Method"{more},
    )]

class Method:
    def __init__(self, options, model):
        self.options = options

    def load(self, control):
        {load}

    def close(self):
        pass

    def embed(self, pictures):
        import numpy as np

        {embed}
        return np.array([p.reshape(-1, 3).mean(axis=0) for p in pictures], np.float32)
"""


def method_source(name: str, module: str, *, more: str = "", load: str = "pass", embed: str = "pass") -> str:
    """A plugin module with one method: the mean colour. `more` adds fields, `load` and `embed` statements."""
    return METHOD.format(name=name, module=module, more=f", {more}" if more else "", load=load, embed=embed)


def made(into: Path, kind: str) -> Path:
    """A package made anew, with the entry point that an installer would write."""
    make_package(f"my-{kind}", kind, into)
    root = into / f"my-{kind}"
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = root / f"my_{kind}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    lines = [f"{name} = {module}" for name, module in project["entry-points"]["revsearch"].items()]
    (info / "entry_points.txt").write_text("[revsearch]\n" + "\n".join(lines) + "\n")
    return root
