"""Coverage-guided fuzzing of one loader, until time is up or something is wrong.

    python tests/faults/fuzzing.py LOADER CORPUS [options of libFuzzer]

A loader returns, or raises one of our own errors with a message. Anything else stops the fuzzer,
which writes the input and says where it is.
"""

import hashlib
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT)]

with atheris.instrument_imports(include=["smrt_lightning", "components", "ruamel.yaml"]):
    from components.drift.batch import read_batch  # noqa: F401  (brings what reads tables)
    from components.intake.understanding import open_table, understand
    from components.project.params import load_params
    from components.project.workspace import read_json
    from components.table.schema import load_schema
    from components.versions import dvc, publication
    from smrt_lightning import VariationalAutoEncoder
    from smrt_lightning.errors import SmrtError


def params(raw: bytes, place: Path) -> None:
    (place / "params.yaml").write_bytes(raw)
    load_params(place)


def schema(raw: bytes, place: Path) -> None:
    (place / "schema.yaml").write_bytes(raw)
    load_schema(place / "schema.yaml")


def lock(raw: bytes, place: Path) -> None:
    (place / "dvc.lock").write_bytes(raw)
    for name in dvc.outputs(root=place):
        assert (place / name).resolve().is_relative_to(place.resolve()), name
        assert not name.startswith("-"), name


def pointer(raw: bytes, place: Path) -> None:
    (place / publication.POINTER).write_bytes(raw)
    for found in publication.history(place):
        assert len(found.commit) == 40, found
        int(found.commit, 16)


def artifact(raw: bytes, place: Path) -> None:
    (place / "one.json").write_bytes(raw)
    read_json(place / "one.json")


def table(raw: bytes, place: Path) -> None:
    (place / "t").write_bytes(raw)
    frame, layout = open_table(place / "t", "y")
    found = understand(place / "t", frame, layout, "y")
    assert found.n_rows == len(frame)


def model(raw: bytes, place: Path) -> None:
    """Load a model whose JSON is anything, signed as if we had written it."""
    weights = (place / "weights.safetensors").read_bytes()
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError):
        content = None
    if isinstance(content, dict):
        content["weights_sha256"] = hashlib.sha256(weights).hexdigest()
        content.pop("sha256", None)
        text = json.dumps(content, sort_keys=True)
        content["sha256"] = hashlib.sha256(text.encode()).hexdigest()
        raw = json.dumps(content).encode()
    (place / "model.json").write_bytes(raw)
    VariationalAutoEncoder.load(place)


LOADERS: dict[str, Callable[[bytes, Path], None]] = {
    one.__name__: one for one in (params, schema, lock, pointer, artifact, table, model)
}


def seeds(name: str, corpus: Path, place: Path) -> None:
    """Write an input that loads, for the fuzzer to begin with."""
    import numpy as np
    import pandas as pd
    from test_generated_texts import SCHEMA

    entry = {"run": "quiet-owl", "commit": "a" * 40, "method": "smrt", "sentence": "s"}
    texts = {
        "params": (ROOT / "params.yaml").read_bytes(),
        "schema": SCHEMA.encode(),
        "lock": (ROOT / "dvc.lock").read_bytes()[:3000],
        "pointer": json.dumps({"published": [entry | {"outputs": {"a": "b" * 32}}]}).encode(),
        "artifact": b'{"a": [1, 2.5e3, null, true, "x"]}',
        "table": b"x,when,y\n1.5,2024-01-31,a\n2,2024-02-01,b\n-3,2024-02-02,a\n4,2024-03-01,b\n",
    }
    if name == "model":
        X = pd.DataFrame({"a": np.arange(6.0), "c": list("aabbcc")})
        fitted = VariationalAutoEncoder(
            max_steps=2, min_steps=2, n_hidden=4, n_latent_factors=2, random_state=0
        ).fit(X)
        fitted.save(place / "made")
        texts["model"] = (place / "made" / "model.json").read_bytes()
        (place / "made" / "weights.safetensors").rename(place / "weights.safetensors")
    corpus.mkdir(parents=True, exist_ok=True)
    (corpus / "seed").write_bytes(texts[name])


def main() -> None:
    name, corpus, *options = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        seeds(name, Path(corpus), place)
        load = LOADERS[name]

        def one(raw: bytes) -> None:
            try:
                load(raw, place)
            except SmrtError as error:
                if not str(error).strip():
                    raise AssertionError("an error without words") from error

        atheris.Setup([sys.argv[0], corpus, *options], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
