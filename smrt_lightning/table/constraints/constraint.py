"""The interface of every constraint."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.errors import ParameterError
from smrt_lightning.table.values import value_from_json, value_to_json

Flags = NDArray[np.bool_]
_KINDS: dict[str, type[Constraint]] = {}


class Constraint(ABC):
    """Something that holds in every row of a table.

    A subclass is a frozen dataclass whose fields name columns and say how; ``kind`` is its name in
    files.
    """

    kind: ClassVar[str]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Make the kind known by its name."""
        super().__init_subclass__(**kwargs)
        _KINDS[cls.kind] = cls

    @property
    @abstractmethod
    def columns(self) -> tuple[Any, ...]:
        """The columns that it speaks of."""

    @abstractmethod
    def broken(self, table: pd.DataFrame) -> Flags:
        """Tell which rows break it, shape (n_rows,)."""

    @abstractmethod
    def __str__(self) -> str:
        """Say it in one line."""

    def fit(self, table: pd.DataFrame) -> Self:
        """Return the constraint with what it needs to know of a table.

        Raises
        ------
        ParameterError
            If the table lacks one of its columns, or they cannot be held to it.
        """
        missing = [name for name in self.columns if name not in table.columns]
        if missing:
            shown = ", ".join(repr(name) for name in table.columns[:10])
            raise ParameterError(
                f"a constraint of kind {self.kind!r} names {missing[0]!r}, which is no column; the "
                f"table has {shown}."
            )
        return self

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-able form that :func:`from_dict` turns back."""
        values = {field.name: _plain(getattr(self, field.name)) for field in fields(self)}  # type: ignore[arg-type]
        return {"kind": self.kind, **{name: v for name, v in values.items() if v is not None}}


def from_dict(stored: Mapping[str, Any]) -> Constraint:
    """Return the constraint that :meth:`Constraint.to_dict` wrote, or that a person did.

    Raises
    ------
    ParameterError
        If there is no such kind, or it has other fields.
    """
    seen = stored.get("kind") if isinstance(stored, Mapping) else stored
    if not isinstance(stored, Mapping) or not isinstance(seen, str) or seen not in _KINDS:
        raise ParameterError(
            f"{seen!r} is no kind of constraint; there are {', '.join(sorted(_KINDS))}."
        )
    kind = _KINDS[seen]
    names = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    given = {key: value for key, value in stored.items() if key != "kind"}
    unknown = [key for key in given if key not in names]
    if unknown:
        raise ParameterError(
            f"a constraint of kind {kind.kind!r} has no {unknown[0]!r}; it has {', '.join(names)}."
        )
    try:
        return kind(**{key: _tupled(value) for key, value in given.items()})
    except ParameterError:
        raise
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise ParameterError(
            f"a constraint of kind {kind.kind!r} is not whole: {error}; it has {', '.join(names)}."
        ) from None


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value if value is None else value_to_json(value)


def _tupled(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_tupled(one) for one in value)
    return value_from_json(value)
