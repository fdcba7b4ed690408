"""The core for other programs: over HTTP, as an MCP server, and the app in a browser."""
