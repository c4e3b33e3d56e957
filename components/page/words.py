"""The words of the page: values of the table, codes of the decision and of the gate."""

from __future__ import annotations

from typing import Any

_REASONS = {
    "simpler_as_good": "Another method is expected to be better still, but by less than the "
    "smallest difference that matters: the simpler one is taken.",
    "some_method_shown_worse_than_none": "At least one method is shown to do harm.",
    "no_other_method": "No method was compared with no resampling.",
    "at_chance_level": "With no method is the score shown to be above that of guessing.",
    "too_few_splits": "There are too few splits for an interval.",
    "metric_undefined": "The primary metric is undefined on these splits.",
    "worse_for_some_classifier": "For at least one classifier the adopted method is shown to be "
    "worse than no resampling: see the table by classifier.",
    "calibration_worse": "It makes predicted probabilities worse (Brier score): recalibrate if "
    "they are used as probabilities.",
    "not_shown_better_than_threshold_on_f1": "On F1 it is not likely to be better than merely "
    "tuning the decision threshold.",
    "few_splits": "Fewer than five splits: intervals are wide.",
    "few_rare_rows_in_test": "Fewer than ten rows of the rarest class in a test part: scores "
    "jump from split to split.",
}
_FAILURES = {
    "copies_real_rows": "copies real rows",
    "too_close_to_real_rows": "too close to real rows",
    "columns_differ": "columns differ from the real ones",
    "easily_detected": "easily told from real rows",
    "among_other_classes": "lies among other classes",
    "subgroup_left_out": "leaves a sub-group out",
    "variance_off": "spread too small or too large",
}


def reason_text(code: str) -> str:
    """Return what a reason of the decision means."""
    return _REASONS.get(code) or f"{code.replace('_', ' ').capitalize()}."


def failure_text(code: str) -> str:
    """Return what a failed limit of the gate means."""
    return _FAILURES.get(code) or code.replace("_", " ")


def cell(value: Any) -> str:
    """Return a value of the table as text of the page."""
    import pandas as pd

    if pd.isna(value):
        return "–"
    if isinstance(value, float):
        short = f"{value:.4g}"
        return f"{value:.0f}" if "e+" in short and abs(value) < 1e15 else short
    return str(value).removesuffix(" 00:00:00") if isinstance(value, pd.Timestamp) else str(value)
