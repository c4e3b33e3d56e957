"""Mutants of the library and the components against their nearest tests.

    python tests/faults/mutants.py [NUMBER [SEED [PATTERN]]]

mutmut makes the mutants. Drawn from them are those that change what is calculated or decided: a
comparison, an operator, a number, a truth value, a condition; texts and left-out arguments are
not. Each is run in a fork of this process, against the tests of its module and, if it survives,
against those of its folder. The last lines show each that survived, and how many were killed.
"""

import ast
import fnmatch
import importlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from mutmut.__main__ import create_mutants
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.utils.file_utils import copy_also_copy_files, copy_src_dir

ROOT = Path(__file__).parents[2]
MADE = ROOT / "mutants"
HEAVY = ("torch", "pytorch_lightning", "pandas", "pandera", "sklearn", "imblearn", "scipy.stats")
OPTIONS = [
    *("-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-m", "not slow and not faults"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # what is heavy is imported before
]
LONGEST_SECONDS = 900
PASSED, NONE = 0, 5


def generate() -> None:
    """Write the mutated packages, as `mutmut run` does first."""
    set_mutant_under_test("mutant_generation")
    MADE.mkdir(exist_ok=True)
    copy_src_dir()
    copy_also_copy_files()
    create_mutants(2)


def difference(one: ast.AST, other: ast.AST) -> tuple[ast.AST, ast.AST] | None:
    """Return the smallest part in which two trees differ."""
    if type(one) is not type(other):
        return one, other
    for name in one._fields:
        left, right = getattr(one, name, None), getattr(other, name, None)
        if isinstance(left, list) and isinstance(right, list):
            if len(left) != len(right):
                return one, other
            pairs = list(zip(left, right, strict=True))
        else:
            pairs = [(left, right)]
        for a, b in pairs:
            if isinstance(a, ast.AST) and isinstance(b, ast.AST):
                if found := difference(a, b):
                    return found
            elif type(a) is not type(b) or a != b:
                return one, other
    return None


def changes_a_calculation(one: ast.AST, other: ast.AST) -> bool:
    operator = ast.operator | ast.cmpop | ast.boolop | ast.unaryop
    if isinstance(one, operator | ast.AugAssign | ast.UnaryOp):
        return True
    if isinstance(other, ast.BoolOp) and isinstance(other.values[-1], ast.Constant):
        return True  # the condition of an expression, forced
    return isinstance(one, ast.Constant) and isinstance(one.value, bool | int | float)


def chosen() -> Iterator[str]:
    """Yield the names of the mutants to draw from."""
    for meta in sorted(MADE.rglob("*.py.meta")):
        source = meta.with_suffix("")
        functions = {
            node.name: node
            for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        for name in json.loads(meta.read_text())["exit_code_by_key"]:
            own = name.rpartition(".")[2]
            original = functions.get(f"{own.rpartition('__mutmut_')[0]}__mutmut_orig")
            mutant = functions.get(own)
            if original is None or mutant is None:
                continue
            mutant.name = original.name
            found = difference(original, mutant)
            mutant.name = own
            if found and changes_a_calculation(*found):
                yield name


def nearest(name: str) -> list[list[str]]:
    """Return the tests of a mutant's module, and those of its folder, as arguments of pytest."""
    module = Path(*name.partition(".x_")[0].partition(".xǁ")[0].split("."))
    folder = MADE / "tests" / module.parent
    while not folder.is_dir():
        folder = folder.parent
    own = MADE / "tests" / module.parent / f"test_{module.name.lstrip('_')}.py"
    dotted = ".".join(module.parts)
    named = [own] if own.is_file() else []
    for path in sorted((MADE / "tests" / module.parts[0]).rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        imported = f"from {dotted} import" in text or f"import {dotted}" in text
        if path != own and (imported or f"from {module.parent} import {module.name}" in text):
            named.append(path)
    return [[str(path) for path in tests] for tests in (named, [folder]) if tests]


def code_of(name: str, tests: list[str], seconds: float = LONGEST_SECONDS) -> int:
    """Run tests with a mutant in place; return pytest's exit code, or -1 after too long."""
    child = os.fork()
    if child == 0:
        os.setsid()
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nowhere, descriptor)
        set_mutant_under_test(name)
        import pytest

        code = 1
        try:
            code = int(pytest.main([*OPTIONS, *tests]))
        finally:
            os._exit(code)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -1


def outcome(name: str, clean: dict[str, tuple[int, float]]) -> str:
    """Return how a mutant ended: killed, too long, survived, or without a test."""
    found = "no test"
    for tests in nearest(name):
        key = " ".join(tests)
        if key not in clean:
            begun = time.monotonic()
            clean[key] = code_of("", tests), time.monotonic() - begun
        code, seconds = clean[key]
        if code != PASSED:  # tests that fail by themselves say nothing
            continue
        code = code_of(name, tests, 60 + 5 * seconds)
        if code not in (PASSED, NONE):
            return "killed" if code > 0 else "killed by its time or a signal"
        found = "survived"
    return found


def main() -> None:
    number, seed, pattern = [*sys.argv[1:], *("600", "0", "*")[len(sys.argv) - 1 :]]
    os.chdir(ROOT)
    generate()
    known = [name for name in chosen() if fnmatch.fnmatch(name, pattern)]
    drawn = random.Random(int(seed)).sample(known, min(int(number), len(known)))
    os.chdir(MADE)
    sys.path[:] = [str(MADE), *(entry for entry in sys.path if Path(entry or ".") != ROOT)]
    for package in HEAVY:
        importlib.import_module(package)
    counts: Counter[str] = Counter()
    clean: dict[str, tuple[int, float]] = {}
    for name in drawn:
        counts[found := outcome(name, clean)] += 1
        print(f"{sum(counts.values())}/{len(drawn)} {found}: {name}", flush=True)
        if not found.startswith("killed"):
            shown = [sys.executable, "-m", "mutmut", "show", name]
            subprocess.run(shown, cwd=ROOT, check=False)
    print(f"\nfailed without a mutant: {[key for key, (code, _) in clean.items() if code]}")
    print(f"{len(drawn)} of {len(known):,} mutants, seed {seed}: {dict(counts)}")


if __name__ == "__main__":
    main()
