"""Presets as plain data, and how options change them."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from revsearch_export.exporting.finish import Framing
from revsearch_export.training.recipe import Augmentation, Recipe
from revsearch_tui.api import UsageError

if TYPE_CHECKING:
    from revsearch_tui.api import Options

_STEPS, _STEPS_IN_AN_EPOCH, _SMALLEST_BATCH = 300, 10, 16


@dataclass(frozen=True, slots=True)
class Preset:
    """How pictures are framed, what the network drops, and how it is trained."""

    framing: Framing
    dropout: float
    recipe: Recipe


def muon_recipe(epochs: float, batch: int, lr: float, dim: int, **changes: Any) -> Recipe:
    """A recipe for Muon with the rates of the shifts and the classifier that go with a batch and an embedding's length.

    They are those of arXiv:2404.00498's code, which adds up the loss over the batch and divides scores by 256.
    """
    recipe = Recipe(
        epochs=epochs,
        batch=batch,
        lr=lr,
        shift_lr=0.053 * batch,
        head_lr=0.67 * batch / (256 * dim),
        decay=2e-6 * batch,
        smoothing=0.2,
    )
    return replace(recipe, **changes)


def with_options(preset: Preset, options: Options) -> Preset:
    """The preset with what the options say instead. Raises UsageError for a value between its own and -1."""

    def given(name: str) -> Any:
        value = options[name]
        if isinstance(value, str):
            return value or None
        if -1 < value < 0:
            raise UsageError(f"option '{name}' is -1 for the preset's own or at least 0, not {value:g}")
        return None if value == -1 or (value == 0 and name in ("side", "batch")) else value

    framing = replace(preset.framing, **_known(Framing, given, ("side", "crop")))
    if framing.crop <= 0:
        raise UsageError("option 'crop' is above 0 and at most 1")
    augmentation = replace(
        preset.recipe.augmentation,
        **_known(Augmentation, given, ("shift", "zoom", "turn", "light", "erase", "mixup", "cutmix")),
    )
    recipe = preset.recipe
    if batch := given("batch"):
        recipe = _with_batch(recipe, batch)
    changed = _known(Recipe, given, ("epochs", "lr", "optimiser", "decay", "smoothing"))
    chosen = changed.get("optimiser", recipe.optimiser)
    if (chosen == "muon" and not recipe.shift_lr) or (chosen == "muon-adamw" and not recipe.head_lr):
        raise UsageError(f"this preset has no rates for the optimiser '{chosen}'; choose another")
    if chosen != recipe.optimiser and "lr" not in changed:
        raise UsageError(
            f"the rate of this preset is for '{recipe.optimiser}': give one for '{chosen}', as in lr=0.001"
        )
    told: dict[str, Any] = {name: options[name] for name in ("patience", "seed", "device", "precision", "checkpoint_s")}
    recipe = replace(recipe, **changed, **told, augmentation=augmentation)
    dropout = given("dropout")
    return Preset(framing, preset.dropout if dropout is None else dropout, recipe)


def sized(preset: Preset, options: Options, pictures: int) -> Preset:
    """The preset for so many training pictures, in what the options leave open.

    Presets are made for tens of thousands. Of fewer pictures the batches are smaller, so that an epoch has 10 steps,
    and there are as many epochs as make 300 steps.
    """
    recipe = preset.recipe
    if not options["batch"]:
        recipe = _with_batch(recipe, min(recipe.batch, max(_SMALLEST_BATCH, pictures // _STEPS_IN_AN_EPOCH)))
    if options["decay"] != -1:
        recipe = replace(recipe, decay=preset.recipe.decay)
    if options["epochs"] == -1:
        in_an_epoch = pictures // min(recipe.batch, pictures)
        recipe = replace(recipe, epochs=max(recipe.epochs, math.ceil(_STEPS / in_an_epoch)))
    return replace(preset, recipe=recipe)


def _with_batch(recipe: Recipe, batch: int) -> Recipe:
    share = batch / recipe.batch
    if recipe.optimiser == "muon":  # these rates go with the batch; see muon_recipe
        recipe = replace(
            recipe, shift_lr=recipe.shift_lr * share, head_lr=recipe.head_lr * share, decay=recipe.decay * share
        )
    return replace(recipe, batch=batch)


def _known(kind: type, given: Any, names: tuple[str, ...]) -> dict[str, Any]:
    assert set(names) <= {field.name for field in fields(kind)}
    return {name: value for name in names if (value := given(name)) is not None}
