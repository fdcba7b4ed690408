"""`revsearch serve`: the same for other programs, over HTTP or MCP; or the app in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from revsearch_tui.api import UsageError
from revsearch_tui.cli.console import data, note
from revsearch_tui.cli.options import CollectionOption
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.serve.extras import check_extra

serve_app = typer.Typer(add_completion=False, rich_markup_mode=None)


@serve_app.command()
def serve(
    collection: CollectionOption = None,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port to listen at; 0: any that is free.")
    ] = 8737,
    host: Annotated[
        str, typer.Option("--host", help="Address of this machine to listen at: a loopback one.")
    ] = "127.0.0.1",
    token_file: Annotated[
        Path | None,
        typer.Option("--token-file", metavar="FILE", help="Take the token from here; default: serve.token_file."),
    ] = None,
    mcp: Annotated[
        bool, typer.Option("--mcp", help="Speak the Model Context Protocol on standard input and output instead.")
    ] = False,
    browser: Annotated[bool, typer.Option("--browser", help="Serve the app itself, for a browser, instead.")] = False,
) -> int:
    """Answer other programs on this machine, over HTTP, until Ctrl-C. Every request needs the token that is printed."""
    if mcp and browser:
        raise UsageError("--mcp and --browser are two servers; start one of them")
    workspace = Workspace()
    if mcp:
        check_extra("serve", "serve --mcp")
        from revsearch_tui.serve.over_mcp import serve_mcp

        serve_mcp(workspace, collection, data())
        return 0
    what, extra = ("serve --browser", "browser") if browser else ("serve", "serve")
    check_extra(extra, what)
    from revsearch_tui.serve.tokens import new_token, token_in

    named = workspace.config.text("serve.token_file")
    file = token_file or (Path(named) if named else None)
    token = token_in(file) if file is not None else new_token()
    if browser:
        from revsearch_tui.serve.in_browser import serve_in_browser

        serve_in_browser(workspace, collection, host, port, token, note)
        return 0
    from revsearch_tui.serve.over_http import serve_http

    note(f"token: {token}" if file is None else f"token: the first line of {file}")
    serve_http(workspace, collection, host, port, token, note)
    return 0
