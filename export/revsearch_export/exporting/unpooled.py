"""What max-pooling would drop is not computed."""

from __future__ import annotations

from typing import Any


def drop_unpooled(model: Any) -> None:
    """Of a convolution whose output goes to a max-pooling alone, leave out the last rows and columns that no window of
    the pooling reaches, by taking less padding there: 2 x 2 windows reach 14 of 15 rows. What the pooling gives stays
    the same. `model` is an onnx.ModelProto with fixed sides; it is changed in place."""
    import onnx

    graph = onnx.shape_inference.infer_shapes(model).graph
    sides = {
        value.name: [dimension.dim_value for dimension in value.type.tensor_type.shape.dim[2:]]
        for value in graph.value_info
    }
    outputs = {value.name for value in model.graph.output}
    trimmed = set()
    for convolution in model.graph.node:
        if convolution.op_type != "Conv" or convolution.output[0] in outputs:
            continue
        readers = [node for node in model.graph.node if convolution.output[0] in node.input]
        to_pooling = len(readers) == 1 and readers[0].op_type == "MaxPool"
        if to_pooling and _take_less_padding(convolution, readers[0], sides.get(convolution.output[0], [])):
            trimmed.add(convolution.output[0])
    told = [value for value in model.graph.value_info if value.name not in trimmed]
    del model.graph.value_info[:]
    model.graph.value_info.extend(told)


def _take_less_padding(convolution: Any, pooling: Any, sides: list[int]) -> bool:
    """Whether there was less to take."""
    import onnx

    its, pools = _attributes(convolution), _attributes(pooling)
    kernel = pools["kernel_shape"]
    axes = len(kernel)
    ones, pads = [1] * axes, its.get("pads", [0] * 2 * axes)
    plain = (
        len(sides) == axes
        and all(sides)
        and its.get("strides", ones) == ones
        and its.get("auto_pad", b"NOTSET") == pools.get("auto_pad", b"NOTSET") == b"NOTSET"
        and not any(pools.get("pads", []))
        and not pools.get("ceil_mode", 0)
        and pools.get("dilations", ones) == ones
    )
    if not plain:
        return False
    windows = zip(sides, kernel, pools.get("strides", ones), strict=True)
    unreached = [(side - window) % stride for side, window, stride in windows]
    after = [max(0, pad - rows) for pad, rows in zip(pads[axes:], unreached, strict=True)]
    if after == pads[axes:]:
        return False
    kept = [attribute for attribute in convolution.attribute if attribute.name != "pads"]
    del convolution.attribute[:]
    convolution.attribute.extend([*kept, onnx.helper.make_attribute("pads", [*pads[:axes], *after])])
    return True


def _attributes(node: Any) -> dict[str, Any]:
    import onnx

    return {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
