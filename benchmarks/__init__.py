"""Side-by-side measurements against peers: `python -m benchmarks [--quick] [--json FILE] [NAME ...]`."""
