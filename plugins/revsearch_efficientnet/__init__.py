"""EfficientNet-Lite0 trained on ImageNet: its embedding, its classes, and what copies have in common in it."""
