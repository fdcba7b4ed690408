"""The manifest of an ONNX encoder: how pictures become the model's input, and which output is the vector.

Written by the user as JSON or TOML beside the model file, with the same stem. Example, in TOML:

    size = 224                      # side, or [height, width]; may be left out where the model has a fixed size
    mean = [0.485, 0.456, 0.406]    # with std: (value - mean) / std, one number or one per channel as the model
    std = [0.229, 0.224, 0.225]     #   takes them; of values in 0..1, or in 0..255 where a number is above 1
    output = "embedding"            # needed where the model has several outputs and none is called so

| key         | values                         | default                                                        |
|-------------|--------------------------------|----------------------------------------------------------------|
| `size`      | side or `[height, width]`      | the model's own                                                |
| `range`     | `[low, high]`                  | instead of mean and std: what 0 and 255 become                 |
| `mean`, `std` | number or three numbers      | mean 0, std 1 where only the other is given                    |
| `units`     | `1` or `255`                   | top of the value range that mean and std speak of; see above   |
| `resize`    | `crop`, `stretch`, `letterbox` | `crop`: shorter side first, then the centre                    |
| `resize_to` | pixels                         | for `crop`: the shorter side before the crop; the crop's own   |
| `fill`      | 0..255                         | for `letterbox`: grey value of the bars; 0                     |
| `layout`    | `NCHW`, `NHWC`                 | the model's own                                                |
| `channels`  | `RGB`, `BGR`                   | `RGB`                                                          |
| `input`     | name                           | the model's only input                                         |
| `output`    | name                           | the model's only output, or the one called `embedding`         |
| `metric`    | `cosine`                       | `cosine`                                                       |
| `normalise` | true or false                  | true: vectors have length 1                                    |
| `text_model`  | file beside the model        | none: pictures are found by pictures only                      |
| `tokenizer` | file beside the model          | goes with `text_model`: a `tokenizer.json` of tokenizers       |
| `text_length` | tokens                       | the text model's own, or the tokenizer's, or 77                |
| `text_output` | name                         | the text model's only output, or `text_embeds` or `embedding`  |
| `text_prompt` | text with `{}`               | `{}`: what is put around a query, such as "a photo of {}"      |

`range` or `mean` and `std` must be there, unless the model takes uint8. For the reader only, and not used: `name`,
`title`, `description`, `licence`, `source`. `sha256` is compared with the file when it is added, `text_model_sha256`
and `tokenizer_sha256` with those.

A descriptive manifest, where `input` is an object, is read as well: `input.name`, `layout`, `channels`, `mean`, `std`,
`range`, `shape` and the words of `input.preprocessing` ("shorter side to 256", "centre crop", "letterbox",
"stretch"); of `outputs` the one named `embedding`, or the only one. What else it says is not used.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from revsearch_tui.api import ModelError

Resize = Literal["crop", "stretch", "letterbox"]
Layout = Literal["NCHW", "NHWC"]

_KEYS = (
    *("size", "range", "mean", "std", "units", "resize", "resize_to", "fill", "layout", "channels"),
    *("input", "output", "metric", "normalise"),
    *("text_model", "tokenizer", "text_length", "text_output", "text_prompt"),
    *("name", "title", "description", "licence", "source", "sha256", "text_model_sha256", "tokenizer_sha256"),
)
_TEXT_KEYS = ("tokenizer", "text_length", "text_output", "text_prompt")
_LONGEST_TEXT = 4096
_LARGEST_SIDE = 4096


@dataclass(frozen=True, slots=True)
class TextSettings:
    """What a manifest says of its text model: names of files in the model's folder, and None where the files decide."""

    model: str
    tokenizer: str
    length: int | None
    output: str | None
    prompt: str


@dataclass(frozen=True, slots=True)
class Settings:
    """A manifest, checked. `size` is (height, width). A pixel value v in 0..255 becomes v * scale + shift, per channel
    in the model's order; both None where the manifest tells no scaling. None elsewhere: as the model has it."""

    size: tuple[int, int] | None = None
    resize: Resize = "crop"
    resize_to: int | None = None
    fill: int = 0
    layout: Layout | None = None
    bgr: bool = False
    scale: tuple[float, float, float] | None = None
    shift: tuple[float, float, float] | None = None
    input: str | None = None
    output: str | None = None
    normalise: bool = True
    text: TextSettings | None = None


def read_settings(raw: Mapping[str, Any], model: str) -> Settings:
    """The settings in a manifest. Raises ModelError, naming the model, the key and what it takes."""
    try:
        plain = _from_description(raw) if isinstance(raw.get("input"), Mapping) else raw
        return _read(plain)
    except ValueError as error:
        raise ModelError(f"the manifest of the model '{model}': {error}") from None


def _read(raw: Mapping[str, Any]) -> Settings:
    for key in raw:
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, n=1)
            raise ValueError(f"there is no key '{key}'" + (f"; is '{near[0]}' meant?" if near else ""))
    _choice(raw, "metric", ("cosine",))
    resize = cast("Resize", _choice(raw, "resize", ("crop", "stretch", "letterbox")) or "crop")
    size = _size(raw.get("size"))
    resize_to = _whole(raw, "resize_to", 1, _LARGEST_SIDE)
    if resize_to is not None and resize != "crop":
        raise ValueError(f"'resize_to' belongs to resize = 'crop', not to '{resize}'")
    if resize_to is not None and size is not None and resize_to < max(size):
        raise ValueError(f"'resize_to' is {resize_to}, less than the crop of {max(size)}")
    scale, shift = _scaling(raw)
    normalise = raw.get("normalise", True)
    if not isinstance(normalise, bool):
        raise ValueError(f"'normalise' takes true or false, not {normalise!r}")
    return Settings(
        size=size,
        resize=resize,
        resize_to=resize_to,
        fill=_whole(raw, "fill", 0, 255) or 0,
        layout=cast("Layout | None", _choice(raw, "layout", ("NCHW", "NHWC"))),
        bgr=_choice(raw, "channels", ("RGB", "BGR")) == "BGR",
        scale=scale,
        shift=shift,
        input=_name(raw, "input"),
        output=_name(raw, "output"),
        normalise=normalise,
        text=_text(raw),
    )


def _text(raw: Mapping[str, Any]) -> TextSettings | None:
    model, tokenizer = _name(raw, "text_model"), _name(raw, "tokenizer")
    if model is None:
        for key in _TEXT_KEYS:
            if key in raw:
                raise ValueError(f"'{key}' belongs to 'text_model', which is not there")
        return None
    if tokenizer is None:
        raise ValueError("'text_model' needs 'tokenizer' too: the tokenizer.json that the model was trained with")
    prompt = _name(raw, "text_prompt") or "{}"
    if prompt.count("{}") != 1:
        raise ValueError(f"'text_prompt' takes a text that holds {{}} once, not {prompt!r}")
    return TextSettings(
        model, tokenizer, _whole(raw, "text_length", 2, _LONGEST_TEXT), _name(raw, "text_output"), prompt
    )


def _from_description(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The plain manifest that says what a descriptive one says."""
    entry = raw["input"]
    plain: dict[str, Any] = {"input": entry.get("name")}
    plain |= {key: entry[key] for key in ("layout", "channels") if key in entry}
    # Mean and std are exact where a range is often rounded to its ideal.
    scaling = ("mean", "std") if "mean" in entry or "std" in entry else ("range",)
    plain |= {key: entry[key] for key in scaling if key in entry}
    shape = entry.get("shape")
    if isinstance(shape, Sequence) and len(shape) == 4:
        sides = list(shape[1:3] if entry.get("layout") == "NHWC" else shape[2:4])
        if all(isinstance(side, int) for side in sides):
            plain["size"] = sides
    words = str(entry.get("preprocessing", "")).lower()
    if "letterbox" in words or re.search(r"\bpad", words):
        plain["resize"] = "letterbox"
    elif "crop" not in words and re.search(r"stretch|squash|ignoring the aspect", words):
        plain["resize"] = "stretch"
    if found := re.search(r"short\w* (?:side|edge)\D{0,12}(\d{1,4})", words):
        plain.setdefault("resize", "crop")
        plain["resize_to"] = int(found[1])
    outputs = raw.get("outputs")
    if isinstance(outputs, Sequence) and not isinstance(outputs, str):
        names = [output.get("name") for output in outputs if isinstance(output, Mapping)]
        if "embedding" in names or len(names) == 1:
            plain["output"] = "embedding" if "embedding" in names else names[0]
    return {key: value for key, value in plain.items() if value is not None}


Triple = tuple[float, float, float]


def _scaling(raw: Mapping[str, Any]) -> tuple[Triple | None, Triple | None]:
    has_mean = "mean" in raw or "std" in raw
    if "range" in raw and has_mean:
        raise ValueError("give 'range', or 'mean' and 'std', not both")
    if "units" in raw and not has_mean:
        raise ValueError("'units' belongs to 'mean' and 'std'")
    if "range" in raw:
        ends = raw["range"]
        if not isinstance(ends, list) or len(ends) != 2 or not all(_is_number(end) for end in ends):
            raise ValueError(f"'range' takes two numbers, what 0 and 255 become, not {ends!r}")
        low, high = float(ends[0]), float(ends[1])
        if low == high:
            raise ValueError("'range' takes two different numbers")
        return ((high - low) / 255,) * 3, (low,) * 3
    if not has_mean:
        return None, None
    mean, std = _triple(raw, "mean", 0.0), _triple(raw, "std", 1.0)
    if min(std) <= 0:
        raise ValueError("'std' takes numbers above 0")
    units = raw.get("units", 255 if max(map(abs, mean + std)) > 1 else 1)
    if isinstance(units, bool) or units not in (1, 255):
        raise ValueError(f"'units' takes 1 or 255, not {units!r}")
    scale = tuple(1 / (255 / units) / s for s in std)
    shift = tuple(-m / s for m, s in zip(mean, std, strict=True))
    return cast("Triple", scale), cast("Triple", shift)


def _triple(raw: Mapping[str, Any], key: str, default: float) -> Triple:
    value = raw.get(key, default)
    numbers = value if isinstance(value, list) else [value] * 3
    if len(numbers) != 3 or not all(_is_number(number) for number in numbers):
        raise ValueError(f"'{key}' takes a number or three, not {value!r}")
    return cast("Triple", tuple(float(number) for number in numbers))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _size(value: object) -> tuple[int, int] | None:
    if value is None:
        return None
    sides: list[Any] = value if isinstance(value, list) else [value, value]
    if len(sides) != 2 or not all(type(side) is int and 1 <= side <= _LARGEST_SIDE for side in sides):
        raise ValueError(f"'size' takes a side or [height, width] of 1 to {_LARGEST_SIDE} pixels, not {value!r}")
    return sides[0], sides[1]


def _whole(raw: Mapping[str, Any], key: str, low: int, high: int) -> int | None:
    value = raw.get(key)
    if value is not None and (type(value) is not int or not low <= value <= high):
        raise ValueError(f"'{key}' takes a whole number of {low} to {high}, not {value!r}")
    return value


def _choice(raw: Mapping[str, Any], key: str, choices: Sequence[str]) -> str | None:
    value = raw.get(key)
    if value is not None and value not in choices:
        raise ValueError(f"'{key}' takes {' or '.join(choices)}, not {value!r}")
    return value


def _name(raw: Mapping[str, Any], key: str) -> str | None:
    value = raw.get(key)
    if value is not None and (not isinstance(value, str) or not value):
        raise ValueError(f"'{key}' takes a name, not {value!r}")
    return value
