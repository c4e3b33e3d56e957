"""Mistakes around a run: where it was started, what else runs there, what is not there yet."""

from smrt_lightning.errors import SmrtError


class NotAProjectError(SmrtError, FileNotFoundError):
    """A command that works on a project was started outside one."""

    @classmethod
    def at(cls, directory: object, missing: str) -> "NotAProjectError":
        """Report the directory and the file that makes a project and is not there."""
        return cls(
            f"{str(directory)!r} is no smrt-lightning project: it has no {missing}. Change to the "
            "folder that holds params.yaml and dvc.yaml, or name it: smrt --project FOLDER …; a "
            "new one starts with a table: smrt init TABLE --target COLUMN"
        )


class ServerDidNotStartError(SmrtError, RuntimeError):
    """The embedded Prefect server ended, or did not answer in time."""

    @classmethod
    def after(cls, seconds: float, cause: object) -> "ServerDidNotStartError":
        """Report how long was waited and what was seen."""
        return cls(
            f"the embedded Prefect server did not answer within {seconds:.0f} s ({cause}). Remove "
            ".smrt/prefect and try again, or set PREFECT_API_URL to a server of your own."
        )

    @classmethod
    def without_home(cls, cause: object) -> "ServerDidNotStartError":
        """Report that the folder of its database cannot be made."""
        return cls(
            f"the embedded Prefect server has no place for its database ({cause}). Make .smrt a "
            "folder that can be written, or set PREFECT_HOME to one."
        )


class ServerUnreachableError(SmrtError, ConnectionError):
    """The Prefect server that PREFECT_API_URL names does not answer."""

    @classmethod
    def at(cls, api_url: str, cause: object) -> "ServerUnreachableError":
        """Report the address and what was seen."""
        return cls(
            f"PREFECT_API_URL names {api_url!r}, which does not answer ({cause}). Start that "
            "server, or unset the variable to use an embedded one."
        )


class OutputExistsError(SmrtError, FileExistsError):
    """A file that a command would write is there already."""

    @classmethod
    def at(cls, path: object) -> "OutputExistsError":
        """Report the file."""
        return cls(f"{str(path)!r} is there already: name another file, or replace it with --yes")


class StageStaysStaleError(SmrtError, RuntimeError):
    """A stage ran and was committed, and DVC still calls it out of date."""

    @classmethod
    def stage(cls, name: str) -> "StageStaysStaleError":
        """Report the stage."""
        return cls(
            f"stage {name!r} ran and is still out of date: a file it reads or writes changed "
            "meanwhile. Leave artifacts/, params.yaml and the data alone during a run, and start "
            f"again; `dvc status {name}` names the file."
        )


class ReportMissingError(SmrtError, FileNotFoundError):
    """There is no report yet."""

    @classmethod
    def at(cls, path: object) -> "ReportMissingError":
        """Report where it was expected."""
        return cls(f"there is no report at {str(path)!r} yet. Make one: smrt run")


class BatchesFailedError(SmrtError, ValueError):
    """Some batches of new rows could not be used."""

    @classmethod
    def of(cls, reasons: list[str]) -> "BatchesFailedError":
        """Report each batch and its reason."""
        return cls(f"{len(reasons)} of the batches could not be used: {'; '.join(reasons)}")


class StackIsUpError(SmrtError, RuntimeError):
    """The stack of this project is up already."""

    @classmethod
    def at(cls, described: str) -> "StackIsUpError":
        """Report where it is, as far as it said so."""
        import json

        try:
            where = json.loads(described)
            known = f"process {where['pid']}, pages at {where['ui']}"
        except (ValueError, KeyError):
            known = "just starting"
        return cls(f"this project's stack is up already ({known}). Ctrl-C there stops it.")


class PortTakenError(SmrtError, OSError):
    """The port of the server cannot be listened on."""

    @classmethod
    def at(cls, host: str, port: int, cause: OSError) -> "PortTakenError":
        """Report the address and what the system says."""
        return cls(
            f"cannot listen on {host}:{port} ({cause.strerror or cause}). Choose another port: "
            "smrt up --port 4201; --port 0 takes any that is free"
        )


class StackPartError(SmrtError, RuntimeError):
    """A part of the stack did not start, or did not do its work."""

    @classmethod
    def part(cls, name: str, what: str, log: object) -> "StackPartError":
        """Report which part, and where its output is."""
        return cls(f"{name} {what}; what it said is in {log}")
