"""Codes of the decision and of the gate in plain words, for the report."""

from __future__ import annotations

_REASONS = {
    "shown_better_than_none": "The gain over leaving the data alone is shown: it is large enough "
    "to matter, and its p-value holds after correcting for the number of methods (Holm).",
    "simpler_method_not_shown_worse": "Another method looks better still, but not shown to be "
    "better than this simpler one.",
    "shown_better_than_smote": "It is also shown to be better than SMOTE.",
    "not_shown_better_than_smote": "It is not shown to be better than SMOTE.",
    "some_method_shown_worse_than_none": "At least one method is shown to do harm.",
    "no_other_method": "No method was compared with leaving the data alone.",
    "gain_not_excluded": "A gain worth having is neither shown nor excluded: some intervals reach "
    "beyond the smallest difference that matters.",
    "no_worthwhile_gain_possible": "Every interval ends below the smallest difference that "
    "matters, so no gain worth having is compatible with these data.",
    "too_few_splits": "There are too few splits for an interval.",
    "metric_undefined": "The primary metric is undefined on these splits.",
    "gain_too_small": "A gain is shown, but it is too small to matter.",
    "gain_lost_to_holm": "One method alone would have shown a gain; tested beside the others it "
    "does not hold.",
    "worse_for_some_classifier": "For at least one classifier the adopted method is shown to be "
    "worse than leaving the data alone: see the table by classifier.",
    "calibration_worse": "It makes predicted probabilities worse (Brier score): recalibrate if "
    "they are used as probabilities.",
    "not_shown_better_than_threshold_on_f1": "On F1 it is not shown to be better than merely "
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
    "variance_off": "spread too small or too large",
}


def reason_text(code: str) -> str:
    """Return what a reason of the decision means."""
    return _REASONS.get(code) or f"{code.replace('_', ' ').capitalize()}."


def failure_text(code: str) -> str:
    """Return what a failed limit of the gate means."""
    return _FAILURES.get(code) or code.replace("_", " ")
