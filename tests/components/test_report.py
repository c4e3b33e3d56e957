"""Stage report: one page, nothing beside it, and no text of the data that becomes markup."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest
from component_projects import HOSTILE, Project

from components import figures, report
from components.artifacts import read_json
from components.errors import MissingArtifactError, ParameterError

VOID = {"meta", "img", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """Tags, addresses and text of a page; fails on tags that are not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.text: list[str] = []
        self.missing_alt = 0
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = dict(attrs)
        self.addresses += [str(values[k]) for k in ("src", "href", "srcset") if k in values]
        assert not [name for name in values if name.startswith("on")]
        if tag == "img":
            self.missing_alt += not values.get("alt")
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture(scope="module")
def page(finished: Project) -> Page:
    return Page(finished.workspace.report.read_text(encoding="utf-8"))


def test_the_page_stands_alone(page: Page, finished: Project) -> None:
    assert "script" not in page.tags
    assert page.addresses
    assert all(address.startswith("data:image/") for address in page.addresses)
    assert page.missing_alt == 0
    assert finished.workspace.report.stat().st_size < 5_000_000


def test_hostile_labels_and_cells_are_shown_as_text(page: Page) -> None:
    text = "".join(page.text)
    for label in HOSTILE:
        assert label in text
    assert "<i>blue</i>" in text
    assert "weight: '<b>heavy</b>' is not a finite number" in text
    assert "i" not in page.tags
    assert "b" not in page.tags


def test_the_page_tells_the_decision_the_scores_and_the_quarantine(
    page: Page, finished: Project
) -> None:
    text = " ".join("".join(page.text).split())
    assert read_json(finished.workspace.decision)["sentence"] in text
    smrt = read_json(finished.workspace.metrics)["smrt"]["mean"]["average_precision"]
    assert f"{smrt['mean']:.3f} ± {smrt['std']:.3f}" in text
    assert "3 of 136 rows broke the schema" in text
    assert "fewer than min_rows" in text  # why the tiny class has no model


def test_loss_curves_for_every_model(page: Page) -> None:
    charts = [address for address in page.addresses if address.startswith("data:image/svg")]
    assert len(charts) == 1 + len(HOSTILE)


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
    assert len(pictures) == 2 * report.SHOWN_ROWS


def test_pictures_are_black_where_the_value_is_high() -> None:
    import base64
    import io

    from matplotlib.image import imread

    address = figures.picture(np.array([[0.0, 16.0], [8.0, np.nan]]), 0.0, 16.0)
    content = base64.b64decode(address.removeprefix("data:image/png;base64,"))
    grey = imread(io.BytesIO(content))[..., 0]
    assert grey[0, 0] == 1.0
    assert grey[0, 1] == 0.0
    assert 0.4 < grey[1, 0] < 0.6
    assert grey[1, 1] == 1.0


def test_drawings_hold_no_date_and_no_script() -> None:
    import base64

    for address in (figures.loss_curve([3.0, 2.0, 1.5]), figures.dots([0.5, None], [0.1, None])):
        text = base64.b64decode(address.removeprefix("data:image/svg+xml;base64,")).decode()
        assert "<script" not in text
        assert not re.search(r"\d{4}-\d{2}-\d{2}T", text)


def test_without_the_stages_before(project: Project) -> None:
    with pytest.raises(MissingArtifactError, match=r"validation\.json is missing"):
        report.run(project.workspace, project.params)
