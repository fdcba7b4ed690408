"""Inception-V3: its embedding (`inception`) and its classes (`inception-softmax`)."""
