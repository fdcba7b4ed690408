"""The error family. Every error a user can meet is one sentence and an exit code.

A message says what went wrong, with which file or name, and what to do about it. Anything that is not a
`RevsearchError` is a bug of the program or of a plugin.
"""

from __future__ import annotations


class RevsearchError(Exception):
    """Base of all errors shown to users.

    `title` is two or three words for a dialog's heading; `str(error)` is the whole sentence.
    """

    title = "Something went wrong"
    exit_code = 2


class UsageError(RevsearchError):
    """A request that cannot be understood: a bad option, an unreadable query, an impossible region."""

    title = "Cannot do that"


class ConfigError(UsageError):
    """The configuration file or an environment variable holds something unusable."""

    title = "Configuration"


class PictureError(RevsearchError):
    """One file could not be made into a picture. `reason` is short, for users, and carries no file name.

    `detail` is what a decoder said of it, for those who look closer; empty where there is nothing to add.
    """

    title = "Unreadable picture"

    def __init__(self, reason: str, name: str | None = None, detail: str = "") -> None:
        super().__init__(f"{name}: {reason}" if name else reason)
        self.reason = reason
        self.detail = detail


class IndexMissingError(RevsearchError):
    """There is no such collection, or it has no embeddings for the wanted method."""

    title = "Not indexed"
    exit_code = 3


class IndexBusyError(RevsearchError):
    """Another process is writing to the collection."""

    title = "Index is busy"
    exit_code = 3


class StorageError(RevsearchError):
    """The index cannot be written or read: disk full, no permission, made by a newer program."""

    title = "Storage"
    exit_code = 3


class MethodUnavailableError(RevsearchError):
    """The named method is broken, incompatible, lacks a package or a model."""

    title = "Method unavailable"
    exit_code = 4


class ModelError(MethodUnavailableError):
    """A model file is missing, changed, damaged or of the wrong form."""

    title = "Model"


class Cancelled(RevsearchError):  # noqa: N818 - reads as an event, and is one
    """The user asked the running work to stop."""

    title = "Cancelled"
    exit_code = 130
