"""Training of networks: data in memory, one loop, checkpoints that resume exactly, curves."""
