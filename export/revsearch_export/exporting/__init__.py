"""From a trained network in torch to the files that search runs: float32, int8 and float16 ONNX."""
