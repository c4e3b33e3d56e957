"""The flow `retrain-on-drift`: take the waiting rows into the table, run the pipeline, publish.

The new version takes the place of the published one unless it is expected to be worse, or too
likely to be: :mod:`components.drift.challenge`. Every step can be repeated without harm: a batch
enters the table once, a stage that is up to date does not run, a class whose rows did not change
keeps its model, and a version that is published stays so.
"""

from pathlib import Path

from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact

from components.drift import take_up
from components.drift.challenge import challenge
from components.project.errors import BatchRefusedError
from components.project.params import load_params
from components.project.workspace import Workspace
from components.versions import publication
from flows import watch
from flows.alive import alive, locked
from flows.announce import announce, escaped
from flows.balance import RUNNER, TIMEOUT_SECONDS, bring_up_to_date, keep_if_new

TENTHS = 10
"""Parts of the comparison of versions that the log is told of."""


@flow(
    name="retrain-on-drift",
    task_runner=RUNNER,
    persist_result=False,
    timeout_seconds=TIMEOUT_SECONDS,
)
def retrain(batch: str | None = None) -> str:
    """Take up new rows and retrain.

    Parameters
    ----------
    batch : str, optional
        The batch that drifted. Whatever else waits in the incoming folder is taken up as well.

    Returns
    -------
    str
        What became of it, in a sentence.

    Raises
    ------
    BatchRefusedError
        Some batch was refused; the others have been taken up and the pipeline has run.
    SmrtError
        As for the flow `balance`. Nothing is published then.
    """
    root = Path.cwd()
    log = get_run_logger()
    with alive(root), locked(root):
        refused = take_up_batches(root, batch)
        ran = bring_up_to_date(root)
        workspace = Workspace(root)
        announce(workspace, ran)
        said = publish_if_not_worse(root, keep_if_new(root))
    log.info(said)
    if refused:
        raise BatchRefusedError(
            f"{len(refused)} of the batches could not be used: {'; '.join(refused)}"
        )
    return said


def take_up_batches(root: Path, batch: str | None) -> list[str]:
    """Take the named batch and all that wait; return what was refused, and why."""
    log = get_run_logger()
    workspace, params = Workspace(root), load_params(root)
    if take_up.settle(workspace, params):
        log.info("completed the batch that an earlier run had begun to take up")
    named = [Path(batch).resolve()] if batch is not None and Path(batch).is_file() else []
    if batch is not None and not named:
        log.info("%s is no longer there: an earlier run has taken it up", batch)
    others = [p for p in take_up.waiting(workspace, params) if p.resolve() not in named]
    refused = []
    for path in (*named, *others):
        try:
            taken = take_up.take(workspace, params, path)
        except BatchRefusedError as error:
            log.error("%s is refused: %s", path.name, error)
            refused.append(f"{path.name}: {error}")
            continue
        if taken is None:
            log.info("%s is in the table already", path.name)
        else:
            log.info(
                "%s: %d rows taken, %d to quarantine", path.name, taken.rows, taken.quarantined
            )
    return refused


def publish_if_not_worse(root: Path, run: str) -> str:
    """Publish what is in the checkout, unless it is or is too likely to be worse; say which."""
    published = publication.current(root)
    if published is None:
        publication.publish(root, run)
        return f"Published {run}, the first version."
    if publication.is_current(root, published):
        return f"Nothing new: {published.run} is published already."
    log = get_run_logger()
    log.info("comparing with the published version %s, on rows that it never saw", published.run)

    def step(done: int, total: int, what: str) -> None:
        watch.current().step(done, total, what)
        if done * TENTHS // total > (done - 1) * TENTHS // total:
            log.info("scored %d of %d, %s", done, total, what)

    reference, _ = publication.reference(root)
    verdict = challenge(Workspace(root), load_params(root), reference, step)
    if verdict.worse:
        said = f"Kept {run}, and left {published.run} published. {verdict.sentence}"
    else:
        publication.publish(root, run)
        said = f"Published {run} in place of {published.run}. {verdict.sentence}"
    create_markdown_artifact(markdown=escaped(said), key="publication", description=escaped(said))
    return said
