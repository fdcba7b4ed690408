"""Collections: named sets of folders, each with a home on disk that holds everything known about it; and whether one is
being indexed just now.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from revsearch_tui.api import IndexMissingError, StorageError, UsageError
from revsearch_tui.core.base.files import write_json
from revsearch_tui.core.base.lock import Holder, holder_of, writer_lock
from revsearch_tui.core.base.wording import nearest

FORMAT = 1
DESCRIPTION = "collection.json"
_CATALOG = "catalog.sqlite"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

CHROMA = "chroma"
"""The store that collections have where nothing else is said: ChromaDB."""

PURPOSE = "indexing"
"""What an indexing run holds the collection for."""


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection's name, its home folder and the folders of pictures (roots) it covers.

    `formerly` are names it had before, and `kept_space` is its `space` from then. `store` is the name of the database
    that keeps its vectors beside the journal, which is chosen when it is made.
    """

    name: str
    home: Path
    roots: tuple[Path, ...] = ()
    created: float = 0.0
    formerly: tuple[str, ...] = ()
    kept_space: str = ""
    store: str = CHROMA

    @property
    def space(self) -> str:
        """What its names on a ChromaDB server begin with: two users' collections of one name stay apart."""
        return self.kept_space or f"{self.name}-{zlib.crc32(repr(self.created).encode()):08x}"

    @property
    def catalog_file(self) -> Path:
        return self.home / _CATALOG

    def journal_folder(self, key: str) -> Path:
        """Where the embeddings of an index key are."""
        return self.home / "journal" / key

    def key_file(self, key: str) -> Path:
        """Where it is written down what an index key means, should the catalog be lost."""
        return self.home / "journal" / f"{key}.json"

    def features_folder(self, key: str) -> Path:
        """Where the local features of an index key are."""
        return self.home / "features" / key

    def chroma_folder(self, key: str) -> Path:
        """Where ChromaDB keeps an index key."""
        return self.home / "chroma" / key

    def store_folder(self, key: str) -> Path:
        """Where its store keeps an index key."""
        return self.chroma_folder(key) if self.store == CHROMA else self.home / "stores" / self.store / key


def list_collections(collections_folder: Path) -> list[Collection]:
    """All collections, by name. A folder that cannot be read as one is left out."""
    found = []
    for home in sorted(collections_folder.glob("*/")):
        try:
            found.append(open_collection(collections_folder, home.name))
        except (IndexMissingError, StorageError, UsageError):
            continue
    return found


def open_collection(collections_folder: Path, name: str) -> Collection:
    """The collection of that name.

    Raises `IndexMissingError` where there is none, `StorageError` where it was made by a newer program.
    """
    home = collections_folder / checked_name(name)
    try:
        data = json.loads((home / DESCRIPTION).read_text("utf-8"))
    except FileNotFoundError:
        if is_lost(home):
            raise IndexMissingError(
                f"the index '{name}' has lost its {DESCRIPTION}; "
                f"take it up again with: revsearch collections adopt {name}"
            ) from None
        known = [path.parent.name for path in collections_folder.glob(f"*/{DESCRIPTION}")]
        hint = nearest(name, known)
        if new := renamed_to(collections_folder, name):
            raise IndexMissingError(f"there is no collection '{name}' any more; it is called '{new}' now") from None
        also = f"did you mean '{hint}'?" if hint else f"make it with: revsearch index FOLDER -c {name}"
        raise IndexMissingError(f"there is no collection '{name}'; {also}") from None
    except (OSError, ValueError) as error:
        raise _unreadable(home, str(error)) from None
    if not isinstance(data, dict) or not isinstance(data.get("roots"), list):
        raise _unreadable(home, "it holds no folders")
    if data.get("format", 0) > FORMAT:
        raise StorageError(
            f"the collection '{name}' was made by a newer revsearch; use that version, or drop and index anew"
        )
    roots = tuple(Path(os.fsdecode(os.fsencode(root))) for root in data["roots"])
    formerly = tuple(str(old) for old in data.get("formerly", ()))
    store = str(data.get("store", CHROMA))
    return Collection(name, home, roots, data.get("created", 0.0), formerly, str(data.get("space", "")), store)


def renamed_to(collections_folder: Path, name: str) -> str:
    """What the collection is called now that had this name before; empty where there is none."""
    for description in sorted(collections_folder.glob(f"*/{DESCRIPTION}")):
        with contextlib.suppress(IndexMissingError, StorageError, UsageError):
            if name in open_collection(collections_folder, description.parent.name).formerly:
                return description.parent.name
    return ""


def ensure_collection(collections_folder: Path, name: str, roots: tuple[Path, ...], store: str = CHROMA) -> Collection:
    """The collection of that name with these roots added; made where there is none, with that store.

    A root inside another root is covered by it already and is left out. Raises `UsageError` for a root that is no
    folder, `IndexBusyError` where roots are to be added while another process is writing.
    """
    checked_name(name)
    checked_folders(roots)
    try:
        collection = open_collection(collections_folder, name)
    except IndexMissingError:
        if not roots:
            raise
        collection = Collection(name, collections_folder / name, (), time.time(), store=store)
    merged = _merged(collection, roots)
    if merged == collection.roots:
        return collection
    try:
        collection.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"cannot write to {collection.home}: {error.strerror or error}") from error
    with writer_lock(collection.home, "adding folders"):
        with contextlib.suppress(IndexMissingError):  # another process may have added folders, or made it
            collection = open_collection(collections_folder, name)
        collection = replace(collection, roots=_merged(collection, roots))
        save_description(collection)
    return collection


def _merged(collection: Collection, roots: tuple[Path, ...]) -> tuple[Path, ...]:
    return _without_nested([*collection.roots, *(Path(os.path.realpath(root)) for root in roots)])


def checked_folders(roots: Sequence[Path]) -> tuple[Path, ...]:
    """The folders by their real paths, none within another. Raises `UsageError` for what is no folder."""
    for root in roots:
        if not root.is_dir():
            raise UsageError(f"'{root}' is not a folder; give folders of pictures to index")
    return _without_nested([Path(os.path.realpath(root)) for root in roots])


def is_lost(home: Path) -> bool:
    """Whether there is an index whose description is missing or cannot be read."""
    if not (home / _CATALOG).is_file():
        return False
    try:
        data = json.loads((home / DESCRIPTION).read_text("utf-8"))
    except ValueError:
        return True
    except OSError as error:
        return isinstance(error, FileNotFoundError)
    return not isinstance(data, dict) or not isinstance(data.get("roots"), list)


def forget_root(collection: Collection, root: Path) -> Collection:
    """The collection without one of its roots. Raises `UsageError` where it has no such root."""
    resolved = Path(os.path.realpath(root))
    if resolved not in collection.roots:
        names = ", ".join(str(known) for known in collection.roots)
        raise UsageError(f"'{root}' is not a folder of the collection '{collection.name}'; it has: {names}")
    collection = replace(collection, roots=tuple(known for known in collection.roots if known != resolved))
    save_description(collection)
    return collection


def with_roots(collection: Collection, roots: tuple[Path, ...]) -> Collection:
    """The collection with these folders, but for those inside another, in place of its own. Raises `StorageError`."""
    collection = replace(collection, roots=_without_nested(list(roots)))
    save_description(collection)
    return collection


def drop_collection(collection: Collection) -> None:
    """Delete everything known about a collection; the pictures themselves are not touched."""
    import shutil

    # Without its description a half-deleted home is no collection any more, without its catalog no index either.
    for name in (DESCRIPTION, _CATALOG):
        (collection.home / name).unlink(missing_ok=True)
    shutil.rmtree(collection.home, ignore_errors=True)


def _unreadable(home: Path, why: str) -> StorageError:
    return StorageError(
        f"{home / 'collection.json'} cannot be read ({why}); restore it, or: revsearch collections drop {home.name}"
    )


def checked_name(name: str) -> str:
    """The name. Raises `UsageError` where no collection can have it."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"'{name}' cannot name a collection: use letters, digits, '.', '_' and '-', at most 64")
    return name


def _without_nested(roots: list[Path]) -> tuple[Path, ...]:
    unique = list(dict.fromkeys(roots))
    return tuple(root for root in unique if not any(other != root and root.is_relative_to(other) for other in unique))


def save_description(collection: Collection) -> None:
    """Write down a collection's folders and when it was made. Raises `StorageError`."""
    try:
        collection.home.mkdir(parents=True, exist_ok=True)
        write_json(
            collection.home / DESCRIPTION,
            {
                "format": FORMAT,
                "name": collection.name,
                "roots": [str(root) for root in collection.roots],
                "created": collection.created,
                **({"formerly": list(collection.formerly)} if collection.formerly else {}),
                **({"space": collection.kept_space} if collection.kept_space else {}),
                **({"store": collection.store} if collection.store != CHROMA else {}),
            },
        )
    except OSError as error:
        raise StorageError(f"cannot write to {collection.home}: {error.strerror or error}") from error


def indexing_run(collection: Collection) -> Holder | None:
    """The indexing run that goes on in whatever process; None where there is none."""
    holder = holder_of(collection.home)
    return holder if holder is not None and holder.purpose == PURPOSE else None


def describe_run(collection: Collection, run: Holder) -> str:
    """As part of a sentence."""
    since = time.strftime("%H:%M", time.localtime(run.since))
    far = f", {run.done:,} of {run.total:,} new files so far" if run.total else ""
    return f"'{collection.name}' is being indexed since {since}{far}"


def or_wait(collection: Collection, command: str) -> str:
    """What to do where something is not indexed: run the command, or wait for the run that may be about to do it."""
    run = indexing_run(collection)
    if run is None:
        return f"run: {command}"
    return f"{describe_run(collection, run)}: wait for that, and if it is not indexed then, run: {command}"
