"""`revsearch dupes`: find what is the same, plan what goes, apply the plan, undo that."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core

from revsearch_tui.api import UsageError
from revsearch_tui.cli.console import note
from revsearch_tui.cli.options import (
    CollectionOption,
    FormatOption,
    MethodOption,
    MethodOptionsOption,
    ModelOption,
    NulOption,
    OutputOption,
    QuietOption,
    parse_method_options,
)
from revsearch_tui.cli.output import Format, emit, streamed
from revsearch_tui.cli.progress import ProgressBar
from revsearch_tui.core.workspace import Workspace

if TYPE_CHECKING:
    from revsearch_tui.core.groups.group import Group
    from revsearch_tui.core.groups.opening_sides import Methods
    from revsearch_tui.core.storage.collections import Collection

_FIND = "find"


class _FindsByDefault(typer.core.TyperGroup):
    """What follows is for `find`, unless it is another command; a folder of such a name is given as `./apply`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ("--help", "-h")):
            args = [_FIND, *args]
        return list(super().parse_args(ctx, args))


dupes_app = typer.Typer(cls=_FindsByDefault, add_completion=False, rich_markup_mode=None)


@dupes_app.callback()
def dupes() -> None:
    """Find pictures that are the same, choose what to keep, and put the rest into the trash, which can be undone.

    `revsearch dupes FOLDER` is short for `revsearch dupes find FOLDER`.
    """


@dupes_app.command(_FIND)
def find(
    folders: Annotated[
        list[str] | None, typer.Argument(help="Folders, or the name of a collection; none: the collection.")
    ] = None,
    collection: CollectionOption = None,
    against: Annotated[
        list[str] | None,
        typer.Option("--against", metavar="LIBRARY", help="Which of these are there? A collection, or folders."),
    ] = None,
    method: MethodOption = None,
    model: ModelOption = None,
    option: MethodOptionsOption = None,
    radius: Annotated[
        float | None,
        typer.Option("--radius", min=0, help="Bits, or 1 - cosine, up to which a picture is surely a copy."),
    ] = None,
    same_thing: Annotated[
        bool, typer.Option("--same-thing", help="Also what shows the same thing and is no copy, as bursts do.")
    ] = False,
    any_orientation: Annotated[
        bool, typer.Option("--any-orientation", help="Hashes also find what is turned by 90 degrees or mirrored.")
    ] = False,
    keep: Annotated[
        list[str] | None,
        typer.Option(
            "--keep",
            metavar="RULE",
            help="What decides first which file to keep: folders, camera, resolution, lossless, bytes, format, exif, "
            "oldest, name; repeatable. The others follow in this order.",
        ),
    ] = None,
    prefer: Annotated[
        list[Path] | None, typer.Option("--prefer", help="Folder whose files are kept first; repeatable, in order.")
    ] = None,
    keep_name: Annotated[
        list[str] | None, typer.Option("--keep-name", help="Shell pattern of names to keep, for the rule name.")
    ] = None,
    protect: Annotated[
        list[Path] | None, typer.Option("--protect", help="Folder of which nothing is let go; repeatable.")
    ] = None,
    under: Annotated[
        list[Path] | None, typer.Option("--under", help="Only files below this folder; repeatable.")
    ] = None,
    hard_links: Annotated[
        bool, typer.Option("--hard-links", help="Treat each hard link as a file, not as a further name of one.")
    ] = False,
    raw_pairs: Annotated[
        bool, typer.Option("--raw-pairs", help="Let go of a raw file, or the JPEG beside it, as of other files.")
    ] = False,
    parts: Annotated[
        bool, typer.Option("--parts", help="Let go also of what shows only a part of what is kept, as crops do.")
    ] = False,
    altered: Annotated[
        bool,
        typer.Option("--altered", help="Let go also of what shows something else, or more, than what is kept."),
    ] = False,
    plan: Annotated[
        Path | None, typer.Option("--plan", metavar="FILE", help="Write what is to be done, for: dupes apply FILE.")
    ] = None,
    script: Annotated[
        Path | None, typer.Option("--script", metavar="FILE", help="Write the same as a shell script.")
    ] = None,
    form: FormatOption = Format.table,
    nul: NulOption = False,
    output: OutputOption = None,
    quiet: QuietOption = False,
) -> int:
    """Find groups of pictures that are the same, and the one of each to keep. Nothing is done with any file.

    The exit code is 0 where there are any, else 1. The format `paths` gives the files that may go.
    """
    from revsearch_tui.core.groups.keeping import keep_rules
    from revsearch_tui.core.groups.look_for import LookFor
    from revsearch_tui.core.groups.opening_sides import Methods, collection_or_folders

    if folders and collection:
        raise UsageError("give folders or a collection, not both; --under FOLDER keeps to a part of a collection")
    rules = keep_rules(keep or (), protect or (), prefer or (), keep_name or ())
    look_for = LookFor(rules, radius, same_thing, hard_links, raw_pairs, any_orientation, parts, altered)
    workspace = Workspace()
    first = collection_or_folders(workspace, folders) if folders else workspace.collection(collection)
    second = collection_or_folders(workspace, against) if against else None
    specs = method or ([model] if model else [])
    methods = Methods(specs, model if method else None, parse_method_options(option))
    searching = _Searching(workspace, first, second, methods, look_for, under or (), quiet)
    groups = searching.show(form, nul, output)
    _write_plans(groups, searching.source, plan, script)
    if not quiet:
        for line in searching.summary(groups, plan):
            note(line)
    return 0 if groups else 1


class _Searching:
    """One search for duplicates, and how it is shown."""

    def __init__(
        self,
        workspace: Workspace,
        first: Collection | tuple[Path, ...],
        second: Collection | tuple[Path, ...] | None,
        methods: Methods,
        look_for: Any,
        under: Sequence[Path],
        quiet: bool,
    ) -> None:
        self._workspace, self._first, self._second = workspace, first, second
        self._methods, self._look_for, self._under, self._quiet = methods, look_for, under, quiet
        self._told = ""
        self.source = _named(first) if second is None else f"{_named(first)} against {_named(second)}"

    def show(self, form: Format, nul: bool, output: Path | None) -> list[Group]:
        """Find them, and write them as they are found."""
        from revsearch_tui.cli.dupes_view import add_group

        found: list[Group] = []
        with ProgressBar(quiet=self._quiet) as control, streamed(form, nul=nul, output=output) as stream:

            def say(line: str) -> None:
                if not self._quiet:
                    control.clear()
                    note(line)

            for group in self._groups(control, say):
                found.append(group)
                control.clear()
                add_group(stream, group, len(found))
        return found

    def _groups(self, control: ProgressBar, say: Any) -> Iterator[Group]:
        from revsearch_tui.core.groups.duplicates import find_duplicates, find_in_library
        from revsearch_tui.core.groups.opening_sides import open_sides

        started = time.monotonic()
        with open_sides(self._workspace, self._first, self._second, self._methods, control, say, self._under) as (
            side,
            other,
        ):
            if self._second is None:
                result = find_duplicates(side, self._look_for, control, say)
                yield from result.groups
                seconds = result.seconds
            else:
                yield from find_in_library(side, other, self._look_for, control, say)
                seconds = time.monotonic() - started
            self._told = f"{len(side.images):,} pictures compared in {seconds:.1f} s"

    def summary(self, groups: Sequence[Group], plan: Path | None) -> list[str]:
        """What it comes to."""
        from revsearch_tui.cli.dupes_view import size_text

        going = [member for group in groups for member in group.others if not member.spared]
        spared = sum(len(group.others) for group in groups) - len(going)
        size = size_text(sum(member.file.bytes for member in going))
        line = f"{self._told}: {len(groups):,} groups, {len(going):,} files of {size} may go"
        lines = [f"{line}, {spared:,} are left alone" if spared else line]
        if plan is not None:
            lines.append(f"to put them into the trash: revsearch dupes apply {plan}")
        return lines


def _named(source: Collection | tuple[Path, ...]) -> str:
    return ", ".join(map(str, source)) if isinstance(source, tuple) else source.name


def _write_plans(groups: Sequence[Group], source: str, plan: Path | None, script: Path | None) -> None:
    from revsearch_tui.core.base.files import new_file
    from revsearch_tui.core.groups.group import plan_of
    from revsearch_tui.core.groups.plan import script as script_of
    from revsearch_tui.core.groups.plan import write_plan

    made = plan_of(groups, source)
    if plan is not None:
        write_plan(plan, made)
    if script is not None:
        with new_file(script) as file:
            file.write(script_of(made))
        with contextlib.suppress(OSError):
            script.chmod(0o755)


@dupes_app.command()
def apply(
    plan: Annotated[Path, typer.Argument(help="A plan, written by: revsearch dupes --plan FILE.")],
    action: Annotated[
        str,
        typer.Option(
            "--action", help="trash; or hardlink or symlink, which leave a link to what is kept in the file's place."
        ),
    ] = "trash",
    form: FormatOption = Format.table,
    output: OutputOption = None,
    quiet: QuietOption = False,
) -> int:
    """Put the files that a plan lets go into the trash; `revsearch dupes undo` brings them back.

    Each file, and the one that is kept, is read right before: what has changed since the plan is left and named. The
    exit code is 0 where all went, 1 where any was left.
    """
    from revsearch_tui.cli.dupes_view import left_lines, size_text
    from revsearch_tui.core.base.wording import instead
    from revsearch_tui.core.groups.applying import apply_plan
    from revsearch_tui.core.groups.plan import ACTIONS, read_plan

    chosen = next((each for each in ACTIONS if each == action), None)
    if chosen is None:
        raise UsageError(f"there is no action '{action}'; {instead(action, ACTIONS)}")
    with ProgressBar(quiet=quiet) as control:
        report = apply_plan(Workspace(), read_plan(plan), chosen, plan.name, control, _say(quiet, control))
    row = {
        "action": report.action,
        "done": len(report.done),
        "left": len(report.left),
        "freed": report.freed,
        "journal": report.journal,
    }
    document = {**row, "left": [{"path": str(path), "why": why} for path, why in report.left], "done": report.done}
    rows = [row] if form is not Format.paths else [{"path": path} for path in report.done]
    emit(rows, form, output=output, document=document)
    if not quiet:
        for line in left_lines(report.left, "left"):
            note(line)
        if report.done:
            note(f"{len(report.done):,} files of {size_text(report.freed)} went; to undo that: revsearch dupes undo")
    return 130 if report.cancelled else int(bool(report.left))


@dupes_app.command()
def undo(
    journal: Annotated[
        str | None, typer.Argument(help="What to undo, as `--list` names it; default: the newest.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List what was applied, and do nothing.")] = False,
    form: FormatOption = Format.table,
    output: OutputOption = None,
    quiet: QuietOption = False,
) -> int:
    """Bring back what `revsearch dupes apply` put into the trash, also after it was interrupted or crashed."""
    from revsearch_tui.cli.dupes_view import journal_rows, left_lines
    from revsearch_tui.core.groups.step_journal import journals_in
    from revsearch_tui.core.groups.undoing import undo as take_back

    workspace = Workspace()
    if listed:
        rows = journal_rows(journals_in(workspace.folders.applied))
        emit(rows, form, output=output)
        return 0 if rows else 1
    with ProgressBar(quiet=quiet) as control:
        report = take_back(workspace, journal, control, _say(quiet, control))
    row = {"journal": report.journal, "restored": len(report.restored), "left": len(report.left)}
    document = {
        **row,
        "restored": report.restored,
        "left": [{"path": str(path), "why": why} for path, why in report.left],
    }
    rows = [row] if form is not Format.paths else [{"path": path} for path in report.restored]
    emit(rows, form, output=output, document=document)
    if not quiet:
        for line in left_lines(report.left, "not brought back"):
            note(line)
    return 130 if report.cancelled else int(bool(report.left))


def _say(quiet: bool, control: ProgressBar) -> Any:
    def say(line: str) -> None:
        if not quiet:
            control.clear()
            note(line)

    return say
