"""What most methods do alike, for a method to inherit if it likes; the host looks at functions only."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from revsearch_tui.api.infos import Options
    from revsearch_tui.api.types import Control, ModelFile


class BaseMethod:
    """The common part of methods: keeps `options` and `model`, reads what was fitted, and has nothing to let go of.

    `load` calls the method's own `restore` with the folder of the model where it was given one. A method that needs
    more has functions of its own in their place.
    """

    def __init__(self, options: Options, model: ModelFile | None = None) -> None:
        self.options = options
        self.model = model

    def load(self, control: Control) -> None:
        """Get ready: read the model, where there is one. Raises what `restore` raises."""
        restore = getattr(self, "restore", None)
        if self.model is not None and restore is not None:
            restore(self.model.folder)

    def close(self) -> None:
        """Nothing to let go of."""
