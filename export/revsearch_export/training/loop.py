"""The training loop. Killed at any moment and started again, it ends with the same weights as an undisturbed run.

That holds because nothing random is carried along: every step draws from a generator seeded by the recipe's seed and
the step's number, and a checkpoint holds all the rest. It wants a processor, and the same number of threads; on a GPU
sums come out a little differently every time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from revsearch_export.training.arrays import Parts
from revsearch_export.training.assess import Scaler, Teacher, distance_to_teacher, loss_and_accuracy, run_over
from revsearch_export.training.augment import augmented, mirror_mask, mixed
from revsearch_export.training.checkpoint import Curves, load_checkpoint, save_checkpoint
from revsearch_export.training.device import Tally, choose_device, keep_memory, near, uses_bf16
from revsearch_export.training.optimisers import make_optimisers, rate_share, set_rate
from revsearch_export.training.recipe import Recipe
from revsearch_tui.api import Cancelled, ModelError

if TYPE_CHECKING:
    from revsearch_export.networks.layers import Network
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
    """One network being trained on one set of pictures, by their labels or by a teacher, who is only fetched where
    there are steps left."""

    def __init__(
        self,
        network: Network,
        parts: Parts,
        recipe: Recipe,
        run: Path,
        control: Control,
        teacher: Callable[[], Teacher] | None = None,
    ) -> None:
        keep_memory()
        self._device = choose_device(recipe.device)
        self._bf16 = uses_bf16(recipe.precision, self._device)
        torch.backends.cudnn.benchmark = self._device.type == "cuda"  # every batch has the same shape
        self._network, self._parts, self._recipe, self._run, self._control = network, parts, recipe, run, control
        self._module = cast("nn.Module", network)
        self._module.to(self._device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._find_teacher = teacher
        self._teacher: Teacher | None = None
        self._pictures = near(parts.train.pictures, self._device)
        self._scale = Scaler(parts.mean, parts.std, self._device)
        self._tally = Tally(self._device)
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
        state |= {"best": None, "stopped": False, "device": "", "precision": ""}
        if file.exists():
            state |= load_checkpoint(file, self._module, optimisers)
        if state["step"] < self._steps and self._find_teacher is not None:
            self._teacher = self._find_teacher().moved(self._device)
        if state["step"] < self._steps or not state["device"]:
            state |= {"device": self._device.type, "precision": "bf16" if self._bf16 else "fp32"}
        curves = Curves(self._run, state["step"] // self._steps_per_epoch)
        clock, saved = time.monotonic(), time.monotonic()

        def save() -> None:
            nonlocal clock, saved
            self._count(state)
            now = time.monotonic()
            state["seconds"] += now - clock
            clock = saved = now
            save_checkpoint(file, self._module, optimisers, state)

        try:
            while state["step"] < self._steps and not state["stopped"]:
                self._step(optimisers, state)
                if state["step"] % self._steps_per_epoch == 0 or state["step"] == self._steps:
                    self._finish_epoch(curves, state, time.monotonic() - clock)
                if time.monotonic() - saved > self._recipe.checkpoint_s:
                    save()
                self._control.check()
        except Cancelled:
            save()
            raise
        finally:
            curves.close()
        save()
        epochs = -(-state["step"] // self._steps_per_epoch)
        return Outcome(epochs, state["step"], state["seconds"], state["stopped"], state["device"], state["precision"])

    def _step(self, optimisers: list[torch.optim.Optimizer], state: dict[str, Any]) -> None:
        recipe, step = self._recipe, state["step"]
        epoch, position = divmod(step, self._steps_per_epoch)
        order = torch.randperm(len(self._parts.train), generator=_generator(recipe.seed, 1, epoch))
        chosen = order[position * self._batch : (position + 1) * self._batch]
        pictures = self._pictures[chosen.to(self._pictures.device, non_blocking=True)]
        generator = _generator(recipe.seed, 2, step)
        torch.manual_seed(_number(recipe.seed, 3, step))
        labels = self._parts.train.labels[chosen].to(self._device, non_blocking=True)
        mirrored = mirror_mask(chosen, epoch, recipe.augmentation.mirror, recipe.seed, generator)
        inputs = self._scale(augmented(pictures, mirrored, recipe.augmentation, generator))
        others, share = labels, 1.0
        if recipe.augmentation.mixup or recipe.augmentation.cutmix:
            inputs, order, share = mixed(inputs, recipe.augmentation, generator)
            others = labels[order.to(self._device, non_blocking=True)]
        self._module.train()
        set_rate(optimisers, rate_share(step, self._steps, recipe))
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._bf16):
            logits, auxiliary = self._logits(inputs, labels)
            loss = self._loss(inputs, labels, others, share)
            value = loss(logits) if auxiliary is None else loss(logits) + recipe.auxiliary * loss(auxiliary)
        value.backward()  # type: ignore[no-untyped-call]
        for optimiser in optimisers:
            optimiser.step()
            optimiser.zero_grad()
        shown = labels if share >= 0.5 else others  # what most of each mixed picture is of
        self._tally.add(value.detach(), logits.detach().argmax(1) == shown)
        state["step"] = step + 1
        if self._tally.due():
            self._count(state)
        self._report(state, epoch)

    def _count(self, state: dict[str, Any]) -> None:
        """Bring what the steps added up from the device to the state."""
        loss, right, seen = self._tally.take()
        if loss != loss:
            raise ModelError(
                f"the training diverged at step {state['step']} (the loss is not a number): use a lower rate, as in "
                f"-O lr={self._recipe.lr / 4:g}"
            )
        state["loss"] += loss
        state["right"] += right
        state["seen"] += seen

    def _logits(self, inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor | None]:
        auxiliary = None
        if hasattr(self._network, "features_and_auxiliary"):
            vectors, auxiliary = self._network.features_and_auxiliary(inputs)
        else:
            vectors = self._network.features(inputs)
        with_margin = getattr(self._network.classifier, "with_margin", None)
        if with_margin and self._teacher is None:  # a teacher's scores know of no margin
            return with_margin(vectors, labels), auxiliary
        return self._network.classifier(vectors), auxiliary

    def _loss(self, inputs: Tensor, labels: Tensor, others: Tensor, share: float) -> Callable[[Tensor], Tensor]:
        """What logits for these pictures lose: against what the teacher sees in them, or else against the labels of
        which `share` and the rest of each picture is."""
        if self._teacher is not None:
            wanted = self._teacher.scores(inputs, self._parts.mean, self._parts.std)
            return lambda logits: distance_to_teacher(logits, wanted)

        def against(logits: Tensor, answers: Tensor) -> Tensor:
            return functional.cross_entropy(logits.float(), answers, label_smoothing=self._recipe.smoothing)

        if share == 1:
            return lambda logits: against(logits, labels)
        return lambda logits: share * against(logits, labels) + (1 - share) * against(logits, others)

    def _finish_epoch(self, curves: Curves, state: dict[str, Any], seconds: float) -> None:
        self._count(state)
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
