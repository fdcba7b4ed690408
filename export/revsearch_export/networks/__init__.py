"""Networks in torch. Each gives an embedding and class scores, for any input size and any number of classes."""
