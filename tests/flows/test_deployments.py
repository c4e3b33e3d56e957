"""prefect.yaml and what docs/operations.md offers in its place."""

import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]


def deployments() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    return found


def test_every_entrypoint_is_a_flow_and_runs_once_at_a_time() -> None:
    from prefect import Flow

    assert [d["name"] for d in deployments()] == [
        "balance-nightly",
        "check-drift",
        "retrain-on-drift",
    ]
    for deployment in deployments():
        module, name = deployment["entrypoint"].rsplit(".", 1)
        assert isinstance(getattr(importlib.import_module(module), name), Flow)
        assert deployment["concurrency_limit"] == {"limit": 1, "collision_strategy": "ENQUEUE"}


def test_the_trigger_listens_to_what_the_flow_says() -> None:
    from flows.drift import EVENT
    from flows.retrain import retrain

    (trigger,) = deployments()[2]["triggers"]
    assert trigger["expect"] == [EVENT]
    assert set(trigger["parameters"]) <= set(retrain.parameters.properties)


def test_no_run_lasts_for_ever() -> None:
    for deployment in deployments():
        module, name = deployment["entrypoint"].rsplit(".", 1)
        assert getattr(importlib.import_module(module), name).timeout_seconds > 0


@pytest.mark.parametrize("kind", ["docker", "kubernetes"])
def test_the_documented_templates_fit_the_pools_that_prefect_ships(kind: str) -> None:
    import prefect

    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    (block,) = re.findall(rf"```yaml\n# {kind}\n(.*?)```", text, re.DOTALL)
    shipped = "server/api/collections_data/views/aggregate-worker-metadata.json"
    workers = json.loads((Path(prefect.__file__).parent / shipped).read_text())
    template = workers[f"prefect-{kind}"][kind]["default_base_job_configuration"]
    known = template["variables"]["properties"]
    given = yaml.safe_load(block)["work_pool"]["job_variables"]
    assert set(given) <= set(known)
    for name, value in given.items():
        allowed = known[name].get("enum")
        assert allowed is None or value in allowed
