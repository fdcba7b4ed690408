"""EfficientNet-Lite0 trained on ImageNet: its embedding (`efficientnet`) and its classes (`efficientnet-softmax`)."""
