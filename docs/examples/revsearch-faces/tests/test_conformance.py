"""What revsearch relies on."""

from revsearch_tui.api.testing import check_plugin

import revsearch_faces.plugin


def test_the_plugin_conforms() -> None:
    check_plugin(revsearch_faces.plugin, strict=True)
