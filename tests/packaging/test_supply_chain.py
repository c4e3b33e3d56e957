"""What is installed with this package: its licences, and versions that must never be."""

import importlib.metadata
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
KNOWN_BAD = {
    "pytorch-lightning": ["2.6.2", "2.6.3"],
    "fastapi": ["0.151.0"],
    "sqlalchemy": ["2.1.0"],
    "filelock": ["3.20.0"],
    "narwhals": ["2.15.0"],
    "numpy": ["2.0.0"],
    "pandas": ["2.2.2", "3.0.0"],
}
"""Malicious, known to break Prefect, or failing our own tests."""
PERMISSIVE = re.compile(
    r"MIT|BSD|Apache|ISC|Python Software Foundation|PSF|CNRI|Zlib|CC0|Public Domain|Unlicense"
    r"|Zope|MPL|Mozilla|BSL-1.0|HPND|LLVM",
    re.IGNORECASE,
)
"""MPL asks nothing of those who only use a package."""
STRONG = re.compile(r"GPL|BUSL|Business Source|SSPL|Proprietary|Commercial", re.IGNORECASE)
REVIEWED = {
    "atheris": "Apache-2.0, in its LICENSE file only; for fuzzing",
    "asyncssh": "EPL 2.0 at choice; of DVC",
    "dulwich": "Apache-2.0 at choice",
    "grandalf": "GPLv2 or EPL 1.0 at choice; of DVC, for `dvc dag`, which nothing here calls",
    "pygit2": "GPLv2 with an exception for linking; of DVC",
    "skops": "MIT, in its LICENSE file only; for the tests",
    "text-unidecode": "Artistic License at choice; of Prefect",
}


def pinned() -> Iterator[str]:
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        if "==" in line and not line.startswith("#"):
            yield line.split("==")[0].strip()


def licence(name: str) -> str:
    """Return what a distribution says of its licence."""
    found = importlib.metadata.metadata(name)
    classifiers = found.get_all("Classifier") or []
    said = [c.split("::")[-1].strip() for c in classifiers if c.startswith("License ::")]
    named = [c for c in said if c not in ("OSI Approved", "DFSG approved")]
    return found.get("License-Expression") or "; ".join(named) or str(found.get("License", ""))


def installed(name: str) -> bool:
    try:
        importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def test_licences_are_permissive() -> None:
    known = {name: licence(name) for name in pinned() if installed(name)}
    assert len(known) > 150
    strange = {
        name: said[:80]
        for name, said in known.items()
        if name not in REVIEWED and (STRONG.search(said) or not PERMISSIVE.search(said))
    }
    assert strange == {}
    assert set(pinned()) >= set(REVIEWED), "a package that was reviewed is no longer there"


@pytest.mark.parametrize(("name", "versions"), KNOWN_BAD.items())
def test_known_bad_versions_are_refused(name: str, versions: list[str]) -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    (asked,) = [r for line in declared if (r := Requirement(line)).name == name]
    assert [version for version in versions if asked.specifier.contains(version)] == []
    assert asked.specifier.contains(importlib.metadata.version(name))


def test_every_requirement_is_pinned_within_its_range() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    lines = [*project["dependencies"], *(line for extra in extras for line in extra)]
    text = (ROOT / "constraints.txt").read_text()
    pins = dict(re.findall(r"^([\w.\[\]-]+)==(\S+)", text, re.MULTILINE))
    pins = {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in pins.items()}
    for asked in map(Requirement, lines):
        version = pins.get(re.sub(r"[-_.]+", "-", asked.name).lower())
        assert version is not None, f"{asked.name} is not pinned"
        assert asked.specifier.contains(version), asked


def test_every_pin_has_the_digests_of_its_files() -> None:
    """`make hashes` has been run since a pin was changed."""
    text = (ROOT / "requirements-hashed.txt").read_text()
    entries = re.findall(r"^([\w.-]+)==([^ ;]+)([^\n]*(?:\n .*)*)", text, re.MULTILINE)
    hashed = {named(name): version for name, version, _ in entries}
    assert [name for name, _, rest in entries if "--hash=sha256:" not in rest] == []
    pins = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    assert {n: v for name, v in pins if (n := named(name)) in hashed and hashed[n] != v} == {}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    lines = [*project["dependencies"], *(line for extra in extras for line in extra)]
    assert {named(Requirement(line).name) for line in lines} - set(hashed) == set()


def named(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
