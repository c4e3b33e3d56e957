"""The report's charts: colours of the page, names for readers, nothing of the data as markup."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from components.page import figures
from components.page.charts import curve_charts, prevalence
from components.page.confusion import SHOWN_CLASSES, confusion_tables
from components.page.drawing import INK, SERIES, drawing
from components.page.words import failure_text, reason_text

HOSTILE = "</title><script>alert(1)</script>\"'&{{7*7}}"


def test_a_chart_takes_the_colours_of_the_page_and_holds_no_date() -> None:
    chart = figures.loss_curve("loss-0", "Cost", [3.0, 2.0, 1.5])
    svg = chart.svg
    assert chart.csv == "epoch,nats a row\n1,3\n2,2\n3,1.5\n"
    assert "var(--s2)" in svg
    assert not re.search(r"#0[12]0[0-9a-f]", svg)
    assert not re.search(r"\d{4}-\d{2}-\d{2}T", svg)
    assert "<style" not in svg
    assert "metadata" not in svg
    ElementTree.fromstring(svg)  # well-formed


def test_titles_are_escaped_and_ids_carry_the_charts_name() -> None:
    with drawing("one-0", HOSTILE, size=(2, 1), description=HOSTILE) as chart:
        chart.axes.plot([0, 1], [0, 1], "o", color=INK)
    root = ElementTree.fromstring(chart.svg)
    assert [element.text for element in root[:2]] == [HOSTILE, HOSTILE]
    ids = re.findall(r'\bid="([^"]*)"', chart.svg)
    assert len(ids) > 3
    assert all(name.startswith("one-0-") for name in ids)
    assert set(re.findall(r"(?:url\(|href=\")#([\w-]+)", chart.svg)) <= set(ids)


def test_a_classifier_without_probabilities_has_no_reliability() -> None:
    bins = {"predicted": [0.1, 0.9], "observed": [0.2, 0.8], "rows": [50, 50]}
    line = {"recall": [0.1, 0.5], "precision": [0.9, None], "precision_std": [0.1, None]}
    curves = {"sure": {**line, "reliability": bins}, "bare": {**line, "reliability": None}}
    drawn = curve_charts(
        {
            "curves": {"none": curves},
            "headline": "rare",
            "labels": ["common", "rare"],
            "confusion": {"none": {"sure": [[80, 10], [4, 6]]}},
        },
        ["none"],
        figures.method_styles(["none"]),
        ["none"],
    )
    assert [entry["classifier"] for entry in drawn] == ["sure", "bare"]
    assert drawn[0]["reliability"] is not None
    assert drawn[1]["reliability"] is None
    assert drawn[0]["precision_recall"].csv.splitlines()[1:] == ["none,0.1,0.9,0.1", "none,0.5,,"]


def test_guessing_has_the_precision_of_the_class_share() -> None:
    two = {"headline": "b", "labels": ["a", "b"], "confusion": {"none": {"x": [[80, 10], [4, 6]]}}}
    assert prevalence(two) == 0.1
    assert prevalence({**two, "headline": "macro", "labels": list("abcd")}) == 0.25


@pytest.mark.parametrize("name", ["", "A", 'x"', "a b"])
def test_names_of_charts_are_plain(name: str) -> None:
    with pytest.raises(ValueError, match="is no name"), drawing(name, "t", size=(1, 1)):
        pass


def test_the_same_chart_twice() -> None:
    drawn = [figures.loss_curve("loss-0", "Cost", [3.0, 2.0]) for _ in range(2)]
    assert drawn[0] == drawn[1]


def test_marks_stand_where_the_numbers_are() -> None:
    rows, _ = figures.intervals([(0.02, 0.01, 0.03), (-0.02, None, None), (None, None, None)], 0.01)

    def marks(svg: str) -> list[float]:
        root = ElementTree.fromstring(svg)
        uses = [e for e in root.iter() if e.tag.endswith("use")]
        return sorted(float(use.get("x", "nan")) for use in uses)

    low, mean, high = marks(rows[0])
    assert low < mean < high
    assert mean - low == pytest.approx(high - mean, abs=0.2)
    width = float(ElementTree.fromstring(rows[0]).get("viewBox", "").split()[2])
    assert marks(rows[1])[0] == pytest.approx(width - mean, abs=0.2)  # the axis is symmetric here
    assert marks(rows[2]) == []


def test_undefined_values_leave_gaps() -> None:
    styles = figures.method_styles(["none", "smrt"])
    svg = figures.by_ratio(
        "sweep-0", "t", {"smrt": ([0.1, 0.5, 1.0], [0.5, None, 0.7])}, styles, None
    ).svg
    uses = [e for e in ElementTree.fromstring(svg).iter() if e.tag.endswith("use")]
    series = [use for use in uses if "--s2" in use.get("style", "")]
    assert len(series) == 2


def test_a_method_looks_the_same_in_every_comparison() -> None:
    one = figures.method_styles(["none", "smote", "ADASYN", "smrt"])
    two = figures.method_styles(["none", "smrt"])
    assert one["smrt"] == two["smrt"]
    looks = {(style.number, style.dashes) for style in one.values()}
    assert len(looks) == len(one)
    assert all(0 <= style.number < len(SERIES) for style in one.values())


def comparison(k: int) -> dict[str, object]:
    counts = (np.arange(k * k).reshape(k, k) % 7 + np.diag(np.arange(k, 0, -1) * 10)).tolist()
    labels = [f"class {code}" for code in range(k)]
    return {"labels": labels, "confusion": {"none": {"one": counts, "two": counts}}}


def test_confusion_is_by_classifier_and_starts_with_the_rarest() -> None:
    given = comparison(3)
    found = confusion_tables(given, ["none", "gone"])
    assert found["joined"] == 0
    assert list(found["classifiers"]) == ["one", "two"]
    assert list(found["classifiers"]["one"]) == ["none"]
    counts = np.array(given["confusion"]["none"]["one"])  # type: ignore[index]
    order = np.argsort(counts.sum(axis=1), kind="stable")
    assert found["labels"] == [f"class {code}" for code in order]
    table = found["classifiers"]["one"]["none"]
    assert [[cell[0] for cell in row] for row in table] == counts[np.ix_(order, order)].tolist()
    assert sum(cell[1] for cell in table[0]) == pytest.approx(1.0)


def test_confusion_of_many_classes_joins_the_largest() -> None:
    given = comparison(SHOWN_CLASSES + 5)
    found = confusion_tables(given, ["none"])
    assert len(found["labels"]) == SHOWN_CLASSES - 1
    assert found["joined"] == 6
    table = found["classifiers"]["one"]["none"]
    assert len(table) == len(table[0]) == SHOWN_CLASSES
    counts = given["confusion"]["none"]["one"]  # type: ignore[index]
    assert sum(cell[0] for row in table for cell in row) == np.sum(counts)


def test_every_code_of_the_library_has_words() -> None:
    """The codes are literals in the modules that hand them out."""
    import inspect

    from smrt_lightning.evaluation.decision import verdict
    from smrt_lightning.evaluation.fidelity import check

    decided = inspect.getsource(verdict)
    codes = set(re.findall(r'"([a-z0-9]+(?:_[a-z0-9]+){2,})"', decided))
    keys = {
        "method_in_differences",
        "difference_to_none",
        "difference_to_smote",
        "differences_to_smote",
        "too_few_rows",  # a verdict, which has words of its own
    }
    for code in codes - keys:
        assert len(reason_text(code)) > len(code) or code in keys, code
        assert reason_text(code) != f"{code.replace('_', ' ').capitalize()}.", code
    failures = set(re.findall(r'"(\w+)": (?:coincide|beyond|between)', inspect.getsource(check)))
    assert len(failures) >= 6
    for code in failures:
        assert failure_text(code) != code
    assert reason_text("a_new_reason") == "A new reason."
