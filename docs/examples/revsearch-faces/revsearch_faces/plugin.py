"""What the plugin offers. It is imported whenever plugins are listed, so it imports nothing heavy."""

from revsearch_tui.api import MethodInfo, RegionInfo, hookimpl


@hookimpl
def revsearch_region_providers() -> list[RegionInfo]:
    return [
        RegionInfo(
            name="faces",
            title="Faces",
            summary="The faces of a picture, the largest first; needs the detector that FACES_DETECTOR names.",
            factory="revsearch_faces.region:make",
            requires=("cv2", "numpy"),
        )
    ]


@hookimpl
def revsearch_methods() -> list[MethodInfo]:
    return [
        MethodInfo(
            name="faces",
            title="Faces",
            summary="Finds pictures of the same person, by the largest face; needs two files that you bring.",
            shape="vector",
            metric="cosine",
            dim=128,
            factory="revsearch_faces.method:Faces",
            models="required",  # revsearch models add RECOGNIZER.onnx --method faces
            requires=("cv2", "numpy"),
        )
    ]
