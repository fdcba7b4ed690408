"""What the plugin offers. It is imported whenever plugins are listed, so it imports nothing heavy."""

from revsearch_tui.api import RegionInfo, hookimpl


@hookimpl
def revsearch_region_providers() -> list[RegionInfo]:
    return [
        RegionInfo(
            name="revsearch-faces",
            title="Revsearch faces",
            summary="What is left of a picture without its plain borders.",
            factory="revsearch_faces.region:make",
            requires=("numpy",),
        )
    ]
