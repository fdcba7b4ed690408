"""Model files that do not end, take all memory, crash, lead elsewhere or give no numbers: refused in one sentence, and
nothing of them stays."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from revsearch_onnx.plugin import revsearch_methods

from revsearch_tui.api import MethodInfo, MethodUnavailableError, ModelError, UsageError
from revsearch_tui.core.models.model_store import add_model, copy_model, get_model, list_models
from revsearch_tui.core.models.trial import vector_check
from tests.support.hostile_onnx import by, in_the_opening, in_the_run, node, of_a_size, onnx, write
from tests.support.processes import kill_group, processes_of, start, wait_until
from tests.support.program import revsearch
from tests.support.tiny_onnx import write_tiny_onnx

(INFO,) = revsearch_methods()


def left_behind(home: Path) -> list[str]:
    store = home / "data" / "models"
    return sorted(path.name for path in store.iterdir()) if store.is_dir() else []


def refusal(home: Path, *arguments: str | Path, code: int = 4, environment: dict[str, str] | None = None) -> str:
    """The one line on stderr of a command that is refused, and leaves no trace in the store."""
    before = left_behind(home)
    done = revsearch(home, *arguments, environment=environment)
    assert done.returncode == code, done.stderr.decode()
    (line,) = done.stderr.decode().splitlines()
    assert ".incoming" not in line
    assert left_behind(home) == before
    return line.removeprefix("revsearch: ")


@pytest.mark.parametrize("model", [in_the_run, in_the_opening])
def test_a_model_that_never_ends_is_refused(model: Callable[[Path], Path], tmp_path: Path) -> None:
    file = model(tmp_path / "net.onnx")
    said = refusal(tmp_path, "models", "add", file, environment={"REVSEARCH_MODELS_CHECK_TIMEOUT_S": "3"})
    assert said == ("the model 'net' had not made the vectors of two small pictures after 3 s (models.check_timeout_s)")
    assert processes_of(tmp_path) == []


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded on Linux only")
@pytest.mark.parametrize("elements", [250_000_000, 25_000_000_000])
def test_a_model_that_takes_all_memory_is_refused(elements: int, tmp_path: Path) -> None:
    file = of_a_size(elements)(tmp_path / "net.onnx")
    said = refusal(tmp_path, "models", "add", file, environment={"REVSEARCH_MODELS_CHECK_MEMORY_MB": "800"})
    assert said == (
        "the model 'net' takes more than the 800 MB of memory that it may take for two small pictures "
        "(models.check_memory_mb)"
    )


def test_what_a_killed_trial_leaves_goes_with_the_next_command(tmp_path: Path) -> None:
    file = in_the_run(tmp_path / "net.onnx")
    adding = start(tmp_path, "models", "add", file)
    assert wait_until(lambda: len(processes_of(tmp_path)) == 2 or sys.platform != "linux")
    assert wait_until(lambda: len(left_behind(tmp_path)) == 1)
    assert kill_group(adding)
    assert wait_until(lambda: processes_of(tmp_path) == []), "the trial ends with the program"
    revsearch(tmp_path, "models", "list")
    assert left_behind(tmp_path) == []


class TestNumbers:
    """Numbers that are none, or too large, are told in a sentence, and numpy says nothing about them."""

    @pytest.mark.parametrize(
        "model",
        [
            by(node("Sub", "flat", "two", "less"), node("Log", "less", "vector"), two=np.float32(2)),
            by(node("Div", "flat", "none", "vector"), none=np.float32(0)),
            by(node("Add", "flat", "nan", "vector"), nan=np.float32(np.nan)),
        ],
    )
    def test_a_model_of_nan_or_infinity_is_refused(self, model: Callable[[Path], Path], tmp_path: Path) -> None:
        said = refusal(tmp_path, "models", "add", model(tmp_path / "net.onnx"))
        assert said.startswith("the model 'net' gave NaN or infinity for 2 of 2 pictures")

    def test_doubles_that_no_float_holds_are_infinity(self, tmp_path: Path) -> None:
        nodes = [node("Cast", "flat", "wide", to=onnx.TensorProto.DOUBLE), node("Add", "wide", "much", "vector")]
        file = write(tmp_path / "net.onnx", nodes, {"much": np.float64(1e300)})
        model = onnx.load(file)
        model.graph.output[0].type.tensor_type.elem_type = onnx.TensorProto.DOUBLE
        onnx.save_model(model, file)
        assert "gave NaN or infinity for 2 of 2 pictures" in refusal(tmp_path, "models", "add", file)


class TestFiles:
    @pytest.mark.parametrize(
        ("make", "said"),
        [
            (lambda file: file.write_bytes(b""), "net.onnx is not an ONNX model, or it is damaged"),
            (lambda file: file.write_bytes(b"\x08\x08" * 50), "net.onnx"),
            (lambda file: file.mkdir(), "has no manifest.json"),
            (lambda file: file.symlink_to("nowhere"), "there is no model file"),
            (
                lambda file: write(file, [node("Identity", "flat", "vector")], inputs=2),
                "takes 2 inputs (image, image1)",
            ),
            (lambda file: write(file, [node("Abs", "image", "vector")]), "not one vector a picture"),
            (lambda file: write(file, [node("Abs", "flat", "vector")], dtype=onnx.TensorProto.INT32), "tensor(int32)"),
            (lambda file: write(file, [node("Shape", "flat", "vector")]), "net.onnx"),
            (lambda file: write(file, [node("Nonsense", "flat", "vector")]), "onnxruntime cannot run"),
        ],
    )
    @pytest.mark.drill
    def test_what_is_no_model_of_pictures_is_refused(
        self, make: Callable[[Path], Any], said: str, tmp_path: Path
    ) -> None:
        make(tmp_path / "net.onnx")
        (tmp_path / "net.json").write_text('{"range": [0, 1]}')
        assert said in refusal(tmp_path, "models", "add", tmp_path / "net.onnx")

    @pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"range": [0, NaN]}', '{"range": [0, 1], "nonsense": 1}'])
    def test_a_broken_manifest_is_told_with_its_name(self, text: str, tmp_path: Path) -> None:
        file = write_tiny_onnx(tmp_path / "net.onnx")
        file.with_suffix(".json").write_text(text)
        said = refusal(tmp_path, "models", "add", file)
        assert str(file.with_suffix(".json")) in said or "the manifest of the model 'net'" in said

    def test_messages_name_the_users_own_file(self, tmp_path: Path) -> None:
        file = tmp_path / ("long" * 50) / "net.onnx"
        file.parent.mkdir()
        write(file, [node("Nonsense", "flat", "vector")])
        assert f"onnxruntime cannot run {file}: " in refusal(tmp_path, "models", "add", file)

    def test_a_refused_model_does_not_cost_the_one_of_its_name(self, tmp_path: Path) -> None:
        assert revsearch(tmp_path, "models", "add", write_tiny_onnx(tmp_path / "net.onnx")).returncode == 0
        store = tmp_path / "data" / "models"
        kept = get_model(store, "net")
        write(tmp_path / "net.onnx", [node("Nonsense", "flat", "vector")])
        refusal(tmp_path, "models", "add", tmp_path / "net.onnx", "--replace")
        assert get_model(store, "net") == kept


class TestLinks:
    @pytest.fixture
    def secret(self, tmp_path: Path) -> Path:
        (tmp_path / "elsewhere").mkdir()
        secret = tmp_path / "elsewhere" / "secret"
        secret.write_bytes(bytes(192 * 12 * 4))
        return secret

    @pytest.fixture
    def outside(self, tmp_path: Path) -> Path:
        """A model whose weights lie in `net.onnx.data`."""
        (tmp_path / "model").mkdir()
        file = write_tiny_onnx(tmp_path / "model" / "net.onnx")
        model = onnx.load(file)
        onnx.save_model(
            model,
            file,
            save_as_external_data=True,
            all_tensors_to_one_file=True,
            location="net.onnx.data",
            size_threshold=0,
        )
        return file

    @pytest.mark.parametrize("end", [".data", "_data"])
    def test_weights_that_are_a_link_are_refused(self, end: str, outside: Path, secret: Path, tmp_path: Path) -> None:
        outside.with_name("net.onnx.data").unlink()
        link = outside.with_name(f"net.onnx{end}")
        link.symlink_to(secret)
        assert refusal(tmp_path, "models", "add", outside).startswith(f"{link} is a symbolic link, which could lead to")

    def test_a_manifest_found_beside_that_is_a_link_is_refused(self, outside: Path, tmp_path: Path) -> None:
        link = outside.with_suffix(".json")
        link.rename(tmp_path / "settings.json")
        link.symlink_to(tmp_path / "settings.json")
        assert refusal(tmp_path, "models", "add", outside).startswith(f"{link} is a symbolic link: put the file")
        given = revsearch(tmp_path, "models", "add", outside, "--manifest", link)
        assert given.returncode == 0, given.stderr.decode()

    def test_the_users_own_link_to_a_model_is_followed(self, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").mkdir()
        write_tiny_onnx(tmp_path / "elsewhere" / "blob")
        link = tmp_path / "net.onnx"
        link.symlink_to(tmp_path / "elsewhere" / "blob")
        link.with_suffix(".json").write_text('{"range": [0, 1]}')
        assert revsearch(tmp_path, "models", "add", link).returncode == 0
        stored = tmp_path / "data" / "models" / "net" / "net.onnx"
        assert stored.is_file() and not stored.is_symlink()

    @pytest.mark.parametrize("place", ["../elsewhere/secret", "ABSOLUTE"])
    def test_weights_outside_the_folder_are_refused(
        self, place: str, outside: Path, secret: Path, tmp_path: Path
    ) -> None:
        model = onnx.load(outside, load_external_data=False)
        for entry in model.graph.initializer[0].external_data:
            if entry.key == "location":
                entry.value = place.replace("ABSOLUTE", str(secret))
        onnx.save_model(model, outside)
        said = refusal(tmp_path, "models", "add", outside)
        assert said.startswith(f"{outside} keeps its weights in another file")

    def test_a_link_among_the_files_of_a_stored_model_is_refused(self, tmp_path: Path, secret: Path) -> None:
        record = add_model(tmp_path / "there", write_tiny_onnx(tmp_path / "net.onnx"), check=vector_check(INFO))
        part = record.folder / "net.onnx"
        part.rename(tmp_path / "elsewhere" / "net.onnx")
        part.symlink_to(tmp_path / "elsewhere" / "net.onnx")
        with pytest.raises(ModelError, match="net.onnx is a symbolic link"):
            copy_model(tmp_path / "here", record.folder)
        assert list_models(tmp_path / "here") == []


HOSTILE = """
import os
import warnings
import numpy as np
from revsearch_tui.api import UsageError

class Base:
    def __init__(self, options, model): pass
    def load(self, control): pass
    def embed(self, pictures): return np.ones((len(pictures), 3), np.float32)
    def close(self): pass

class Crashing(Base):
    def load(self, control): os.abort()

class Leaving(Base):
    def load(self, control): raise SystemExit(3)

class Talking(Base):
    def load(self, control):
        print("hello")
        warnings.warn("old\\nway")

class Refusing(Base):
    def load(self, control): raise UsageError("these options do not go together")

class Odd(Base):
    def facts(self): return {"when": object()}
"""


class TestMethods:
    """The trial runs any method's code."""

    @pytest.fixture
    def store(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        (tmp_path / "hostile_method.py").write_text(HOSTILE)
        (tmp_path / "net.bin").write_bytes(b"net")
        monkeypatch.syspath_prepend(tmp_path)
        return tmp_path / "models"

    def add(self, store: Path, factory: str) -> Any:
        info = MethodInfo(
            "hostile", "Hostile", "x", "vector", "cosine", 3, f"hostile_method:{factory}", models="required"
        )
        return add_model(store, store.with_name("net.bin"), check=vector_check(info))

    @pytest.mark.parametrize(
        ("factory", "kind", "said"),
        [
            ("Crashing", ModelError, "the model 'net' brought down the process that tried it"),
            ("Leaving", ModelError, "the model 'net' cannot be used: the method 'hostile' failed: SystemExit: 3"),
            ("Refusing", UsageError, "^these options do not go together$"),
            ("Odd", ModelError, "Object of type object is not JSON"),
            ("Absent", MethodUnavailableError, "the plugin object 'hostile_method:Absent' cannot be loaded"),
        ],
    )
    @pytest.mark.drill
    def test_what_it_does_wrong_is_told(self, factory: str, kind: type[Exception], said: str, store: Path) -> None:
        with pytest.raises(kind, match=said):
            self.add(store, factory)
        assert list(store.iterdir()) == []

    def test_what_it_prints_is_told_as_its_own(self, store: Path) -> None:
        program = (
            "import sys; from pathlib import Path; from revsearch_tui.api import MethodInfo;"
            "from revsearch_tui.core.models.trial import vector_check;"
            "from revsearch_tui.core.plugins.strays import kept_apart;"
            "from revsearch_tui.core.models.model_store import add_model;"
            "i = MethodInfo('hostile', 'H', 'x', 'vector', 'cosine', 3, 'hostile_method:Talking', models='required');"
            "tell = lambda line: print(line, file=sys.stderr)\n"
            "with kept_apart(sys.stdout, tell):\n"
            "    add_model(Path(sys.argv[1]), Path(sys.argv[2]), check=vector_check(i))"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, str(store), str(store.with_name("net.bin"))],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)},
        )
        assert done.stdout == ""
        assert done.stderr.splitlines() == [
            "the method 'hostile' printed: hello",
            "the method 'hostile' warned: old way",
        ]
