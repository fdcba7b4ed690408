"""The text model beside a picture model: both were trained so that a picture and what is said of it are near (Radford
et al., Learning transferable visual models from natural language supervision, ICML 2021).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_onnx.manifest import TextSettings
from revsearch_onnx.session import open_session
from revsearch_tui.api import MethodUnavailableError, ModelError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from revsearch_tui.api import ModelFile

_TYPES: Mapping[str, type[np.generic]] = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}
_USUAL_LENGTH = 77
_OUTPUTS = ("text_embeds", "embedding")


class TextModel:
    """An open session with its tokenizer. `vector` gives (dim,) float32, not yet of length 1.

    Its inputs are token ids (N, L) and, where there are more, a mask with `mask` in its name, and types of tokens, all
    zeros, with `type` in theirs. Texts go in one by one. They are filled up to L where that is fixed or the manifest
    tells it; of longer ones the beginning counts.
    """

    def __init__(self, model: ModelFile, settings: TextSettings, device: str) -> None:
        """Raises ModelError where a file is unusable, or is not among those whose checksums are verified."""
        self._name, self._settings = model.name, settings
        self._session = open_session(_stored(model, settings.model), device)
        self._types: dict[str, type[np.generic]] = {}
        sides: list[Any] = []
        for entry in self._session.get_inputs():
            dtype = _TYPES.get(entry.type)
            if dtype is None or len(entry.shape) != 2:
                raise ModelError(
                    f"the input '{entry.name}' of the text model of '{model.name}' is {entry.type} of {entry.shape}, "
                    "not a batch of rows of whole numbers"
                )
            self._types[entry.name] = dtype
            sides.append(entry.shape[1])
        if len(self._ids) != 1:
            raise ModelError(
                f"the text model of '{model.name}' takes {', '.join(self._types) or 'nothing'}: of these one must be "
                "the token ids, others a mask or types of tokens"
            )
        self._output = self._choose_output()
        fixed = next((int(side) for side in sides if isinstance(side, int) and side > 0), None)
        self._load_tokenizer(_stored(model, settings.tokenizer), fixed)

    def vector(self, text: str) -> npt.NDArray[np.float32]:
        """Raises ModelError where the model fails, or gives anything else than one finite vector."""
        try:
            encoded = self._tokenizer.encode(self._settings.prompt.replace("{}", text))
            tokens = {"ids": list(encoded.ids), "mask": list(encoded.attention_mask)}
        except Exception as error:  # the library's exceptions have no common base
            raise ModelError(f"the tokenizer of the model '{self._name}' failed on a text: {_reason(error)}") from error
        if not tokens["ids"]:
            return np.zeros(0, np.float32)
        tokens["type"] = [0] * len(tokens["ids"])
        feed = {name: np.array([tokens[_role(name)]], dtype) for name, dtype in self._types.items()}
        try:
            with np.errstate(all="ignore"):
                (output,) = self._session.run([self._output], feed)
        except Exception as error:  # onnxruntime's neither
            raise ModelError(f"the text model of '{self._name}' failed on a text: {_reason(error)}") from error
        found = np.asarray(output)
        if found.dtype.kind != "f" or found.ndim != 2 or len(found) != 1:
            raise ModelError(
                f"the output '{self._output}' of the text model of '{self._name}' is {found.dtype} of the shape "
                f"{found.shape} for one text, not one vector: name another with 'text_output' in its manifest"
            )
        row: npt.NDArray[np.float32] = found[0].astype(np.float32)
        if not np.isfinite(row).all():
            raise ModelError(f"the text model of '{self._name}' gave NaN or infinity for a text")
        return row

    @property
    def _ids(self) -> list[str]:
        return [name for name in self._types if _role(name) == "ids"]

    def _choose_output(self) -> str:
        names = [output.name for output in self._session.get_outputs()]
        wanted = self._settings.output
        chosen = wanted if wanted in names else None
        if wanted is None:
            chosen = next((name for name in _OUTPUTS if name in names), names[0] if len(names) == 1 else None)
        if chosen is None:
            raise ModelError(
                f"the text model of '{self._name}' has the outputs {', '.join(names)}: say with 'text_output' in its "
                "manifest which is the vector"
            )
        return chosen

    def _load_tokenizer(self, file: Path, fixed: int | None) -> None:
        try:
            from tokenizers import Tokenizer
        except Exception as error:
            raise MethodUnavailableError(f"the library tokenizers cannot be imported: {_reason(error)}") from error
        try:
            self._tokenizer: Any = Tokenizer.from_file(str(file))
            padding, truncation = self._tokenizer.padding, self._tokenizer.truncation
            length = self._settings.length or fixed or (truncation or {}).get("max_length") or _USUAL_LENGTH
            if fixed not in (None, length):
                raise ModelError(
                    f"the text model of '{self._name}' takes {fixed} tokens, not the {length} of its manifest"
                )
            self._tokenizer.enable_truncation(length)
            if fixed or self._settings.length:
                known = {key: padding[key] for key in ("pad_id", "pad_token") if key in padding} if padding else {}
                self._tokenizer.enable_padding(length=length, **known)
            else:
                self._tokenizer.no_padding()
        except ModelError:
            raise
        except Exception as error:
            raise ModelError(f"{file} is not a tokenizer.json, or it is damaged: {_reason(error)}") from error


def _role(name: str) -> str:
    lower = name.lower()
    return "mask" if "mask" in lower else "type" if "type" in lower else "ids"


def _stored(model: ModelFile, name: str) -> Path:
    if name not in {part["name"] for part in model.manifest.get("files", ())}:
        raise ModelError(
            f"the model '{model.name}' lacks its file '{name}': add the model again, with that file beside it"
        )
    return model.folder / name


def _reason(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:240]
