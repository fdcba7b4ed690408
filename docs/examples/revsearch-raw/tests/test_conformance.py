"""What revsearch relies on."""

from revsearch_tui.api.testing import check_plugin

import revsearch_raw.plugin


def test_the_plugin_conforms() -> None:
    check_plugin(revsearch_raw.plugin, strict=True)
