"""The rules of the house that a reader of one file cannot see broken."""

import ast
import copy
import graphlib
import importlib
import importlib.metadata
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from import_graph import FILES, PACKAGES, ROOT, import_graph

from smrt_lightning.errors import SmrtError

FORBIDDEN_IMPORTS = {
    "smrt_lightning": {"components", "flows", "prefect", "dvc", "pandera"},
    "components": {"flows", "prefect", "dvc"},
    "flows": {"dvc", "torch", "pytorch_lightning", "sklearn", "imblearn"},
}
DOOR = ("smrt_lightning/__main__.py", "flows")
"""`python -m smrt_lightning` is the command line; no other module imports it."""

SAFE_YAML = {"safe", "rt"}
READS_DTYPES = ("smrt_lightning/table/", "components/table/", "components/intake/")
"""Where a table is read; all others ask :class:`smrt_lightning.table.columns.Column`."""
DTYPES = {"CategoricalDtype", "DatetimeTZDtype", "ArrowDtype", "SparseDtype", "PeriodDtype"}

UNSAFE_MODULES = {
    "yaml",  # YAML 1.1, as nobody else here reads it
    "pickle",
    "cPickle",
    "_pickle",
    "dill",
    "cloudpickle",
    "marshal",
    "shelve",
}
UNSAFE_CALLS = {
    "eval",
    "exec",
    "os.system",
    "os.popen",
    "joblib.dump",
    "joblib.load",
    "torch.load",
    "torch.save",
    "pd.read_pickle",
}
NUMPY_RANDOM = {"default_rng", "Generator", "RandomState", "SeedSequence", "PCG64", "BitGenerator"}
TORCH_DRAWS = {"rand", "randn", "randint", "randperm", "normal", "bernoulli", "multinomial"}
GLOBAL_SEEDS = {"manual_seed", "seed_everything", "fork_rng", "set_rng_state", "seed"}


def name_of(node: ast.AST) -> str:
    """Return the dotted name of an expression, or an empty string."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and name_of(node.func).endswith("import_module"):
            yield from (str(arg.value) for arg in node.args if isinstance(arg, ast.Constant))


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield name_of(node.func), node


def dtype_questions(tree: ast.AST) -> list[str]:
    """List where a dtype is asked what it is; a column's class answers that."""
    found = []
    for node in ast.walk(tree):
        name = getattr(node, "attr", getattr(node, "id", ""))
        asks = name in DTYPES or re.fullmatch(r"is_\w+_dtype|infer_dtype|select_dtypes", name)
        if name == "kind" and isinstance(node, ast.Attribute):
            asks = getattr(node.value, "attr", getattr(node.value, "id", "")) == "dtype"
        if asks:
            found.append(f"line {getattr(node, 'lineno', 0)}: asks a dtype ({name})")
    return found


def faults(path: str, source: str) -> list[str]:
    """Return every broken rule in one file, as `line: what`."""
    tree = ast.parse(source)
    package = path.split("/")[0]
    found = []
    for module in imported(tree):
        top = module.split(".")[0]
        if top in FORBIDDEN_IMPORTS[package] and (path, top) != DOOR:
            found.append(f"imports {module}")
        if top in UNSAFE_MODULES or module in UNSAFE_CALLS:
            found.append(f"imports {module}")
    for name, node in calls(tree):
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        last = name.split(".")[-1]
        where = f"line {node.lineno}: {name}"
        if name in UNSAFE_CALLS or last in {"to_pickle", "read_pickle"}:
            found.append(where)
        kind = keywords.get("typ", ast.Constant("rt"))
        if last == "YAML" and not (isinstance(kind, ast.Constant) and kind.value in SAFE_YAML):
            found.append(f"{where} that makes objects")
        if "allow_pickle" in keywords or isinstance(keywords.get("shell"), ast.Constant):
            found.append(f"{where} with pickle or a shell")
        if name.startswith(("np.random.", "numpy.random.")) and last not in NUMPY_RANDOM:
            found.append(f"{where} draws from numpy's global generator")
        if last in {"default_rng", "SeedSequence"} and path != "smrt_lightning/seeds.py":
            found.append(f"{where} starts a stream that a user's own seed may share")
        if name.startswith("torch.") and last in TORCH_DRAWS and "generator" not in keywords:
            found.append(f"{where} draws from torch's global generator")
        if last.endswith("_like") and last.startswith("rand"):
            found.append(f"{where} draws from torch's global generator")
        if name.startswith("random.") and last not in {"Random", "SystemRandom"}:
            found.append(f"{where} draws from Python's global generator")
        own_generator = isinstance(node.func, ast.Attribute) and name == ""
        if last in GLOBAL_SEEDS and not own_generator:
            found.append(f"{where} touches a global generator")
    if not path.startswith(READS_DTYPES):
        found += dtype_questions(tree)
    if path != "components/versions/dvc.py":
        found += [
            f"line {node.lineno}: starts dvc"
            for node in ast.walk(tree)
            if isinstance(node, ast.List | ast.Tuple)
            and any(isinstance(item, ast.Constant) and item.value == "dvc" for item in node.elts)
        ]
    return found


def test_packages_are_found() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in FILES} == set(PACKAGES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_file_keeps_the_rules(path: Path) -> None:
    relative = path.relative_to(ROOT).as_posix()
    assert faults(relative, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("smrt_lightning/a.py", "from components import params"),
        ("smrt_lightning/a.py", "def f():\n    import prefect.flows"),
        ("components/a.py", "import flows.cli.app"),
        ("components/a.py", "import importlib\nimportlib.import_module('prefect')"),
        ("components/a.py", "import subprocess\nsubprocess.run(['python', '-m', 'dvc', 'status'])"),
        ("flows/a.py", "import torch"),
        ("components/a.py", "import pickle"),
        ("components/a.py", "import torch\ntorch.load('x')"),
        ("components/a.py", "import joblib\njoblib.load('x')"),
        ("components/a.py", "from joblib import load"),
        ("components/a.py", "from ruamel.yaml import YAML\nYAML(typ='unsafe').load(text)"),
        ("components/a.py", "from ruamel.yaml import YAML\nYAML(typ=kind).load(text)"),
        ("components/a.py", "import yaml\nyaml.safe_load(text)"),
        ("components/a.py", "import subprocess\nsubprocess.run('ls', shell=True)"),
        ("components/a.py", "import numpy as np\nnp.load('x', allow_pickle=True)"),
        ("smrt_lightning/a.py", "import numpy as np\nnp.random.seed(0)"),
        ("smrt_lightning/a.py", "import numpy as np\nnp.random.normal(size=3)"),
        ("smrt_lightning/a.py", "import numpy as np\nnp.random.default_rng([seed, 0])"),
        ("smrt_lightning/a.py", "import torch\ntorch.manual_seed(0)"),
        ("smrt_lightning/a.py", "import torch\ntorch.randn(3)"),
        ("smrt_lightning/a.py", "import torch\ntorch.randn_like(x)"),
        ("smrt_lightning/a.py", "import random\nrandom.shuffle(x)"),
        ("smrt_lightning/model/a.py", "import pandas as pd\npd.api.types.is_numeric_dtype(x)"),
        ("components/page/a.py", "from pandas.api.types import is_bool_dtype\nis_bool_dtype(x)"),
        ("components/drift/a.py", "isinstance(x.dtype, pd.DatetimeTZDtype)"),
        ("smrt_lightning/evaluation/a.py", "x.dtype.kind in 'iu'"),
        ("smrt_lightning/sampling/a.py", "frame.select_dtypes('number')"),
    ],
)
def test_broken_rules_are_seen(path: str, source: str) -> None:
    assert faults(path, source)


@pytest.mark.parametrize(
    "source",
    [
        "import torch\ntorch.Generator().manual_seed(3)",
        "import torch\ntorch.randn(3, generator=g)",
        "from smrt_lightning.seeds import numpy_generator\nnumpy_generator(0, 'noise').normal()",
        "from ruamel.yaml import YAML\nYAML(typ='safe', pure=True).load(text)",
    ],
)
def test_kept_rules_are_no_fault(source: str) -> None:
    assert faults("smrt_lightning/a.py", source) == []


def test_no_module_imports_itself_by_way_of_others() -> None:
    graphlib.TopologicalSorter(import_graph()).prepare()  # names the circle, if there is one


MOST_LINES, MOST_FILES = 330, 16


def test_files_are_read_in_one_sitting_and_folders_seen_at_a_glance() -> None:
    lines = {path.relative_to(ROOT): len(path.read_bytes().splitlines()) for path in FILES}
    assert {path: n for path, n in lines.items() if n > MOST_LINES} == {}
    folders = Counter(path.parent for path in lines)
    assert {folder.as_posix(): n for folder, n in folders.items() if n > MOST_FILES} == {}


def distributions(declared: list[str]) -> set[str]:
    return {re.split(r"[^\w.-]", name)[0].lower().replace("_", "-") for name in declared}


def test_whatever_is_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    optional = [*extras["tensorboard"], *extras["dask"], *extras["excel"]]
    declared = distributions(project["dependencies"] + optional)
    providers = importlib.metadata.packages_distributions()
    tops = {
        module.split(".")[0]
        for path in FILES
        for module in imported(ast.parse(path.read_text(encoding="utf-8")))
    }
    others = tops - sys.stdlib_module_names - set(PACKAGES) - {""}
    assert {"torch", "prefect"} <= others
    assert {top for top in others if not distributions(providers.get(top, [])) & declared} == set()


def test_versions_is_where_dvc_is_called() -> None:
    """The rule above means something only while that module does call DVC."""
    assert '"dvc"' in (ROOT / "components" / "versions" / "dvc.py").read_text(encoding="utf-8")


def test_nothing_names_this_machine() -> None:
    tracked = [*FILES, ROOT / "Makefile", ROOT / ".ci" / "run", ROOT / "constraints.txt"]
    for path in tracked:
        text = path.read_text(encoding="utf-8")
        assert "://" not in text or "index-url" not in text, path
        assert "/work/" not in text, path


def every_error() -> list[type[SmrtError]]:
    for module in ("smrt_lightning.errors", "components.project.errors", "flows.errors"):
        importlib.import_module(module)
    found, pending = [], [SmrtError]
    while pending:
        found.append(pending[0])
        pending += pending.pop(0).__subclasses__()
    return found


def test_errors_are_few() -> None:
    assert len(every_error()) <= 25, "raise the nearest one, with a message of its own"


@pytest.mark.parametrize("error", every_error(), ids=lambda error: error.__name__)
def test_errors_survive_the_way_back_from_a_worker(error: type[SmrtError]) -> None:
    """Dask sends exceptions between processes; one with a fussy constructor would be lost."""
    sent = error("column 'x' is wrong")
    received = copy.copy(sent)  # by the same protocol as pickle
    assert type(received) is error
    assert str(received) == str(sent) == "column 'x' is wrong"
