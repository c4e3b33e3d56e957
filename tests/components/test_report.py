"""Stage report: one page, nothing beside it, and no text of the data that becomes markup."""

import base64
import csv
import hashlib
import io
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from component_projects import HOSTILE, Project

from components import report
from components.page import figures
from components.page.found import found_tables
from components.project.workspace import digest, read_json
from smrt_lightning.errors import MissingFileError, ParameterError

VOID = {"meta", "img", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """Tags, addresses and text of a page; fails on tags that are not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.references: list[str] = []
        self.text: list[str] = []
        self.unnamed: list[dict[str, str | None]] = []
        self.tables: list[list[str]] = []
        self.figures: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = dict(attrs)
        self.addresses += [str(values[k]) for k in ("src", "href", "srcset") if k in values]
        self.ids += [str(values["id"])] if "id" in values else []
        for name in ("aria-labelledby", "aria-describedby"):
            self.references += str(values.get(name) or "").split()
        assert not [name for name in values if name.startswith("on")]
        if tag == "img" and not values.get("alt"):
            self.unnamed.append(values)
        if tag == "figure" and "data-csv" in values:
            self.figures[str(values["data-name"])] = str(values["data-csv"])
        if tag == "svg" and not (values.get("aria-labelledby") or values.get("aria-hidden")):
            self.unnamed.append(values)
        if tag == "table":
            self.tables.append([])
        elif "table" in self._open:
            self.tables[-1].append(tag)
            assert tag != "th" or "scope" in values
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        if tag in ("th", "td"):
            self.text.append(" ")

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join("".join(self.text).split())


@pytest.fixture(scope="module")
def page(finished: Project) -> Page:
    return Page(finished.workspace.report.read_text(encoding="utf-8"))


def test_the_page_stands_alone(page: Page, finished: Project) -> None:
    outside = [a for a in page.addresses if not a.startswith(("data:image/png;base64,", "#"))]
    assert outside == []
    assert finished.workspace.report.stat().st_size < 3_000_000
    text = finished.workspace.report.read_text(encoding="utf-8")
    assert not re.findall(r"url\((?!#)[^)]*\)|@import|(?<!xmlns=\")https?://(?!www.w3.org)", text)


def test_one_script_and_the_page_names_its_digest(finished: Project) -> None:
    text = finished.workspace.report.read_text(encoding="utf-8")
    script = re.findall(r"<script>(.*?)</script>", text, flags=re.DOTALL)
    assert len(script) == 1
    assert text.count("<script") == 1
    allowed = base64.b64encode(hashlib.sha256(script[0].encode()).digest()).decode()
    assert f"script-src 'sha256-{allowed}'" in text
    assert "default-src 'none'" in text


def test_it_can_be_read_out(page: Page) -> None:
    assert page.unnamed == []
    assert len(page.ids) == len(set(page.ids))
    assert set(page.references) <= set(page.ids)
    in_page = {address[1:] for address in page.addresses if address.startswith("#")}
    assert in_page <= set(page.ids)
    for tags in page.tables:
        assert "th" in tags
    assert sum("caption" in tags for tags in page.tables) >= 8


def test_hostile_labels_and_cells_are_shown_as_text(page: Page) -> None:
    text = "".join(page.text)
    for label in HOSTILE:
        assert label in text
    assert "<i>blue</i>" in text
    assert "weight: '<b>heavy</b>' is not a finite number" in text
    assert not {"i", "b"} & set(page.tags)


def test_the_page_tells_the_decision_the_scores_and_the_quarantine(
    page: Page, finished: Project
) -> None:
    decision = read_json(finished.workspace.decision)
    assert decision["sentence"] in page.words
    assert decision["verdict"][0].upper() + decision["verdict"][1:] in page.words
    means = read_json(finished.workspace.comparison)["metrics"]
    smrt = means["smrt"]["mean"]["average_precision"]
    assert f"{smrt['mean']:.3f} ± {smrt['std']:.3f}" in page.words
    gap = decision["differences"]["smrt"]
    signed = [f"{gap[key]:+.3f}".replace("-", "−") for key in ("mean", "low", "high")]
    assert f"{signed[0]} ({signed[1]} to {signed[2]})" in page.words
    assert "3 of 136 rows broke the schema" in page.words
    assert "fewer than min_rows" in page.words  # why the tiny class has no model


def test_the_title_names_the_table_the_target_and_the_run(finished: Project) -> None:
    text = finished.workspace.report.read_text(encoding="utf-8")
    title = re.findall("<title>(.*?)</title>", text)[0]  # the first one: charts have titles, too
    assert re.fullmatch(r"table\.csv · target · run [0-9a-f]{8}", title)


def test_recall_and_precision_of_each_class_are_those_of_the_scores(
    page: Page, finished: Project
) -> None:
    scores = pd.read_csv(finished.workspace.scores, dtype={"class": "str"}, keep_default_na=False)
    own = scores.query(
        "metric == 'recall_tuned' and method == 'smrt' and classifier == 'k_neighbors'"
        " and scope == 'class'"
    )
    recall = own.astype({"value": float}).groupby("class")["value"].mean()
    comparison = read_json(finished.workspace.comparison)
    found = found_tables(finished.workspace, comparison, comparison["methods"])
    assert found["tuned"]
    panel = dict(found["panels"])["k_neighbors"]
    assert "threshold" not in panel
    means = [cell[0] for cell in panel["smrt"]["recall_tuned"]]
    assert means == pytest.approx([recall[label] for label in found["labels"]])
    assert len(panel["smrt"]["recall_tuned"]) == len(found["labels"]) == 2 + len(HOSTILE)


def test_coverage_of_the_sub_groups_is_shown(page: Page, finished: Project) -> None:
    fidelity = read_json(finished.workspace.comparison)["fidelity"]["smrt"]
    groups = [group for found in fidelity.values() for group in found["subgroups"]["subgroups"]]
    assert groups
    for group in groups:
        assert group["name"] in page.words


def test_counts_before_and_after(page: Page, finished: Project) -> None:
    before = read_json(finished.workspace.validation)["classes"]
    after = max(before.values())
    assert f"{before['tiny']} {after - before['tiny']} {after}" in page.words


def test_what_the_page_was_made_of(page: Page, finished: Project) -> None:
    place = finished.workspace
    for path in (place.schema, place.balanced, place.decision):
        assert digest(path) in page.words
    assert read_json(place.validation)["table_sha256"] in page.words
    assert 'evaluate.primary_metric "average_precision"' in page.words
    assert "dvc repro" in page.words
    assert "drift." not in page.words  # no stage reads that section


def test_a_chart_for_everything(page: Page) -> None:
    names = [name.removesuffix("-title") for name in page.ids if name.endswith("-title")]
    assert len([name for name in names if name.startswith("loss-")]) == len(HOSTILE)
    for start, number in (("sweep-", 4 + 2), ("pr-", 2), ("reliability-", 2)):
        assert len([name for name in names if name.startswith(start)]) == number
    assert set(page.figures) == set(names)  # each can be saved
    header, *rows = csv.reader(io.StringIO(page.figures["pr-0"]))
    assert header == ["method", "recall", "precision", "standard deviation over splits"]
    assert min(float(row[1]) for row in rows) > 0  # at recall 0 there is nothing to draw
    shown = len(HOSTILE) + 1
    assert len([name for name in names if name.startswith("plane-")]) == 3 * shown
    assert len([name for name in names if name.startswith("column-")]) == 2 * shown


def test_the_same_bytes_twice(finished: Project) -> None:
    before = finished.workspace.report.read_bytes()
    report.run(finished.workspace, finished.params)
    assert finished.workspace.report.read_bytes() == before


def shaped(project: Project, shape: list[int] | None) -> object:
    params = project.params
    return params.model_copy(
        update={"report": params.report.model_copy(update={"image_shape": shape})}
    )


@pytest.mark.parametrize("shape", [[8, 8], [1, 3]])
def test_a_shape_that_the_rows_do_not_have(finished: Project, shape: list[int]) -> None:
    before = finished.workspace.report.read_bytes()
    with pytest.raises(ParameterError, match=r"report\.image_shape is .* 3 features, 2 of them"):
        report.run(finished.workspace, shaped(finished, shape))  # type: ignore[arg-type]
    assert finished.workspace.report.read_bytes() == before


def test_rows_as_pictures(project: Project) -> None:
    from component_projects import small_table

    from components import pipeline
    from components.page.side_by_side import SHOWN_ROWS

    table = small_table().drop(columns=["weight", "colour"])
    for name in ("b", "c", "d"):
        table.insert(1, name, table["size"])
    schema = {"dtype": "int64", "nullable": False}
    project.write_yaml(
        "schema.yaml",
        {
            "schema_type": "dataframe",
            "columns": {
                **dict.fromkeys(("size", "b", "c", "d"), schema),
                "target": {"dtype": "str", "nullable": False},
            },
        },
    )
    project.put_table(table)
    project.set_params("report", image_shape=[2, 2])
    for stage in pipeline.STAGES:
        pipeline.run_stage(stage, project.workspace, project.params)
    page = Page(project.workspace.report.read_text(encoding="utf-8"))
    pictures = [address for address in page.addresses if address.startswith("data:image/png")]
    # Real ones alone; those of SMRT and SMOTE with their nearest real row beside them.
    assert len(pictures) == SHOWN_ROWS * (1 + 2 + 2)


def test_nothing_to_compare_and_nothing_drawn(project: Project) -> None:
    from component_projects import small_table

    from components import pipeline
    from components.page.confusion import SHOWN_CLASSES

    project.put_table(small_table({f"class {number}": 5 for number in range(SHOWN_CLASSES + 4)}))
    project.set_params("evaluate", methods=["none"], classifiers=["k_neighbors"], ratios=[])
    for stage in pipeline.STAGES:
        pipeline.run_stage(stage, project.workspace, project.params)
    page = Page(project.workspace.report.read_text(encoding="utf-8"))
    for words in (
        "No sweep",
        "No synthetic rows were asked for",
        "No synthetic rows were measured",
        "No class was large enough to train a model",
        "Every row passed the schema",
        "5 others",
    ):
        assert words in page.words


def test_pictures_are_black_where_the_value_is_high() -> None:
    from matplotlib.image import imread

    address = figures.picture(np.array([[0.0, 16.0], [8.0, np.nan]]), 0.0, 16.0)
    content = base64.b64decode(address.removeprefix("data:image/png;base64,"))
    grey = imread(io.BytesIO(content))[..., 0]
    assert grey[0, 0] == 1.0
    assert grey[0, 1] == 0.0
    assert 0.4 < grey[1, 0] < 0.6
    assert grey[1, 1] == 1.0


def test_without_the_stages_before(project: Project) -> None:
    with pytest.raises(MissingFileError, match=r"validation\.json is missing"):
        report.run(project.workspace, project.params)
