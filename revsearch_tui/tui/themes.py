"""The app's own colours. Any other Textual theme can be named in the configuration."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="revsearch",
    primary="#7aa2f7",
    secondary="#bb9af7",
    accent="#e0af68",
    success="#9ece6a",
    warning="#e0af68",
    error="#f7768e",
    foreground="#c8d0e8",
    background="#14161f",
    surface="#1a1d29",
    panel="#242838",
    dark=True,
    variables={
        "border": "#3b4261",
        "border-blurred": "#2f3549",
        "input-selection-background": "#7aa2f7 35%",
        "block-cursor-background": "#7aa2f7",
        "block-cursor-foreground": "#14161f",
        "block-cursor-text-style": "bold",
        "footer-key-foreground": "#e0af68",
    },
)

LIGHT = Theme(
    name="revsearch-light",
    primary="#2e5cb8",
    secondary="#7a4fb5",
    accent="#9a5b00",
    success="#3f7d20",
    warning="#9a5b00",
    error="#b3263f",
    foreground="#2a3046",
    background="#f4f5f9",
    surface="#ffffff",
    panel="#e6e9f2",
    dark=False,
    variables={"border": "#a8b0c8", "border-blurred": "#c9cfdf"},
)
