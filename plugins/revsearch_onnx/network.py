"""A trained network: pictures in; embeddings and probabilities of classes out, from one forward pass.

Every ONNX file of such a network has one input `pictures`, float32 (batch, 3, side, side) with RGB values of 0..255,
and two float32 outputs: `embedding` (batch, dim), of length 1, and `probabilities` (batch, classes), calibrated.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np

from revsearch_onnx.network_settings import NetworkSettings, read_network_settings
from revsearch_onnx.pictures import prepare
from revsearch_onnx.session import cores, cuda_state, open_session, runs_on_cuda
from revsearch_tui.api import ModelError

if TYPE_CHECKING:
    from revsearch_tui.api import ModelFile
    from revsearch_tui.api.types import FloatArray, Picture

INPUT = "pictures"
OUTPUTS = ("embedding", "probabilities")
_LARGE_SIDE = 128
_BATCH = 32
"""Pictures to one call of the model. A network at 32 pixels took 1.9 ms a picture by 8 and 1.7 by 32. Small batches
also mean more waits for Python's own lock."""
_LARGE_A_CORE, _MOST_LARGE_ON_CPU = 2, 16
"""On a CPU the maps of large pictures fall out of its caches, of which each core has its own, in large batches: on two
cores EfficientNet-Lite0 at 256 pixels in 8 bits took 3.6 ms of a processor a picture by 4, 4.4 by 8 and 4.6 by 16,
which also took 180 MB more; MobileNetV2 at 224 in float32 4.8, 4.9 and 6.2; Inception-V3 as long either way."""
Device: TypeAlias = Literal["cpu", "cuda"]

_shares: dict[tuple[str, Device], _Share] = {}
_lock = threading.Lock()


def choose_device(device: str) -> Device:
    """`auto` is the GPU where one works. Costs a moment the first time, where there is one."""
    if device == "auto":
        return "cuda" if cuda_state() != "none" else "cpu"
    return "cuda" if device == "cuda" else "cpu"


class _Outputs(NamedTuple):
    """What the network made of one picture."""

    picture: weakref.ref[Picture]
    embedding: FloatArray
    probabilities: FloatArray


class TrainedNetwork:
    """An open session. Thread-safe.

    The outputs for the pictures of the last call are kept for as long as these very arrays live: two methods over one
    network that are given the same batch, one after the other, run it once.
    """

    def __init__(self, model: ModelFile, device: Device) -> None:
        """Open the file that suits the device and hold it against the manifest.

        Raises ModelError where manifest or file are unusable, MethodUnavailableError where `cuda` does not work.
        """
        self.name = model.name
        self.settings: NetworkSettings = read_network_settings(model)
        self.device: Device = device
        self._session = open_session(self.settings.files[device], device)
        self._lock = threading.Lock()
        self._kept: dict[int, _Outputs] = {}
        _check_input(self._session, self.settings, self.name)
        _check_outputs(self._session, self.settings, self.name)

    @property
    def is_on_gpu(self) -> bool:
        """Whether the session really runs on a GPU."""
        return runs_on_cuda(self._session)

    @property
    def best_batch(self) -> int:
        """How many pictures to one call of the model are fastest."""
        large = self.device == "cpu" and self.settings.side >= _LARGE_SIDE
        return min(_LARGE_A_CORE * cores(), _MOST_LARGE_ON_CPU) if large else _BATCH

    def run(self, pictures: Sequence[Picture], batch: int = 0) -> tuple[FloatArray, FloatArray]:
        """(n, dim) embeddings and (n, classes) probabilities, float32, at most `batch` pictures to a call of the model;
        with 0, as many as are fastest.

        Raises ModelError where the model fails or gives something else than finite numbers of these shapes.
        """
        settings, batch = self.settings, batch or self.best_batch
        with self._lock:
            rows = {id(each): kept for each in pictures if (kept := self._known(each)) is not None}
            new = [each for each in pictures if id(each) not in rows]
            for start in range(0, len(new), batch):
                part = new[start : start + batch]
                made = self.forward([prepare(each, settings.side, settings.resize, settings.crop) for each in part])
                for each, embedding, probability in zip(part, *made, strict=True):
                    rows[id(each)] = _Outputs(weakref.ref(each), embedding, probability)
            self._kept = rows
            embeddings = np.empty((len(pictures), settings.dim), np.float32)
            probabilities = np.empty((len(pictures), len(settings.classes)), np.float32)
            for row, each in enumerate(pictures):
                embeddings[row], probabilities[row] = rows[id(each)].embedding, rows[id(each)].probabilities
            return embeddings, probabilities

    def _known(self, picture: Picture) -> _Outputs | None:
        kept = self._kept.get(id(picture))
        # Another array may have come to the place in memory, and so to the id, of one that is gone.
        return kept if kept is not None and kept.picture() is picture else None

    def forward(self, prepared: Sequence[Picture]) -> tuple[FloatArray, FloatArray]:
        """One call of the model with pictures of side x side, as `prepare` makes them. Raises as `run` does."""
        side = self.settings.side
        tensor = np.empty((len(prepared), 3, side, side), np.float32)
        for target, pixels in zip(tensor, prepared, strict=True):
            target[:] = pixels.transpose(2, 0, 1)
        try:
            embeddings, probabilities = map(np.asarray, self._session.run(list(OUTPUTS), {INPUT: tensor}))
        except Exception as error:  # onnxruntime's exceptions have no common base
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:240]
            raise ModelError(f"the model '{self.name}' failed on {len(prepared)} pictures: {reason}") from error
        for name, found, width in zip(
            OUTPUTS, (embeddings, probabilities), (self.settings.dim, len(self.settings.classes)), strict=True
        ):
            if found.shape != (len(prepared), width):
                raise ModelError(
                    f"the output '{name}' of the model '{self.name}' is {found.shape}, not {(len(prepared), width)} as "
                    "its manifest says: train it, or add it, again"
                )
            if not np.isfinite(found).all():
                raise ModelError(f"the output '{name}' of the model '{self.name}' holds NaN or infinity")
        # Half precision leaves sums a little off 1.
        with np.errstate(over="ignore"):
            total = np.maximum(probabilities.sum(axis=1, keepdims=True, dtype=np.float32), np.float32(1e-12))
        if not np.isfinite(total).all():
            raise ModelError(f"the output '{OUTPUTS[1]}' of the model '{self.name}' holds no probabilities")
        return embeddings.astype(np.float32, copy=False), (probabilities / total).astype(np.float32, copy=False)


def open_network(model: ModelFile, device: str) -> TrainedNetwork:
    """The network on the device that is asked for; with `auto`, on the CPU where the GPU cannot run this one."""
    network = TrainedNetwork(model, choose_device(device))
    if device == "auto" and network.device == "cuda" and not network.is_on_gpu:
        return TrainedNetwork(model, "cpu")
    return network


def _check_input(session: Any, settings: NetworkSettings, model: str) -> None:
    inputs = session.get_inputs()
    if [entry.name for entry in inputs] != [INPUT]:
        names = ", ".join(entry.name for entry in inputs) or "none"
        raise ModelError(f"the model '{model}' must have the one input '{INPUT}', but has: {names}")
    (entry,) = inputs
    if entry.type != "tensor(float)":
        raise ModelError(f"the input '{INPUT}' of the model '{model}' is {entry.type}, not tensor(float)")
    shape = list(entry.shape)
    wanted = [None, 3, settings.side, settings.side]
    fits = len(shape) == 4 and all(
        not isinstance(side, int) or side == told for side, told in zip(shape, wanted, strict=True)
    )
    if not fits:
        raise ModelError(
            f"the input '{INPUT}' of the model '{model}' is {_shape(shape)}, but its manifest says "
            f"{_shape(['batch', *wanted[1:]])}, with a batch of any size"
        )


def _check_outputs(session: Any, settings: NetworkSettings, model: str) -> None:
    found = {entry.name: entry for entry in session.get_outputs()}
    for name, width in zip(OUTPUTS, (settings.dim, len(settings.classes)), strict=True):
        if name not in found:
            raise ModelError(f"the model '{model}' has no output '{name}'; it has: {', '.join(found)}")
        shape = list(found[name].shape)
        if found[name].type != "tensor(float)" or len(shape) != 2 or (isinstance(shape[1], int) and shape[1] != width):
            raise ModelError(
                f"the output '{name}' of the model '{model}' is {found[name].type} of {_shape(shape)}, but its "
                f"manifest says {_shape(['batch', width])}"
            )


def _shape(shape: Sequence[object]) -> str:
    return " x ".join(str(side) for side in shape)


@dataclass(slots=True)
class _Share:
    network: TrainedNetwork
    users: int = 0


def acquire(model: ModelFile, device: str) -> TrainedNetwork:
    """The network of a model, opened when it is not open yet. Each call wants its `release`. Raises as opening does."""
    key = (model.sha256, choose_device(device))
    with _lock:
        share = _shares.get(key)
        if share is None:
            share = _shares[key] = _Share(open_network(model, device))
        share.users += 1
        return share.network


def release(network: TrainedNetwork) -> None:
    """Give back what `acquire` gave; the last one to do so closes the session."""
    with _lock:
        for key, share in list(_shares.items()):
            if share.network is network:
                share.users -= 1
                if share.users == 0:
                    del _shares[key]


def open_networks() -> int:
    """How many networks are open in this process."""
    with _lock:
        return len(_shares)
