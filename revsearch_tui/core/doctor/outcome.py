"""The result of one check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor's report: `remedy` is a command or a sentence, empty where nothing is to be done."""

    name: str
    status: Status
    detail: str
    remedy: str = ""
