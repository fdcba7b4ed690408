"""`revsearch doctor`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from revsearch_tui.cli.console import note
from revsearch_tui.cli.options import FormatOption
from revsearch_tui.cli.output import Format, emit
from revsearch_tui.core.doctor import mend_onnxruntime, run_checks
from revsearch_tui.core.workspace import Workspace

app = typer.Typer(add_completion=False, rich_markup_mode=None)


class Build(StrEnum):
    """Which build of onnxruntime to end up with; auto is the GPU build where there is an NVIDIA GPU."""

    auto = "auto"
    gpu = "gpu"
    cpu = "cpu"


@app.command()
def doctor(
    mend: Annotated[bool, typer.Option("--mend", help="Bring onnxruntime into order: exactly one, whole.")] = False,
    build: Annotated[Build, typer.Option("--onnxruntime", help="Which build of it.")] = Build.auto,
    version: Annotated[str | None, typer.Option("--version", help="Which version of it; default: any.")] = None,
    form: FormatOption = Format.table,
) -> int:
    """Check the installation; with --mend, mend it. Exit status 1 where something is broken."""
    if mend:
        mend_onnxruntime(version, build.value, say=note)
    checks = run_checks(Workspace().folders)
    rows = [
        {"check": check.name, "status": check.status, "detail": check.detail, "remedy": check.remedy}
        for check in checks
    ]
    emit(rows, form, path_key="check")
    return 1 if any(check.status == "fail" for check in checks) else 0
