"""The training loop. Killed at any moment and started again, it ends with the same weights as an undisturbed run.

That holds because nothing random is carried along: every step draws from a generator seeded by the recipe's seed and
the step's number, and a checkpoint holds all the rest. It wants the same device and number of threads.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from revsearch_export.training.arrays import Parts
from revsearch_export.training.assess import Scaler, loss_and_accuracy, run_over
from revsearch_export.training.augment import augmented, mirror_mask, mixed
from revsearch_export.training.checkpoint import load_checkpoint, save_checkpoint
from revsearch_export.training.curves import Curves
from revsearch_export.training.memory import keep_memory
from revsearch_export.training.optimisers import make_optimisers, rate_share, set_rate
from revsearch_export.training.precision import choose_device, uses_bf16
from revsearch_export.training.recipe import Recipe
from revsearch_tui.api import Cancelled, ModelError

if TYPE_CHECKING:
    from revsearch_export.networks.contract import Network
    from revsearch_tui.api import Control

CHECKPOINT = "checkpoint.npz"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a training ended. `seconds` counts all sittings; `stopped` tells whether it stopped early."""

    epochs: int
    steps: int
    seconds: float
    stopped: bool
    device: str
    precision: str


class Training:
    """One network being trained on one set of pictures."""

    def __init__(self, network: Network, parts: Parts, recipe: Recipe, run: Path, control: Control) -> None:
        keep_memory()
        self._device = choose_device(recipe.device)
        self._bf16 = uses_bf16(recipe.precision, self._device)
        self._network, self._parts, self._recipe, self._run, self._control = network, parts, recipe, run, control
        self._module = cast("nn.Module", network)
        self._module.to(self._device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._scale = Scaler(parts.mean, parts.std, self._device)
        self._batch = min(recipe.batch, len(parts.train))
        self._steps_per_epoch = len(parts.train) // self._batch
        self._steps = max(1, round(recipe.epochs * self._steps_per_epoch))

    def run(self) -> Outcome:
        """Train to the end, from the checkpoint in the run's folder where there is one. The network is changed.

        Raises Cancelled after saving the state, and ModelError where the checkpoint is unusable or the loss is no
        number any more.
        """
        optimisers = make_optimisers(self._module, self._recipe)
        file = self._run / CHECKPOINT
        state: dict[str, Any] = {"step": 0, "seconds": 0.0, "loss": 0.0, "right": 0.0, "seen": 0, "stale": 0}
        state |= {"best": None, "stopped": False}
        if file.exists():
            state = load_checkpoint(file, self._module, optimisers)
        curves = Curves(self._run, state["step"] // self._steps_per_epoch)
        clock, saved = time.monotonic(), time.monotonic()

        def save() -> None:
            nonlocal clock, saved
            now = time.monotonic()
            state["seconds"] += now - clock
            clock = saved = now
            save_checkpoint(file, self._module, optimisers, state)

        try:
            while state["step"] < self._steps and not state["stopped"]:
                self._step(optimisers, state)
                if state["step"] % self._steps_per_epoch == 0 or state["step"] == self._steps:
                    self._finish_epoch(curves, state, time.monotonic() - clock)
                    save()
                elif time.monotonic() - saved > self._recipe.checkpoint_s:
                    save()
                self._control.check()
        except Cancelled:
            save()
            raise
        finally:
            curves.close()
        save()
        epochs = -(-state["step"] // self._steps_per_epoch)
        precision = "bf16" if self._bf16 else "fp32"
        return Outcome(epochs, state["step"], state["seconds"], state["stopped"], self._device.type, precision)

    def _step(self, optimisers: list[torch.optim.Optimizer], state: dict[str, Any]) -> None:
        recipe, step = self._recipe, state["step"]
        epoch, position = divmod(step, self._steps_per_epoch)
        order = torch.randperm(len(self._parts.train), generator=_generator(recipe.seed, 1, epoch))
        chosen = order[position * self._batch : (position + 1) * self._batch]
        generator = _generator(recipe.seed, 2, step)
        torch.manual_seed(_number(recipe.seed, 3, step))
        pictures = self._parts.train.pictures[chosen]
        labels = self._parts.train.labels[chosen].to(self._device)
        mirrored = mirror_mask(chosen, epoch, recipe.augmentation.mirror, recipe.seed, generator)
        inputs = self._scale(augmented(pictures, mirrored, recipe.augmentation, generator))
        self._module.train()
        set_rate(optimisers, rate_share(step, self._steps, recipe))
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._bf16):
            shown = labels
            if recipe.augmentation.mixup:
                inputs, other, share = mixed(inputs, recipe.augmentation.mixup, generator)
                logits, auxiliary = self._logits(inputs, labels)
                loss = share * self._loss(logits, auxiliary, labels)
                loss = loss + (1 - share) * self._loss(logits, auxiliary, labels[other])
                shown = labels if share >= 0.5 else labels[other]  # what most of each mixed picture is of
            else:
                logits, auxiliary = self._logits(inputs, labels)
                loss = self._loss(logits, auxiliary, labels)
        loss.backward()  # type: ignore[no-untyped-call]
        for optimiser in optimisers:
            optimiser.step()
            optimiser.zero_grad()
        value = float(loss.detach())
        if value != value:
            raise ModelError(
                f"the training diverged at step {step + 1} (the loss is not a number): use a lower rate, as in -O lr="
                f"{recipe.lr / 4:g}"
            )
        count = len(chosen)
        state["loss"] += value * count
        state["right"] += float((logits.detach().argmax(1) == shown).sum())
        state["seen"] += count
        state["step"] = step + 1
        self._report(state, epoch)

    def _logits(self, inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor | None]:
        auxiliary = None
        if hasattr(self._network, "features_and_auxiliary"):
            vectors, auxiliary = self._network.features_and_auxiliary(inputs)
        else:
            vectors = self._network.features(inputs)
        with_margin = getattr(self._network.classifier, "with_margin", None)
        logits = with_margin(vectors, labels) if with_margin else self._network.classifier(vectors)
        return logits, auxiliary

    def _loss(self, logits: Tensor, auxiliary: Tensor | None, labels: Tensor) -> Tensor:
        smoothing = self._recipe.smoothing
        loss = functional.cross_entropy(logits.float(), labels, label_smoothing=smoothing)
        if auxiliary is not None:
            extra = functional.cross_entropy(auxiliary.float(), labels, label_smoothing=smoothing)
            loss = loss + self._recipe.auxiliary * extra
        return loss

    def _finish_epoch(self, curves: Curves, state: dict[str, Any], seconds: float) -> None:
        epoch = -(-state["step"] // self._steps_per_epoch)
        values = {
            "loss": state["loss"] / state["seen"],
            "accuracy": state["right"] / state["seen"],
            "rate": rate_share(state["step"] - 1, self._steps, self._recipe),
            "seconds": round(state["seconds"] + seconds, 1),
        }
        validation = self._parts.validation
        if len(validation):
            _, logits = run_over(self._network, validation, self._scale, bf16=self._bf16)
            loss, accuracy = loss_and_accuracy(logits, validation.labels)
            values |= {"validation_loss": loss, "validation_accuracy": accuracy}
            improved = state["best"] is None or loss < state["best"]
            state["best"] = loss if improved else state["best"]
            state["stale"] = 0 if improved else state["stale"] + 1
            state["stopped"] = 0 < self._recipe.patience <= state["stale"]
            state["last"] = f" val {accuracy:.3f}"
        curves.add(epoch, values)
        state |= {"loss": 0.0, "right": 0.0, "seen": 0}
        self._report(state, epoch - 1)

    def _report(self, state: dict[str, Any], epoch: int) -> None:
        words = f"training: {epoch + 1}/{-(-self._steps // self._steps_per_epoch)}"
        if state["seen"]:
            loss, accuracy = state["loss"] / state["seen"], state["right"] / state["seen"]
            words += f" loss {loss:.3f} acc {accuracy:.3f}"
        self._control.progress(state["step"], self._steps, words + state.get("last", ""))


def _number(*parts: int) -> int:
    """A seed that differs wherever one of the parts does."""
    mixed_bits = 0x9E3779B97F4A7C15
    for part in parts:
        mixed_bits = ((mixed_bits ^ (part + 0x7F4A7C15)) * 0xBF58476D1CE4E5B9 + 0x94D049BB133111EB) % 2**63
    return mixed_bits


def _generator(*parts: int) -> torch.Generator:
    return torch.Generator().manual_seed(_number(*parts))
