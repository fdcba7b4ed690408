"""What revsearch relies on."""

from revsearch_tui.api import ModelFile
from revsearch_tui.api.testing import check_plugin

import revsearch_faces.plugin

NO_FACES = "the kit's pictures show no faces, and what has none is like nothing"


def test_the_plugin_conforms(model: ModelFile) -> None:
    check_plugin(
        revsearch_faces.plugin,
        models={"faces": model},
        expected_failures={"faces.telling": NO_FACES, "faces.light_copy": NO_FACES},
        strict=True,
    )
