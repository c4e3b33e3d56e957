"""Runs that a kill left behind as "Running"."""

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.objects import State
from prefect.states import Crashed


def close_lost_runs() -> list[str]:
    """Mark the runs that no process works on any more as crashed, and return their names.

    To be called on the embedded server with the project's lock held: whatever is called running
    there has no process.
    """
    lost = FlowRunFilter.model_validate({"state": {"type": {"any_": ["RUNNING", "PENDING"]}}})
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(flow_run_filter=lost)
        for run in runs:
            state: State[None] = Crashed(message="The process ended before the run did.")
            client.set_flow_run_state(run.id, state, force=True)
    return [run.name for run in runs]
