"""Check what the configuration says beyond types and bounds: names of methods and keys, the address of a server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from revsearch_tui.api import ConfigError, MethodInfo
from revsearch_tui.core.base.wording import instead
from revsearch_tui.core.config.settings import Config, Value
from revsearch_tui.core.methods.resolving import resolve_spec
from revsearch_tui.core.methods.sets import expanded
from revsearch_tui.core.models.offered import offered_models
from revsearch_tui.core.plugins.registry import Registry
from revsearch_tui.core.storage.collections import CHROMA
from revsearch_tui.core.storage.store.server import server_urls

KEY_NAMES: tuple[str, ...] = (
    "app.help",
    "app.palette",
    "app.plugins",
    "app.accuracy",
    "app.training",
    "app.duplicates",
    "app.clusters",
    "app.judgements",
    "app.jobs",
    "app.collections",
    "app.settings",
    "app.models",
    "app.quit",
    "search.query",
    "search.pick",
    "search.browse",
    "search.paste",
    "search.history",
    "search.save",
    "search.methods",
    "search.collection",
    "search.narrow",
    "search.part",
    "search.columns",
    "search.view",
    "search.back",
    "search.leave",
    "search.clear",
    "search.undo",
    "search.index",
    "search.refresh",
    "search.stop",
    "search.detail",
    "search.do",
    "search.sheet",
    "search.paths",
    "search.unmark",
    "search.quit",
    "results.left",
    "results.down",
    "results.up",
    "results.right",
    "results.page_down",
    "results.page_up",
    "results.first",
    "results.last",
    "results.next_query",
    "results.mark",
    "results.open",
    "results.copy",
    "results.like",
    "results.unlike",
    "results.no_match",
    "results.match",
    "results.explain",
    "input.leave",
    "input.complete",
    "input.next",
    "input.previous",
    "welcome.leave",
    "dialog.close",
    "dialog.down",
    "dialog.up",
    "page.back",
    "page.next_view",
    "page.previous_view",
    "table.left",
    "table.down",
    "table.up",
    "table.right",
    "table.page_down",
    "table.page_up",
    "table.first",
    "table.last",
    "table.choose",
    "table.sort",
    "accuracy.new",
    "accuracy.robustness",
    "accuracy.check",
    "accuracy.delete",
    "check.new",
    "finding.next",
    "finding.previous",
    "record.compare",
    "record.export",
    "record.facts",
    "pictures.look",
    "pictures.open",
    "pictures.copy",
    "answer.next",
    "answer.previous",
    "answer.other",
    "training.new",
    "training.go_on",
    "training.delete",
    "training.detail",
    "training.save",
    "training.detail_down",
    "training.detail_up",
    "runs.mark",
    "runs.unmark",
    "runs.down",
    "runs.up",
    "runs.page_down",
    "runs.page_up",
    "runs.first",
    "runs.last",
    "models.new",
    "models.add",
    "models.get",
    "models.fit",
    "models.remove",
    "models.card_down",
    "models.card_up",
    "plugins.options",
    "plugins.switch",
    "plugins.card_down",
    "plugins.card_up",
    "options.down",
    "options.up",
    "duplicates.cancel",
    "duplicates.apply",
    "duplicates.plan",
    "duplicates.rules",
    "duplicates.undo",
    "duplicates.find",
    "duplicates.unmark",
    "groups.mark",
    "groups.keep",
    "groups.compare",
    "groups.left",
    "groups.right",
    "groups.down",
    "groups.up",
    "groups.page_down",
    "groups.page_up",
    "groups.first",
    "groups.last",
    "groups.open",
    "groups.copy",
    "two.flicker",
    "two.beside",
    "two.difference",
    "two.overlay",
    "two.more",
    "two.less",
    "two.keep",
    "two.mark",
    "two.next",
    "two.previous",
    "two.nearer",
    "two.farther",
    "two.whole",
    "two.left",
    "two.right",
    "two.down",
    "two.up",
    "clusters.cancel",
    "clusters.find",
    "cluster.look",
    "cluster.query",
    "cluster.left",
    "cluster.right",
    "cluster.down",
    "cluster.up",
    "cluster.page_down",
    "cluster.page_up",
    "cluster.first",
    "cluster.last",
    "cluster.open",
    "cluster.copy",
    "judgements.filter",
    "judgements.forget",
    "judgements.undo",
    "jobs.end",
    "collections.index",
    "collections.watch",
    "collections.add",
    "collections.rename",
    "collections.relocate",
    "collections.detail_down",
    "collections.detail_up",
    "collections.delete",
    "settings.next",
    "settings.previous",
    "settings.next_section",
    "settings.previous_section",
    "settings.reset",
    "explain.next",
    "explain.previous",
    "explain.flicker",
    "explain.difference",
    "explain.down",
    "explain.up",
    "part.search",
    "part.propose",
    "part.whole",
    "part.left",
    "part.down",
    "part.up",
    "part.right",
    "part.narrower",
    "part.higher",
    "part.lower",
    "part.wider",
    "part.coarser",
    "part.finer",
    "columns.choose",
    "quit.agree",
    "quit.refuse",
    "form.close",
    "choice.next",
    "choice.previous",
    "choice.change",
    "choice.accept",
    "names.list",
    "methods.apply",
    "methods.toggle",
    "browse.parent",
    "browse.enter",
    "browse.hidden",
    "history.close",
    "history.down",
    "history.up",
    "history.forget",
)


def check_values(config: Config, registry: Registry, models_folder: Path, file: Path) -> None:
    """Raises `ConfigError` that says where the value stands: in `file`, or in a variable."""
    for key, value in config.values.items():
        # A default is nobody's value: its methods may be left out by the variable that restricts plugins.
        if config.origins[key] != "default":
            try:
                check_value(key, value, registry, models_folder)
            except ConfigError as error:
                raise ConfigError(f"{_place(config, key, file)}: {error}") from None
    names = {name for row in registry.rows() for name in (row.plugin, row.name)} if config.plugins else set()
    for name in config.plugins:
        if name not in names and not registry.disabled_plugins():
            raise ConfigError(
                f"{file}: [plugins.{name}] is for nothing that is installed; {instead(name, sorted(names))}"
            )
    for name, keys in config.keys.items():
        if name not in KEY_NAMES:
            raise ConfigError(f"{file}: [keys] names no key binding with '{name}'; {instead(name, KEY_NAMES)}")
        if not keys.strip():
            raise ConfigError(f"{file}: [keys] gives '{name}' no key; name one, or remove the line")


def check_value(key: str, value: Value, registry: Registry, models_folder: Path) -> None:
    """Check one setting, whose type and bounds are right. Raises `ConfigError`."""
    if key == "general.methods" and isinstance(value, list):
        offered = {row.name: row.info for row in registry.methods() if row.state != "shadowed"}
        for spec in expanded(value):
            _check_method(spec, offered, registry, models_folder)
    elif key == "store.name" and value != CHROMA:
        known = [CHROMA, *(row.name for row in registry.rows() if row.kind == "store")]
        if value not in known:
            raise ConfigError(f"'store.name' names no store with '{value}'; {instead(str(value), known)}")
    elif key == "store.chroma_url" and value:
        server_urls(str(value))


def _place(config: Config, key: str, file: Path) -> str:
    origin = config.origins[key]
    return f"the variable {origin}" if origin.startswith("REVSEARCH_") else str(file)


def _check_method(spec: str, offered: Mapping[str, object], registry: Registry, models_folder: Path) -> None:
    """A method, usable or not; `method:model`; or a model by its bare name."""
    name, model = resolve_spec(registry, models_folder, spec)
    if name not in offered:
        if registry.disabled_plugins():
            return  # one of which may offer it
        raise ConfigError(f"'general.methods' names no known method with '{name}'; {instead(name, offered)}")
    info = offered[name]
    if model is None or not isinstance(info, MethodInfo):
        return
    known = [record.name for record in offered_models(models_folder, info)]
    if model not in known:
        raise ConfigError(
            f"'general.methods' names '{spec}', but '{name}' has no model '{model}'; {instead(model, known)}"
        )
