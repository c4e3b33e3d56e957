"""Constraints between the columns of a table: found, modelled exactly, checked."""

from smrt_lightning.table.constraints.combinations import FixedCombinations
from smrt_lightning.table.constraints.constraint import Constraint, from_dict
from smrt_lightning.table.constraints.missing import MissingTogether
from smrt_lightning.table.constraints.one_hot import OneHot
from smrt_lightning.table.constraints.order import Inequality, Range
from smrt_lightning.table.constraints.total import Total

__all__ = [
    "Constraint",
    "FixedCombinations",
    "Inequality",
    "MissingTogether",
    "OneHot",
    "Range",
    "Total",
    "from_dict",
]
