"""The result for a machine to read."""

import json

from projects import Project, stages_in


def test_a_result_is_json_on_standard_output(done: Project) -> None:
    shown = json.loads(done.smrt("report", "--json").stdout)
    assert shown["ran"] is False
    assert shown["report"] == "artifacts/report.html"
    assert shown["decision"] == json.loads((done.root / "artifacts" / "decision.json").read_text())
    assert set(shown["metrics"]) >= {"none", "smote", "smrt"}


def test_a_second_run_trains_nothing_and_says_so_in_json(done: Project) -> None:
    before = done.digests()
    finished = done.smrt("run", "--json")
    assert json.loads(finished.stdout)["ran"] is False
    assert "Nothing changed" in finished.stderr
    assert stages_in(finished.stderr) == []
    assert done.digests() == before
