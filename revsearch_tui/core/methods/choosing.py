"""From the methods a user names, or none, to those that will run, with options from configuration and collection."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias, TypeVar

from revsearch_tui.api import MethodUnavailableError, UsageError
from revsearch_tui.core.methods.resolving import (
    REGION,
    MethodChoice,
    choose_method,
    complete_options,
    limits_of,
    resolve_spec,
    takes_region,
)
from revsearch_tui.core.methods.sets import expanded
from revsearch_tui.core.plugins.isolation import Isolation
from revsearch_tui.core.plugins.registry import Registry
from revsearch_tui.core.storage.catalog.key_tables import KeyRow

Given: TypeAlias = Mapping[str, object]
"""Options as the user gave them: `name` is for every method, `method.name` for that method alone."""


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Chooser:
    """`configured` holds the configuration's options by method, or by `method:model`; `isolation` what runs in
    processes of its own."""

    registry: Registry
    models_folder: Path
    configured: Mapping[str, Mapping[str, object]]
    isolation: Isolation = field(default_factory=Isolation)

    def named(self, specs: Sequence[str], model: str | None, given: Given) -> list[MethodChoice]:
        """The methods of these names. Raises `MethodUnavailableError`, `UsageError`."""
        choices = [self._choose(spec, self._options(spec, given), model) for spec in expanded(specs)]
        _check_owners(given, choices)
        return choices

    def usable(self, specs: Sequence[str], given: Given, left_out: Callable[[str, str], None]) -> list[MethodChoice]:
        """Those of these names that work; what does not is left out, and told with its label and the reason. Raises as
        `named` does where none works."""

        def choose(spec: str) -> MethodChoice:
            return self._choose(spec, self._options(spec, given))

        choices = _working([(spec, spec) for spec in expanded(specs)], choose, left_out)
        _check_owners(given, choices)
        return choices

    def to_search(
        self, specs: Sequence[str], keys: Sequence[KeyRow], model: str | None, given: Given, note: Callable[[str], None]
    ) -> list[MethodChoice]:
        """Methods to search by, with the options that these index keys were made with where none were given.

        None named: one for each label among the keys; one that does not work is left out, with a note. Raises as
        `named` does.
        """
        if specs:
            return [self._as_indexed(choice, keys, given) for choice in self.named(specs, model, given)]

        def choose(key: KeyRow) -> MethodChoice:
            return self._as_indexed(self._choose(key.label, self._options(key.label, given)), keys, given)

        choices = _working(
            list({key.label: key for key in keys}.items()), choose, lambda _label, why: note(f"left out: {why}")
        )
        _check_owners(given, choices)
        return choices

    def to_fit(self, name: str, given: Given) -> MethodChoice:
        """The method of that name without a model, which it may lack. Raises as `named` does."""
        info = self.registry.method_without_model(name)
        options = self._options(info.name, given)
        if takes_region(info):
            options.pop(REGION.name, None)
        choice = MethodChoice(
            info,
            complete_options(info, options),
            label=info.name,
            usual=complete_options(info, {}),
            apart=limits_of(self.registry, info, self.isolation),
        )
        _check_owners(given, [choice])
        return replace(choice, usual={**choice.usual, **self._usual(choice)})

    def to_update(self, keys: Sequence[KeyRow], left_out: Callable[[str, str], None]) -> list[MethodChoice]:
        """All that these index keys were made by, each with its own options.

        What does not work is left out, and told with its label and the reason.
        """

        def choose(key: KeyRow) -> MethodChoice:
            return self._choose(key.label, {**self._options(key.label, {}), **self._used(key)})

        working = _working([(key.label, key) for key in keys], choose, left_out)
        return list({choice.key: choice for choice in working}.values())

    def _choose(self, spec: str, options: Mapping[str, object], model: str | None = None) -> MethodChoice:
        choice = choose_method(
            self.registry, self.models_folder, spec, model=model, options=options, isolation=self.isolation
        )
        return replace(choice, usual={**choice.usual, **self._usual(choice)})

    def _usual(self, choice: MethodChoice) -> dict[str, object]:
        """What the configuration gives it, as far as that can be."""
        configured = self._options(choice.label, {})
        region = configured.pop(REGION.name, "") if takes_region(choice.info) else None
        try:
            known = complete_options(choice.info, configured)
        except UsageError:
            return {}
        return known if region is None else {**known, REGION.name: region}

    def _options(self, spec: str, given: Given) -> dict[str, object]:
        """The configured options of a method and, over them, those given for it."""
        name, model = resolve_spec(self.registry, self.models_folder, spec)
        merged = dict(self.configured.get(name, {}))
        if model:
            merged |= self.configured.get(f"{name}:{model}", {})
        for option, value in given.items():
            owner, dot, rest = option.partition(".")
            if not dot:
                merged[option] = value
            elif owner == name:
                merged[rest] = value
        return merged

    def _used(self, key: KeyRow) -> dict[str, object]:
        """The options a key was made with, as far as the method still has them; the region, be it none, among them."""
        info = self.registry.method(key.method)
        used: dict[str, object] = {REGION.name: key.options.get(REGION.name, "")} if takes_region(info) else {}
        return used | {name: value for name, value in key.options.items() if info.option(name)}

    def _as_indexed(self, choice: MethodChoice, keys: Sequence[KeyRow], given: Given) -> MethodChoice:
        """The choice with the options of the newest key that it can be, where it is no key as it stands."""
        said = {option.rpartition(".")[2] for option in given}
        if any(key.key == choice.key for key in keys):
            return choice
        for key in reversed(keys):
            if key.label == choice.label:
                used = {name: value for name, value in self._used(key).items() if name not in said}
                other = self._choose(choice.label, {**choice.all_options(), **used})
                if other.key == key.key:
                    return other
        return choice


def _working(
    asked: Sequence[tuple[str, T]], choose: Callable[[T], MethodChoice], left_out: Callable[[str, str], None]
) -> list[MethodChoice]:
    """The choices for what was asked, with their labels, as far as they work; the first error where none does."""
    choices: list[MethodChoice] = []
    failures: dict[str, MethodUnavailableError] = {}
    for label, wanted in asked:
        try:
            choices.append(choose(wanted))
        except MethodUnavailableError as error:
            failures[label] = error
    if failures and not choices:
        raise next(iter(failures.values()))
    for label, failure in failures.items():
        left_out(label, str(failure))
    return choices


def _check_owners(given: Given, choices: Sequence[MethodChoice]) -> None:
    owners = {option.partition(".")[0] for option in given if "." in option}
    unused = owners - {choice.info.name for choice in choices}
    if unused:
        raise UsageError(f"options were given for '{sorted(unused)[0]}', which is not among the methods used")
