"""What revsearch relies on."""

import pytest
from revsearch_tui.api.testing import check_plugin

import revsearch_raw.plugin

pytest.importorskip("rawpy")


def test_the_plugin_conforms() -> None:
    check_plugin(revsearch_raw.plugin, strict=True)
