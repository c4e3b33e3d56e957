"""The parameters of the autoencoders: name, type, bounds, default and meaning of each.

One is added here and nowhere else: the constructors, their checks and docstrings, the section
``vae`` of params.yaml, the training's schedule and what is stored of a model follow from these
classes. They need neither scikit-learn nor torch, so that params.yaml is read quickly.
"""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Le, Lt, MinLen

Count = Annotated[int, Ge(1)]
Positive = Annotated[float, Gt(0)]
NotNegative = Annotated[float, Ge(0)]
Draw = Literal["anchored", "free", "prior", "prior_correlated", "prior_mean", "interpolation"]

_Class = TypeVar("_Class", bound=type[Any])


@dataclass(kw_only=True, eq=False, repr=False)
class TrainingParameters:
    """The parameters that the training takes as they are given.

    Parameters
    ----------
    learning_function : {"adamw", "adam", "rms_prop", "sgd", "momentum", "adagrad", "adadelta"}
        The optimiser; "momentum" is stochastic gradient descent with a momentum of 0.9.
    learning_rate : float
        Peak of the one-cycle schedule (Smith & Topin 2019).
    batch_size : int
        Rows a step.
    l2_penalty : float, optional
        Weight decay; None or 0 for none.
    early_stopping : bool
        Stop when the cost of an epoch no longer falls by ``min_change``.
    min_change : float
        In nats a row.
    accelerator : str
        As Lightning's Trainer takes it: "auto", "cpu", "gpu", …
    """

    learning_function: Literal[
        "adamw", "adam", "rms_prop", "sgd", "momentum", "adagrad", "adadelta"
    ] = "adamw"
    learning_rate: Positive = 3e-3
    batch_size: Count = 128
    l2_penalty: NotNegative | None = 1e-4
    early_stopping: bool = True
    min_change: NotNegative = 1e-3
    accelerator: str = "auto"


@dataclass(kw_only=True, eq=False, repr=False)
class ModelParameters(TrainingParameters):
    """The parameters of every autoencoder that a file can hold.

    Parameters
    ----------
    n_hidden : int, sequence of int or "auto"
        Widths of the encoder's layers; the decoder mirrors them.
    activation_function : {"silu", "relu", "elu", "gelu", "tanh", "sigmoid", "identity"}
        Between layers.
    n_epochs : int, optional
        Passes over the rows. Unset, they follow from the rows: 100, within ``min_steps`` and
        ``max_steps``.
    min_steps, max_steps : int, optional
        Bounds on the optimiser's steps. Unset, they are 600 and 1500, since tiny tables make tiny
        epochs; and there are none where ``n_epochs`` is set.
    dropout : float
        Rate (share dropped), not a keep-probability.
    clip : float or bool, optional
        Bound on the gradient's norm; True for 5, False, None or 0 for none.
    gclip_min, gclip_max : float, optional
        Bounds on each entry of the gradient, below and above 0, instead of one on its norm; only
        where ``clip`` is not off.
    layer_type : {"xavier", "gaussian"}
        First weights: uniform (Glorot & Bengio 2010), or normal of variance 2 / n_in.
    bias_strategy : {"zeros", "ones"}
        First biases.
    column_kinds : mapping, optional
        Column name to "numeric", "continuous" (no masses, gaps or steps are looked for) or
        "categorical"; inferred otherwise.
    max_levels : int
        Places of a categorical column; rarer levels share the last.
    """

    n_hidden: Literal["auto"] | Count | Annotated[Sequence[Count], MinLen(1)] = field(
        default="auto", kw_only=False
    )
    activation_function: Literal["silu", "relu", "elu", "gelu", "tanh", "sigmoid", "identity"] = (
        "silu"
    )
    n_epochs: Count | None = None
    min_steps: Count | None = None
    max_steps: Count | None = None
    dropout: Annotated[float, Ge(0), Lt(1)] = 0.0
    clip: bool | NotNegative | None = 5.0
    gclip_min: Annotated[float, Lt(0)] | None = None
    gclip_max: Positive | None = None
    layer_type: Literal["xavier", "gaussian"] = "xavier"
    bias_strategy: Literal["zeros", "ones"] = "zeros"
    column_kinds: Mapping[Any, Literal["numeric", "continuous", "categorical"]] | None = None
    max_levels: Annotated[int, Ge(2)] = 100


@dataclass(kw_only=True, eq=False, repr=False)
class VariationalParameters(ModelParameters):
    """The parameters that a variational autoencoder takes besides.

    Parameters
    ----------
    n_latent_factors : int, float or "auto"
        Width of z; a float below 1 is a share of the coded columns, at least 2 in all; "auto" takes
        half of them, within 2 and 16.
    draw : {"anchored", "free", "prior", "prior_correlated", "prior_mean", "interpolation"}
        How rows are drawn, see :mod:`smrt_lightning.model.draws`.
    residual, noise : float, optional
        ρ and τ of the draw; its own by default.
    """

    n_latent_factors: Literal["auto"] | Count | Annotated[float, Gt(0), Lt(1)] = field(
        default="auto", kw_only=False
    )
    draw: Draw = "anchored"
    residual: Annotated[float, Ge(0), Le(1)] | None = None
    noise: NotNegative | None = None


def from_parameters(cls: _Class) -> _Class:
    """Give an estimator the docstring and the checks that follow from its parameters.

    Their entries stand in its docstring in place of ``{parameters}``; what
    ``_parameter_constraints`` says of a parameter goes before its type.
    """
    bases = [base for base in cls.__mro__[1:] if "__dataclass_fields__" in vars(base)]
    entries = [
        inspect.cleandoc(base.__doc__ or "").partition("----------\n")[2].partition("\n\n")[0]
        for base in sorted(bases, key=lambda base: base.__module__ != __name__)
    ]
    doc = inspect.cleandoc(cls.__doc__ or "")
    cls.__doc__ = doc.replace("{parameters}", "\n".join(filter(None, entries)))
    given = cls._parameter_constraints
    hints = get_type_hints(cls, include_extras=True)
    names = [each.name for each in fields(cls) if each.name not in given]
    cls._parameter_constraints = {**given, **{name: _constraints(hints[name]) for name in names}}
    return cls


def _constraints(hint: Any) -> list[Any]:
    """Return a type and its bounds as scikit-learn writes them."""
    from sklearn.utils._param_validation import Interval, StrOptions

    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return [one for arg in args for one in _constraints(arg)]
    if origin is Literal:
        return [StrOptions(set(args))]
    if origin is Annotated and args[0] in (int, float):
        bound = {(name := type(each).__name__.lower()): getattr(each, name) for each in args[1:]}
        left, right = "ge" in bound, "le" in bound
        closed = "both" if left and right else "left" if left else "right" if right else "neither"
        low, high = bound.get("ge", bound.get("gt")), bound.get("le", bound.get("lt"))
        return [Interval(Integral if args[0] is int else Real, low, high, closed=closed)]
    known = {bool: "boolean", NoneType: None, str: str, Annotated: "array-like", Mapping: Mapping}
    return [known[origin or hint]]
