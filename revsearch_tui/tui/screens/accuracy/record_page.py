"""What pages about records share: the record with its answers, two lines that sum it up, how it was made, and its
export.
"""

from __future__ import annotations

import json
import textwrap
import threading
from abc import abstractmethod
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from textual.content import Content

from revsearch_tui.api import RevsearchError
from revsearch_tui.core.base.pace import duration_text
from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.evaluation.record import Answers, Record
from revsearch_tui.core.evaluation.report.export import SUFFIXES, WITH_ANSWERS, export_file
from revsearch_tui.tui.messages import Note
from revsearch_tui.tui.screens.dialog import ReadingDialog
from revsearch_tui.tui.screens.form import FileForm
from revsearch_tui.tui.screens.page import Page
from revsearch_tui.tui.text import count, shown, shown_path, when_text
from revsearch_tui.tui.widgets.accuracy.tables import data_text

_INDENT, _VALUE_WIDTH = 18, 50


class RecordPage(Page):
    """A page that has a current record."""

    @abstractmethod
    def current_record(self) -> Record | None:
        """The one that its actions are about."""

    def action_export(self) -> None:

        record = self.current_record()
        if record is not None:
            export(self, record)

    def action_facts(self) -> None:

        record = self.current_record()
        if record is not None:
            self.app.push_screen(ReadingDialog(shown(record.name), facts_content(record)))


def export(page: Page, record: Record) -> None:
    """Ask for a file, then write the record to it in the background; a notification tells how that went."""

    def chosen(file: Path | None) -> None:
        if file is not None:
            page.loader.submit(partial(_write, page, record, file))

    form = FileForm(f"Export '{record.name}'", Path.cwd() / f"{record.id}.md", tuple(SUFFIXES))
    page.app.push_screen(form, chosen)


def _write(page: Page, record: Record, file: Path) -> None:
    from revsearch_tui.core.evaluation.records import read_answers

    try:
        with_answers = SUFFIXES[file.suffix.lower()] in WITH_ANSWERS
        export_file(record, read_answers(page.workspace.folders, record) if with_answers else None, file)
    except RevsearchError as error:
        page.post_message(Note(f"{error.title}: {error}"))
    except Exception as error:  # a record that nobody foresaw must not leave the user without a word
        page.post_message(Note(f"Not exported: {type(error).__name__}: {error}"))
    else:
        page.post_message(Note(f"Wrote {shown_path(file)}"))


class OpenedRecord:
    """What the pages about one record share."""

    def __init__(self, folders: Folders, record: Record) -> None:
        self.record = record
        self._folders = folders
        self._lock = threading.Lock()
        self._answers: Answers | None = None

    def answers(self) -> Answers:
        """For worker threads: the answers, read once. Raises `StorageError`."""
        from revsearch_tui.core.evaluation.records import read_answers

        with self._lock:
            if self._answers is None:
                self._answers = read_answers(self._folders, self.record)
            return self._answers


def summary_content(record: Record) -> Content:
    """Data, size and time, and the first note."""
    facts = [
        shown_path(data_text(record)),
        f"{count(record.queries, 'query', 'queries')} against {count(record.gallery, 'picture')}",
        when_text(record.started),
        f"in {duration_text(record.seconds)}",
    ]
    text = " · ".join(fact for fact in facts if fact)
    if record.notes:
        more = f" · i tells {len(record.notes) - 1} more" if len(record.notes) > 1 else ""
        return Content.assemble((text, "$foreground-muted"), "\n", (shown(record.notes[0]) + more, "$text-warning"))
    return Content.styled(text, "$foreground-muted")


def facts_content(record: Record) -> Content:
    """Everything that a record tells about itself but its figures."""
    parts: list[tuple[str, str] | str] = []
    about: dict[str, object] = {
        "id": record.id,
        "started": record.started,
        "seconds": f"{record.seconds:.1f}",
        "queries": f"{record.queries:,}",
        "gallery": f"{record.gallery:,}",
        "classes": f"{len(record.classes):,}",
        "figures": record.figures_sha256 or "–",
    }
    sections: tuple[tuple[str, Mapping[str, object]], ...] = (
        ("Record", about),
        ("Data", record.data),
        ("Settings", record.configuration),
        ("Versions", record.versions),
    )
    for note in record.notes:
        parts += [("! ", "$text-warning bold"), (shown(note), "$text-warning"), "\n"]
    for heading, values in sections:
        parts += ["\n" if parts else "", (heading, "$primary bold"), "\n"]
        for name, value in values.items():
            text = ("\n" + " " * _INDENT).join(textwrap.wrap(shown(_value_text(value)), _VALUE_WIDTH)) or "–"
            parts += [(f"  {shown(name):<{_INDENT - 2}}", "$foreground-muted"), (text, "$text"), "\n"]
    return Content.assemble(*parts)


def _value_text(value: object) -> str:
    if isinstance(value, str):
        return value
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 400 else text[:400] + " …"
