"""Where revsearch keeps things. Nothing is created on import."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_FILE = "file://"


def path_of(source: str) -> str:
    """The path in a `file://` address of this machine, as file managers copy one; anything else as it is."""
    if source[: len(_FILE)].lower() != _FILE:
        return source
    host, slash, rest = source[len(_FILE) :].partition("/")
    if not slash or host.lower() not in ("", "localhost"):
        return source
    from urllib.parse import unquote

    return slash + unquote(rest, errors="surrogateescape")


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders that revsearch writes to. Where `state_folder` is not given, what it holds is with the data."""

    data: Path
    cache: Path
    config: Path
    state_folder: Path | None = None

    @property
    def state(self) -> Path:
        """What the app remembers from one start to the next; nothing that would be missed."""
        return self.state_folder or self.data / "state"

    @property
    def collections(self) -> Path:
        return self.data / "collections"

    @property
    def models(self) -> Path:
        return self.data / "models"

    @property
    def runs(self) -> Path:
        """Training runs: checkpoints and curves."""
        return self.data / "runs"

    @property
    def evaluations(self) -> Path:
        """Records of evaluations, a folder each."""
        return self.data / "evaluations"

    @property
    def applied(self) -> Path:
        """Journals of what was done with duplicates, to undo it by."""
        return self.data / "applied"

    @property
    def embeddings(self) -> Path:
        """What evaluations embedded, kept for the next one."""
        return self.cache / "evaluation"

    @property
    def robustness(self) -> Path:
        """Indexes of folders that are no collections, of robustness runs and of looking for duplicates, kept for the
        next time."""
        return self.cache / "robustness"

    @property
    def jobs(self) -> Path:
        """Where workers of an indexing run work; a folder for each collection."""
        return self.cache / "jobs"

    @property
    def thumbnails(self) -> Path:
        return self.cache / "thumbnails"

    @property
    def descriptions(self) -> Path:
        """What plugins said of themselves, kept for the next start."""
        return self.cache / "descriptions"

    @property
    def downloads(self) -> Path:
        """Files from the web, kept for the next time."""
        return self.cache / "downloads"

    @property
    def config_file(self) -> Path:
        return self.config / "config.toml"


def user_folders() -> Folders:
    """The folders of this user: below `REVSEARCH_HOME` where that is set, else in the platform's usual places."""
    home = os.environ.get("REVSEARCH_HOME")
    if home:
        base = Path(home).expanduser().absolute()
        return Folders(data=base / "data", cache=base / "cache", config=base / "config", state_folder=base / "state")
    import platformdirs

    return Folders(
        data=Path(platformdirs.user_data_dir("revsearch", appauthor=False)),
        cache=Path(platformdirs.user_cache_dir("revsearch", appauthor=False)),
        config=Path(platformdirs.user_config_dir("revsearch", appauthor=False)),
        state_folder=Path(platformdirs.user_state_dir("revsearch", appauthor=False)),
    )
