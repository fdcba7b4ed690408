"""The Clusters screen: themes and bursts of a collection, and the pictures of one."""

from revsearch_tui.tui.screens.clusters.clusters_page import ClustersScreen

__all__ = ["ClustersScreen"]
