"""The method `onnx`: a registered ONNX model makes the vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_onnx.manifest import Layout, Settings, read_settings
from revsearch_onnx.occlusion import occlusion_map
from revsearch_onnx.pictures import fit
from revsearch_onnx.session import open_session
from revsearch_onnx.text import TextModel
from revsearch_tui.api import MethodUnavailableError, ModelError

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.api import Control, HeatMap, ModelFile, Options
    from revsearch_tui.api.types import Embeddings, Picture

_TYPES: Mapping[str, type[np.generic]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(uint8)": np.uint8,
}


@dataclass(frozen=True, slots=True)
class _Input:
    """What the graph takes: `batch` is 0 where any number of pictures goes."""

    name: str
    dtype: type[np.generic]
    layout: Layout
    size: tuple[int, int]
    batch: int


class OnnxEncoder:
    """A vector method over one ONNX file. `embed` gives (n, dim) float32, of length 1 where the manifest wants it.

    The model's manifest is as `revsearch_onnx.manifest` says; where it names a text model, `takes_text` is true.
    Options: `device` (auto, cpu, cuda) and `batch`.
    """

    dim: int = 0
    takes_text: bool = False

    def __init__(self, options: Options, model: ModelFile | None) -> None:
        if model is None:
            raise ModelError("the method 'onnx' needs a model: register one with 'revsearch models add FILE'")
        self._model = model
        self._device = str(options["device"])
        self._batch = int(options["batch"])
        self._session: Any = None
        self._text: TextModel | None = None

    def load(self, control: Control) -> None:
        """Open the session and hold model and manifest against each other. Raises ModelError."""
        control.check()
        manifest = self._model.manifest
        self._settings = read_settings(manifest.get("settings", {}), self._model.name)
        session = open_session(self._path(), self._device)
        self._input = _choose_input(session, self._settings, self._model.name)
        self._output = _choose_output(session, self._settings, self._model.name)
        self._session = session
        alone = self._input.batch == 1 or manifest.get("facts", {}).get("alone") is True
        self._at_once = 1 if alone else self._input.batch or self._batch
        grey = np.full((*self._input.size, 3), 127, dtype=np.uint8)
        self.dim = int(self._run([grey]).shape[1])
        text = self._settings.text
        self._text = None if text is None else TextModel(self._model, text, self._device)
        self.takes_text = text is not None

    def facts(self) -> dict[str, Any]:
        """What is found out once, when the model is registered: `dim`, and `alone` where the vector of a picture
        depends on the others in its batch (dynamic quantisation does that), so that it must go in alone."""
        noise = np.random.default_rng(0).integers(0, 256, (*self._input.size, 3), dtype=np.uint8)
        calm = np.full_like(noise, 40)
        calm[: calm.shape[0] // 2] = 200
        apart = np.concatenate([self._run([noise]), self._run([calm])])
        self._require_finite(apart)
        moved = 0.0
        if self._input.batch == 0:
            together = self._run([noise, calm])
            self._require_finite(together)
            largest = max(float(np.abs(apart).max()), 1e-12)
            moved = float(np.abs(together / largest - apart / largest).max())  # the difference itself may overflow
        facts = {"dim": self.dim, "alone": moved > 1e-3}
        if self._text is not None:
            self.embed_text(["a dog on a beach", ""])
            facts["takes_text"] = True
        return facts

    def embed(self, pictures: Sequence[Picture]) -> Embeddings:
        """(n, dim) float32. Raises ModelError where the model fails or gives NaN or infinity."""
        if self._session is None:
            raise MethodUnavailableError("the method 'onnx' is not loaded")
        vectors = np.empty((len(pictures), self.dim), dtype=np.float32)
        for start in range(0, len(pictures), self._at_once):
            batch = pictures[start : start + self._at_once]
            vectors[start : start + len(batch)] = self._run(batch)
        self._require_finite(vectors)
        return self._normalised(vectors)

    def embed_text(self, texts: Sequence[str]) -> Embeddings:
        """(n, dim) float32 as those of pictures; zeros for a text without any token. Raises ModelError, also where the
        text model gives vectors of another length."""
        rows = np.zeros((len(texts), self.dim), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            if self._text is None or not text.strip():
                continue
            vector = self._text.vector(text)
            if len(vector) not in (0, self.dim):
                raise ModelError(
                    f"the text model of '{self._model.name}' gives {len(vector)} numbers, its picture model "
                    f"{self.dim}: they are no pair"
                )
            row[: len(vector)] = vector
        return self._normalised(rows)

    def explain(self, query: Picture, candidate: Picture) -> HeatMap:
        """Where the candidate is like the query, by what covering that place costs. Raises as `embed` does."""
        return occlusion_map(self.embed, query, candidate, max(self._at_once, 8))

    def _normalised(self, vectors: Embeddings) -> Embeddings:
        if self._settings.normalise:
            with np.errstate(over="ignore"):
                lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
            if not np.isfinite(lengths).all():  # the squares are too large
                lengths = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
            vectors /= np.where(lengths > 0, lengths, 1)
        return vectors

    def close(self) -> None:
        """Let the sessions go."""
        self._session = self._text = None

    def _require_finite(self, vectors: Embeddings) -> None:
        finite = np.isfinite(vectors).all(axis=1)
        if not finite.all():
            raise ModelError(
                f"the model '{self._model.name}' gave NaN or infinity for {(~finite).sum()} of {len(vectors)} "
                "pictures: the scaling in its manifest may be wrong"
            )

    def _path(self) -> Path:
        main = self._model.manifest.get("main")
        if not isinstance(main, str) or not main:
            raise ModelError(
                f"the model '{self._model.name}' has no ONNX file: add it with 'revsearch models add FILE'"
            )
        return self._model.folder / main

    @np.errstate(all="ignore")  # what is too large comes out as infinity, which is refused
    def _run(self, pictures: Sequence[Picture]) -> npt.NDArray[np.float32]:
        tensor = self._tensor(pictures)
        try:
            (output,) = self._session.run([self._output], {self._input.name: tensor})
        except Exception as error:  # onnxruntime's exceptions have no common base
            reason = str(error).strip().splitlines()[0][:240]
            raise ModelError(f"the model '{self._model.name}' failed on {len(pictures)} pictures: {reason}") from error
        return self._vectors(np.asarray(output), len(pictures), len(tensor))

    def _tensor(self, pictures: Sequence[Picture]) -> npt.NDArray[Any]:
        """Pictures as the graph's input; a graph with a fixed batch gets the rest filled with zeros."""
        settings, entry = self._settings, self._input
        planar = entry.layout == "NCHW"
        height, width = entry.size
        count = entry.batch or len(pictures)
        tensor = np.zeros((count, 3, height, width) if planar else (count, height, width, 3), dtype=entry.dtype)
        for index, picture in enumerate(pictures):
            pixels = fit(picture, entry.size, settings.resize, settings.resize_to, settings.fill)
            channels = pixels[:, :, ::-1] if settings.bgr else pixels
            target = tensor[index]
            if not planar:
                target = target.transpose(2, 0, 1)
            for channel in range(3):
                if settings.scale is None or settings.shift is None:
                    target[channel] = channels[:, :, channel]
                else:
                    plane = channels[:, :, channel] * np.float32(settings.scale[channel])
                    plane += np.float32(settings.shift[channel])
                    target[channel] = plane
        return tensor

    def _vectors(self, output: npt.NDArray[Any], wanted: int, given: int) -> npt.NDArray[np.float32]:
        """The output as (wanted, dim) float32."""
        name = self._model.name
        if output.dtype.kind != "f":
            raise ModelError(f"the output '{self._output}' of the model '{name}' is {output.dtype}, not a vector")
        long_axes = sum(side > 1 for side in output.shape[1:])
        if output.ndim < 2 or len(output) != given or long_axes > 1:
            raise ModelError(
                f"the output '{self._output}' of the model '{name}' has the shape {output.shape} for {given} pictures, "
                "not one vector a picture: name another with 'output' in its manifest"
            )
        return output[:wanted].reshape(wanted, -1).astype(np.float32, copy=False)


def _choose_input(session: Any, settings: Settings, model: str) -> _Input:
    inputs = {entry.name: entry for entry in session.get_inputs()}
    name = settings.input or next(iter(inputs), "")
    if name not in inputs:
        raise ModelError(f"the model '{model}' has no input '{name}'; it has: {', '.join(inputs) or 'none'}")
    if len(inputs) > 1:
        raise ModelError(f"the model '{model}' takes {len(inputs)} inputs ({', '.join(inputs)}), not a picture alone")
    entry = inputs[name]
    dtype = _TYPES.get(entry.type)
    if dtype is None:
        raise ModelError(f"the input '{name}' of the model '{model}' is {entry.type}, not float, float16 or uint8")
    if dtype is np.uint8 and settings.scale is not None:
        raise ModelError(f"the model '{model}' takes uint8: its manifest cannot scale pixels with range, mean or std")
    if dtype is not np.uint8 and settings.scale is None:
        raise ModelError(
            f"the model '{model}' needs a manifest that tells how pixels are scaled: a .json or .toml beside the file, "
            'with "range": [-1, 1] for example, or with "mean" and "std"'
        )
    shape = list(entry.shape)
    layout = settings.layout or ("NHWC" if len(shape) == 4 and shape[3] == 3 and shape[1] != 3 else "NCHW")
    channels, sides = (shape[1:2], shape[2:4]) if layout == "NCHW" else (shape[3:4], shape[1:3])
    if len(shape) != 4 or (isinstance(channels[0], int) and channels[0] != 3):
        raise ModelError(
            f"the input '{name}' of the model '{model}' is {shape}, not a batch of colour pictures ({layout})"
        )
    return _Input(name, dtype, layout, _input_size(sides, settings, model), shape[0] if _fixed(shape[0]) else 0)


def _input_size(sides: Sequence[Any], settings: Settings, model: str) -> tuple[int, int]:
    if settings.size is None:
        if not all(_fixed(side) for side in sides):
            raise ModelError(f"the model '{model}' takes pictures of any size: tell one with 'size' in its manifest")
        size = (int(sides[0]), int(sides[1]))
    else:
        size = settings.size
        if any(_fixed(side) and side != told for side, told in zip(sides, size, strict=True)):
            raise ModelError(
                f"the model '{model}' takes pictures of {sides[0]} x {sides[1]} (height x width), but its manifest "
                f"says {size[0]} x {size[1]}"
            )
    if settings.resize_to is not None and settings.resize_to < max(size):
        raise ModelError(
            f"the manifest of the model '{model}': 'resize_to' is {settings.resize_to}, "
            f"less than the crop of {max(size)}"
        )
    return size


def _choose_output(session: Any, settings: Settings, model: str) -> str:
    names = [output.name for output in session.get_outputs()]
    if settings.output is not None:
        if settings.output not in names:
            raise ModelError(f"the model '{model}' has no output '{settings.output}'; it has: {', '.join(names)}")
        return settings.output
    if len(names) > 1 and "embedding" not in names:
        raise ModelError(
            f"the model '{model}' has {len(names)} outputs ({', '.join(names)}): "
            "say with 'output' in its manifest which is the vector"
        )
    return "embedding" if "embedding" in names else names[0]


def _fixed(side: object) -> bool:
    return isinstance(side, int) and side > 0
