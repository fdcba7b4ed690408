"""What the plugin offers. It is imported whenever plugins are listed, so it imports nothing heavy."""

from revsearch_tui.api import MethodInfo, OptionSpec, hookimpl


@hookimpl
def revsearch_methods() -> list[MethodInfo]:
    return [
        MethodInfo(
            name="cld",
            title="Colour layout",
            summary="Finds pictures with the same colours in the same places, by the colour layout of MPEG-7.",
            shape="vector",
            metric="l2",
            dim=0,  # the options decide; the loaded method says it
            factory="revsearch_cld.method:ColourLayout",
            options=(
                OptionSpec(
                    "luma", 6, "coefficients of brightness; MPEG-7 knows 1, 3, 6, 10, 15, 21, 28", minimum=1, maximum=64
                ),
                OptionSpec(
                    "chroma", 3, "coefficients of each colour difference; the same numbers", minimum=1, maximum=64
                ),
            ),
            requires=("PIL", "numpy"),
        )
    ]
