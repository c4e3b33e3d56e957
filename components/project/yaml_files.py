"""YAML 1.2, as DVC reads it: 1:30 is a text, 010 is ten, and a key given twice an error."""

from __future__ import annotations

import io
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from smrt_lightning.errors import ParameterError

__all__ = ["YAMLError", "parse_yaml", "quoted", "reason_of", "with_values", "yaml_text"]


def parse_yaml(text: str) -> Any:
    """Return what a YAML text says, in plain values only.

    Raises
    ------
    YAMLError
        If it is no YAML, gives a key twice, or asks for an object.
    """
    return YAML(typ="safe", pure=True).load(text)


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
