"""YAML 1.2, as DVC reads it: 1:30 is a text, 010 is ten, and a key given twice an error.

A key that its reading would change, as 010 where a label is meant, is refused.
"""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq
from ruamel.yaml.composer import Composer
from ruamel.yaml.constructor import ConstructorError, SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from components.project.text_files import read_text
from smrt_lightning.errors import ParameterError

__all__ = [
    "YAMLError",
    "parse_yaml",
    "quoted",
    "read_yaml",
    "reason_of",
    "with_values",
    "yaml_text",
]

_MOST_VALUES, _DEEPEST = 200_000, 50
_OLDER = re.compile(r"^%YAML\s+(?!1\.2\b)", re.MULTILINE)


def read_yaml(path: Path) -> Any:
    """Read a YAML file; see :func:`parse_yaml`.

    Raises
    ------
    FileNotFoundError
        If there is nothing.
    YAMLError
        If it is no ordinary file of a few megabytes, or its text is refused.
    """
    try:
        return parse_yaml(read_text(path))
    except ValueError as error:  # also of a number or a date that is none
        raise YAMLError(str(error)) from error


def parse_yaml(text: str) -> Any:
    """Return what a YAML text says, in plain values only.

    Raises
    ------
    YAMLError
        If it is no YAML, gives a key twice, asks for an object, is nested too deeply, grows
        beyond bounds by its aliases, or has a key that its reading would change.
    """
    if _OLDER.search(text):
        raise YAMLError("it asks for another version of YAML than 1.2: take the line %YAML out")
    reader = YAML(typ="safe", pure=True)
    reader.Composer, reader.Constructor = _Composer, _Constructor
    return reader.load(text)


class _Quiet(Composer):
    """Takes an anchor that is set anew without a word: YAML 1.2 has it so."""

    def __init__(self, loader: Any = None) -> None:
        super().__init__(loader)
        self.warn_double_anchors = False


class _Composer(_Quiet):
    """Gives up on what is too much, before it is read to its end."""

    depth = seen = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self.depth += 1
        self.seen += 1
        much = f"nested more than {_DEEPEST} levels deep" if self.depth > _DEEPEST else None
        if self.seen > _MOST_VALUES:
            much = f"more than {_MOST_VALUES:,} values"
        if much:
            mark = self.parser.peek_event().start_mark
            raise ConstructorError(problem=much, problem_mark=mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


class _Constructor(SafeConstructor):
    """Looks at everything before anything is made of it."""

    def construct_document(self, node: Any) -> Any:
        self._count(node, {})
        return super().construct_document(node)

    def _count(self, node: Node, known: dict[int, int]) -> int:
        """Return how many values a node becomes once its aliases are written out."""
        if id(node) in known:
            if known[id(node)] == 0:
                raise _refused(node, "an alias that leads back to itself")
            return known[id(node)]
        known[id(node)] = 0
        parts = []
        if isinstance(node, MappingNode):
            for key, value in node.value:
                self._check_key(key)
                parts += [key, value]
        elif not isinstance(node, ScalarNode):
            parts = node.value
        known[id(node)] = 1 + sum(self._count(part, known) for part in parts)
        if known[id(node)] > _MOST_VALUES:
            raise _refused(node, f"more than {_MOST_VALUES:,} values, aliases written out")
        return known[id(node)]

    def _check_key(self, key: Node) -> None:
        if not isinstance(key, ScalarNode):
            raise _refused(key, "a key that is a list or a mapping")
        if str(key.tag).rpartition(":")[2] in ("int", "float", "bool", "null"):
            read = json.dumps(self.construct_object(key))
            if read != key.value:
                raise _refused(
                    key, f"the key {key.value} would be read as {read}: put it in quotes"
                )


def _refused(node: Node, problem: str) -> ConstructorError:
    return ConstructorError(problem=problem, problem_mark=node.start_mark)


def reason_of(error: Exception) -> str:
    """Return why a text could not be read, and in which line, on one line."""
    text = str(error)
    if isinstance(error, MarkedYAMLError) and error.problem:
        mark = error.problem_mark or error.context_mark
        text = error.problem if mark is None else f"{error.problem}, line {mark.line + 1}"
    return " ".join(text.split())[:200]


def yaml_text(content: Any) -> str:
    """Return plain values as YAML, in their order."""
    return _dumped(content, _writer())


def quoted(value: Any) -> str:
    """Return a value as YAML on one line: texts in double quotes, what cannot be seen escaped."""
    line = _dumped([_flow(value)], _writer()).removeprefix("- ").rstrip("\n")
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in line)


def with_values(text: str, values: dict[str, Any]) -> str:
    """Return the text of params.yaml with other values, and its comments where they are.

    Parameters
    ----------
    text : str
        The present text.
    values : dict of str to Any
        ``section.key`` to a value that JSON can hold.

    Raises
    ------
    ParameterError
        If a key is not there.
    """
    writer = _writer()
    content = writer.load(text)
    missing = [name for name in values if name.split(".")[1] not in content[name.split(".")[0]]]
    if missing:
        raise ParameterError(
            f"params.yaml has no {', '.join(missing)}: add it on a line of its own"
        )
    for name, value in values.items():
        section, key = name.split(".")
        content[section][key] = _flow(value)
    return _dumped(content, writer)


def _writer() -> YAML:
    writer = YAML()
    writer.Composer = _Quiet
    writer.preserve_quotes = True
    writer.width = 1 << 30
    writer.representer.add_representer(type(None), _null)
    return writer


def _null(representer: Any, _value: None) -> Any:
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")


def _dumped(content: Any, writer: YAML) -> str:
    stream = io.StringIO()
    writer.dump(content, stream)
    return stream.getvalue()


def _flow(value: Any) -> Any:
    """Return a value whose lists are written on one line, and whose texts are in quotes."""
    if isinstance(value, str):
        return DoubleQuotedScalarString(value)
    if isinstance(value, list):
        items = CommentedSeq(map(_flow, value))
        items.fa.set_flow_style()
        return items
    if isinstance(value, dict):
        return {_flow(key): _flow(inner) for key, inner in value.items()}
    return value
