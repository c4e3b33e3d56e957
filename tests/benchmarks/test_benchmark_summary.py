import pandas as pd
import pytest

from benchmarks import results
from benchmarks.summary import p_greater, summarise
from benchmarks.trial import CLASSIFIERS

SETS = ["diabetes", "oil_spill", "us_crime", "adult"]


def frame_of(score, methods, sets=SETS, ratio=1.0, splits=(0, 1)):
    """Rows whose every metric is score(set, split, method, classifier)."""
    rows = []
    for dataset in sets:
        for split in splits:
            for method in methods:
                for kind in CLASSIFIERS:
                    value = score(dataset, split, method, kind)
                    columns = (*results.METRICS, *results.EXTRA_METRICS, *results.WHOLE_CLASS)
                    row = dict.fromkeys(columns, value)
                    key = dict(zip(results.KEY, (dataset, split, ratio, method, kind), strict=True))
                    rows.append({**row, **key, "resample_seconds": 1.0 + split, "note": ""})
    return pd.DataFrame(rows)


def line(text, heading, first):
    part = text.split(heading)[1]
    found = next(row for row in part.splitlines() if row.startswith(f"| {first} |"))
    return [cell.strip() for cell in found.strip("|").split("|")][1:]


def score(dataset, split, method, kind):
    """SMOTE .5, none .4, and SMRT better but on oil_spill with two classifiers."""
    if method == "smrt":
        if dataset == "oil_spill" and kind in ("random_forest", "k_neighbors"):
            return 0.5 if kind == "random_forest" else 0.45
        return 0.6 + 0.02 * split
    return {"smote": 0.5, "none": 0.4}[method]


METHODS = ["none", "smote", "smrt"]


def test_means_and_ranks():
    text = summarise(frame_of(score, METHODS))
    # fourteen pairs at .61 and first, one tied with smote at .5, one second at .45
    mean = (14 * 0.61 + 0.5 + 0.45) / 16
    ap, *_, brier = line(text, "### Mean", "smrt")
    assert ap == f"{mean:.3f} ({(14 + 1.5 + 2) / 16:.2f})"
    assert brier == f"{mean:.3f} ({(14 * 3 + 2.5 + 2) / 16:.2f})"


def test_wins_ties_losses_and_the_worst_set():
    text = summarise(frame_of(score, METHODS))
    ap, _, _, worst = line(text, "### Against smote", "smrt")
    mean = (14 * 0.11 - 0.05) / 16
    p = p_greater(pd.Series([0.11] * 14 + [0.0, -0.05]))
    of_sets = p_greater(pd.Series([0.11] * 3 + [(0.11 * 2 - 0.05) / 4]))
    assert ap == f"{mean:+.3f}, 14/1/1, {p:.1g} ({of_sets:.1g})"
    assert p < 0.01 < of_sets  # four sets cannot show what their sixteen pairs seem to
    assert worst == f"oil_spill {(0.11 * 2 - 0.05) / 4:+.3f}"


def test_p_is_one_sided_and_defined_for_no_difference():
    up = pd.Series([0.1, 0.2, 0.3, 0.4, 0.5])
    assert p_greater(up) == pytest.approx(1 / 32)
    assert p_greater(-up) == 1
    assert p_greater(0 * up) == 1


def test_trials_that_a_method_lacks_are_left_out_and_named():
    frame = frame_of(score, METHODS)
    lacking = frame[(frame["method"] != "smrt") | (frame["dataset"] != "adult")]
    text = summarise(lacking)
    assert "3 sets, 12 pairs" in text
    assert "left out: adult" in text
    text = summarise(lacking, methods=["none", "smote"])
    assert "4 sets, 16 pairs" in text
    assert "smrt" not in text


def test_solved_sets_count_only_when_asked():
    def easy(dataset, split, method, kind):
        return 0.99 if dataset == "adult" else score(dataset, split, method, kind)

    text = summarise(frame_of(easy, METHODS))
    assert "Solved sets (none and smote ≥ 0.98 AP): adult; left out" in text
    assert "3 sets, 12 pairs" in text
    text = summarise(frame_of(easy, METHODS), all_sets=True)
    assert "4 sets, 16 pairs" in text
    assert "included" in text


def test_what_must_be_shown_is_checked_against_the_peers_alone():
    frame = frame_of(score, METHODS)
    rival = frame[frame["method"] == "smrt"].assign(method="smrt@other")
    rival[list(results.METRICS)] += 0.2
    half = frame_of(
        lambda d, s, method, k: 0.91 if method == "smrt" else 0.9, METHODS, ["mnist_3v8_100"], 0.5
    )
    text = summarise(pd.concat([frame, rival, half.assign(split=0)]))
    part = "### Must show: smrt\n"
    assert line(text, part, "AP − SMOTE") == ["≥ +0.030", "+0.093", "yes"]
    assert line(text, part, "AP: mean rank")[1].startswith("1.09, best peer 1.91 (smote)")
    assert line(text, part, "mixed tables: F1 − SMOTENC") == ["> 0", "+0.110", "yes"]
    assert line(text, part, "mnist_3v8_100 at 0.5, LR: F1 − SMOTE") == ["≥ +0.030", "+0.010", "no"]


def test_nothing_to_show_is_said():
    empty = frame_of(score, METHODS).iloc[:0]
    assert summarise(empty, methods=["none"]) == "The results hold no rows of none."
    frame = frame_of(score, METHODS)
    apart = frame[(frame["method"] == "smote") != (frame["dataset"] == "adult")]
    assert "No trial is there for all of" in summarise(apart)


def test_the_bound_of_the_best_threshold_leaves_out_methods_without_it():
    frame = frame_of(score, METHODS)
    frame["best_f1"] = frame["f1"] + 0.05
    frame.loc[frame["method"] == "none", "best_f1"] = float("nan")
    text = summarise(frame)
    assert line(text, "### How much F1", "smote") == ["0.500", "0.550"]
    assert "none" not in text.split("### How much F1")[1].split("###")[0]


def test_what_the_rows_keep_of_the_class_is_shown_where_it_was_measured():
    frame = frame_of(score, METHODS)
    frame.loc[frame["method"] == "none", "worst_subgroup"] = float("nan")
    frame.loc[frame["dataset"] != "adult", "subgroup_recall"] = float("nan")
    text = summarise(frame)
    assert line(text, "### The whole class", "smote") == ["0.50", "0.50"]
    assert "none" not in text.split("### The whole class")[1].split("###")[0]
    assert line(text, "### Recall of the neglected", "smote") == ["0.500"]
