"""All drills, in the order of the page that lists them."""

from __future__ import annotations

from tests.drill import damage, kills, mutations, plugins
from tests.drill.drill import Drill

DRILLS: tuple[Drill, ...] = (kills.DRILL, damage.DRILL, plugins.DRILL, plugins.WITHIN, mutations.DRILL)
