"""EfficientNet-Lite0 trained on ImageNet: its embedding (`efficientnet`), its classes (`efficientnet-softmax`), and what
copies of a picture have in common in it (`copies`)."""
