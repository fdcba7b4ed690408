"""Bring your own encoder: any ONNX image model becomes a similarity method."""
