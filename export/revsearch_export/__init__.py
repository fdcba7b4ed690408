"""Making the trained artefacts that ship: run on a developer's machine, never by the program."""
