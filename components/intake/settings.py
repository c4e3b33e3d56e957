"""Change single values in the text of params.yaml, and leave its comments where they are."""

from __future__ import annotations

import json
import re
from typing import Any

from smrt_lightning.errors import ParameterError


def quoted(value: Any) -> str:
    """Return a value as YAML on one line: letters of any script as they are, the rest escaped."""
    # Not json.dumps alone: it escapes as pairs of surrogates what YAML takes for two characters.
    return "".join(
        character if character.isprintable() else f"\\U{ord(character):08x}"
        for character in json.dumps(value, ensure_ascii=False)
    )


def with_values(text: str, values: dict[str, Any]) -> str:
    """Return the text of params.yaml with other values.

    Parameters
    ----------
    text : str
        Sections at the left, their keys indented by two blanks.
    values : dict of str to Any
        ``section.key`` to a value that JSON can hold.

    Raises
    ------
    ParameterError
        If a key is not there.
    """
    lines: list[str] = []
    wanted = dict(values)
    section = ""
    dropping = False
    for line in text.splitlines():
        if heading := re.match(r"(\w+):", line):
            section = heading[1]
        if dropping and re.match(r"   |  - ", line):
            continue  # what was left of the old value
        dropping = False
        key = re.match(r"  (\w+):", line)
        dotted = f"{section}.{key[1]}" if key else ""
        if dotted in wanted:
            entry = f"  {dotted.split('.')[1]}: {quoted(wanted.pop(dotted))}"
            remark = re.search(r"\s#.*$", line)
            line = f"{entry:<30} {remark[0].strip()}" if remark else entry
            dropping = True
        lines.append(line)
    if wanted:
        raise ParameterError(f"params.yaml has no {', '.join(wanted)}: add it on a line of its own")
    return "\n".join(lines) + "\n"
