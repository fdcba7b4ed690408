"""Write a record to a file that the user names."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from revsearch_tui.api import RevsearchError
from revsearch_tui.core.evaluation.record import Record
from revsearch_tui.core.evaluation.report.export import SUFFIXES, WITH_ANSWERS, export_file
from revsearch_tui.tui.messages import Note
from revsearch_tui.tui.screens.file_form import FileForm
from revsearch_tui.tui.screens.page import Page
from revsearch_tui.tui.text import shown_path


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
