"""The store of registered models: one folder each, verified before use. Plain JSON; nothing heavy is imported."""
