"""W&B runs that never prompt, never wait long for a network, and never stop the work."""

from __future__ import annotations

import glob
import logging
import netrc
import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

_log = logging.getLogger(__name__)

#: The W&B project of every run of this suite.
PROJECT = "paper-tables"

#: Seconds to wait for the W&B server before falling back to an offline run.
_CONNECT_SECONDS = 15

#: W&B's own server, under its present and its former name.
_HOSTS = ("api.forge.coreweave.com", "api.wandb.ai")


def logged_in(environment: Mapping[str, str] | None = None) -> bool:
    """Return True if there is a W&B key: in the environment, or in the netrc file for the W&B host."""
    environment = os.environ if environment is None else environment
    if environment.get("WANDB_API_KEY") or environment.get("WANDB_IDENTITY_TOKEN_FILE"):
        return True
    own_server = environment.get("WANDB_BASE_URL")
    hosts = (urlparse(own_server).netloc,) if own_server else _HOSTS
    home = Path(environment.get("HOME") or Path.home())
    named = environment.get("NETRC")
    for path in [Path(named)] if named else [home / ".netrc", home / "_netrc"]:
        try:
            entries = netrc.netrc(path)
        except (OSError, netrc.NetrcParseError, UnicodeDecodeError):
            continue
        if any((found := entries.authenticators(host)) and found[2] for host in hosts):
            return True
    return False


def resolve_mode(mode: str = "auto", environment: Mapping[str, str] | None = None) -> str:
    """Return ``"online"``, ``"offline"`` or ``"disabled"``.

    ``"auto"`` follows ``WANDB_MODE`` where it is set. Online mode needs a key: without one the run is
    offline, since W&B would otherwise prompt for it.
    """
    environment = os.environ if environment is None else environment
    wanted = environment.get("WANDB_MODE") or "online" if mode == "auto" else mode
    if wanted in ("disabled", "offline"):
        return wanted
    return "online" if wanted in ("online", "shared") and logged_in(environment) else "offline"


class WandbSession:
    """One W&B run, or none: after a failure, which gives one warning, every call does nothing.

    An offline run replaces the offline folder that an earlier process left under the same id: synced together the two
    would be one run with its steps twice. (Online, W&B resumes the run, or overwrites it where ``resume`` is false.)

    Args:
        folder: where W&B keeps its files (in ``folder/wandb``).
        identity: the run's id; the same stage always has the same id, so that syncing it twice makes one run.
        config: the run's resolved config.
        mode: ``"auto"``, ``"online"``, ``"offline"`` or ``"disabled"``; see :func:`resolve_mode`.
        resume: online, go on with the run of that id if there is one; otherwise what it holds is overwritten.
    """

    def __init__(
        self,
        folder: Path,
        identity: str,
        *,
        project: str,
        group: str | None,
        job_type: str | None,
        name: str | None,
        tags: Sequence[str] = (),
        config: Mapping[str, Any] | None = None,
        mode: str = "auto",
        resume: bool = True,
    ) -> None:
        self.run: Any = None
        mode = resolve_mode(mode)
        if mode == "disabled":
            return
        arguments = {
            "dir": str(folder.resolve()),  # W&B's service writes the file, and may have been started elsewhere
            "id": re.sub(r"[^A-Za-z0-9._-]", "-", identity)[:128],
            "project": project,
            "group": group,
            "job_type": job_type,
            "name": name,
            "tags": list(tags),
            "config": dict(config or {}),
        }
        try:
            self.run = _start(arguments, mode, resume)
        except Exception as error:  # W&B is a copy only: after any error of it the work goes on
            _warn(f"no {mode} W&B run", error)
            if mode == "online":
                self.run = _start_offline_instead(arguments)

    def do(self, action: Callable[[Any], None]) -> None:
        """Call ``action(run)``; if it fails, warn once and log no more."""
        if self.run is None:
            return
        try:
            action(self.run)
        except Exception as error:
            _warn("W&B logging stops here", error)
            self.close(exit_code=1)

    def close(self, exit_code: int = 0) -> None:
        """End the run; may be called twice."""
        run, self.run = self.run, None
        if run is not None:
            try:
                run.finish(exit_code=exit_code)
            except Exception as error:
                _warn("the W&B run did not close", error)


def _start(arguments: dict[str, Any], mode: str, resume: bool = False) -> Any:
    import wandb

    settings = wandb.Settings(
        silent=True,
        console="off",  # log.txt in the run folder has it
        init_timeout=_CONNECT_SECONDS,
        disable_git=True,  # provenance.json has it
        disable_code=True,
        x_disable_stats=True,  # the sampler takes time from training on a small machine
        x_disable_machine_info=True,
    )
    if mode == "offline":
        for earlier in (Path(arguments["dir"]) / "wandb").glob(f"offline-run-*-{glob.escape(arguments['id'])}"):
            shutil.rmtree(earlier, ignore_errors=True)
    # Resuming asks the server for its data, which an offline run cannot do.
    resuming = "allow" if mode == "online" and resume else None
    run = wandb.init(mode=mode, resume=resuming, reinit="create_new", settings=settings, **arguments)  # type: ignore[arg-type]
    run.define_metric("iteration", hidden=True)
    run.define_metric("*", step_metric="iteration")
    return run


def _start_offline_instead(arguments: dict[str, Any]) -> Any:
    import wandb

    try:
        wandb.teardown()  # the service still holds the id of the run that could not start
        return _start(arguments, "offline")
    except Exception as error:
        _warn("no offline W&B run either", error)
        return None


def _warn(what: str, error: Exception) -> None:
    _log.warning("%s: %s", what, str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__)
