"""Train the same thing with several values of one option, and tell which was best on the validation part."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from revsearch_tui.api import Control, UsageError
from revsearch_tui.core.training.runs import Request, Run
from revsearch_tui.core.training.train import train

if TYPE_CHECKING:
    from revsearch_tui.core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Trial:
    """One value of a sweep. `accuracy`, 0..1, and `loss` are those of the validation part at the end."""

    value: str
    run: Run
    accuracy: float
    loss: float


def parse_sweep(text: str) -> tuple[str, list[str]]:
    """`dropout=0,0.2,0.5` as a name and its values. Raises UsageError."""
    name, equals, listed = text.partition("=")
    values = list(dict.fromkeys(value.strip() for value in listed.split(",") if value.strip()))
    if not equals or not name.strip() or len(values) < 2:
        raise UsageError(f"'{text}' is not of the form NAME=VALUE,VALUE,... with two values or more")
    return name.strip(), values


def sweep(
    workspace: Workspace,
    request: Request,
    name: str,
    option: str,
    values: Sequence[str],
    control: Control,
    note: Callable[[str], None],
    *,
    restart: bool = False,
) -> Iterator[Trial]:
    """Train each value to the end, in a run called `name-option-value`; nothing is registered. A sweep that was
    stopped goes on where it was. Raises as `train` does, and UsageError where there is no validation part."""
    if request.validation <= 0:
        raise UsageError("a sweep compares on the validation part: let it be larger than 0")
    for value in values:
        wanted = replace(request, options={**request.options, option: value})
        run, _ = train(
            workspace, wanted, trial_name(name, option, value), control, note, restart=restart, register=False
        )
        last = run.curves()[-1]
        yield Trial(value, run, float(last["validation_accuracy"]), float(last.get("validation_loss", "nan")))


def trial_name(name: str, option: str, value: str) -> str:
    """The name of the run of one value."""
    return re.sub(r"[^a-z0-9-]+", "-", f"{name}-{option}-{value}".lower())[:40].rstrip("-")
