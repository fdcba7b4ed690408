"""The app: screens and widgets over the core. Nothing in here does the work of searching or indexing itself."""
