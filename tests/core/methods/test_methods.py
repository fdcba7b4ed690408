"""From names and options to a method: resolution, checks, and the key that keeps embeddings apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from revsearch_tui.api import Cancelled, MethodUnavailableError, NullControl, StorageError, UsageError
from revsearch_tui.core.methods.resolving import choose_method, embedding_dim, guarded, make_method, resolve_spec
from revsearch_tui.core.models.model_store import add_model
from revsearch_tui.core.plugins.registry import Registry
from tests.support.tiny_onnx import write_tiny_onnx


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two models of `onnx`, one of them called like a method."""
    folder = tmp_path_factory.mktemp("store")
    for seed, name in enumerate(("first", "phash")):
        file = write_tiny_onnx(tmp_path_factory.mktemp("file") / "m.onnx", seed)
        add_model(folder, file, check=lambda _model: {"dim": 12}, name=name)
    return folder


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry(lambda info: info.name == "onnx")


def test_options_not_given_are_at_their_defaults(registry: Registry, tmp_path: Path) -> None:
    choice = choose_method(registry, tmp_path, "phash", options={"size": "8"})
    assert choice.options == {"hash": "phash", "size": 8}
    assert (choice.label, choice.model) == ("phash", None)


def test_the_key_follows_what_decides_an_embedding_and_nothing_else(registry: Registry, models: Path) -> None:
    def key(spec: str, **options: object) -> str:
        return choose_method(registry, models, spec, options=options).key

    assert key("phash") == key("phash", size=16)
    assert len({key("phash"), key("phash", size=8), key("phash", hash="dhash"), key("sift")}) == 4
    assert key("sift") == key("sift", ratio=0.7), "an option that acts at query time only"
    assert key("sift") != key("sift", max_side=320)
    assert key("onnx:first") != key("onnx:phash"), "another model's file"
    assert key("onnx:first") == key("onnx:first", batch=4)


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        ("onnx:first", ("onnx", "first")),
        ("first", ("onnx", "first")),
        ("phash", ("phash", None)),
        ("onnx:phash", ("onnx", "phash")),
        ("nothing", ("nothing", None)),
    ],
)
def test_a_methods_name_goes_before_a_models(
    spec: str, found: tuple[str, str | None], registry: Registry, models: Path
) -> None:
    assert resolve_spec(registry, models, spec) == found


def test_one_of_several_models_has_to_be_named(registry: Registry, models: Path) -> None:
    with pytest.raises(UsageError, match="several models; say which: onnx:first, onnx:phash"):
        choose_method(registry, models, "onnx")


def test_a_model_that_does_not_exist_is_answered_with_the_nearest(registry: Registry, models: Path) -> None:
    with pytest.raises(MethodUnavailableError, match="has no model 'frist'; did you mean 'first'"):
        choose_method(registry, models, "onnx:frist")


def test_a_model_for_a_method_without_models_is_refused(registry: Registry, models: Path) -> None:
    with pytest.raises(UsageError, match="takes no model"):
        choose_method(registry, models, "phash:first")


def test_the_length_of_embeddings_may_follow_from_an_option(registry: Registry, tmp_path: Path) -> None:
    choice = choose_method(registry, tmp_path, "phash", options={"size": 8})
    method = make_method(choice, NullControl())
    assert embedding_dim(choice, method) == 64
    method.close()


def test_what_a_method_raises_becomes_a_sentence_with_its_name(registry: Registry, tmp_path: Path) -> None:
    choice = choose_method(registry, tmp_path, "phash")
    with pytest.raises(MethodUnavailableError) as caught, guarded(choice):
        raise ZeroDivisionError("division\nby zero")
    assert str(caught.value) == "the method 'phash' failed: ZeroDivisionError: division by zero"
    with (
        pytest.raises(MethodUnavailableError, match="the method 'phash' failed: none of its business"),
        guarded(choice),
    ):
        raise StorageError("none of its business")
    with pytest.raises(MethodUnavailableError, match="the method 'phash' failed: SystemExit: 0"), guarded(choice):
        raise SystemExit(0)
    with pytest.raises(Cancelled), guarded(choice):
        raise Cancelled("what the user did stays what it is")


def test_a_method_that_refuses_its_options_says_why(registry: Registry, tmp_path: Path) -> None:
    choice = choose_method(registry, tmp_path, "phash", options={"hash": "whash", "size": 12})
    with pytest.raises(UsageError, match="whash needs a size of 8, 16 or 32, not 12"):
        make_method(choice, NullControl())
