"""A convolutional network, trained here: its embedding (`cnn`) and its classes (`cnn-softmax`)."""
