"""The command line: headless commands over core, and the only writer of stdout, stderr and exit codes."""
