"""What may run in the folder of a table's run: that run, by the code its key stands for, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ablations.planning.folder import CONFIG, KEY, RESUME, read_json
from ablations.resolving.keys import changed_code
from common.errors import TableError


def require_own_run(folder: Path, configs: Sequence[Path], others: Sequence[str]) -> None:
    """Raises `TableError` where a command would leave in a table's run folder what its key does not stand for.

    Whatever ends there counts as the run's result: settings given besides its `config.yaml` would pass unseen, and so
    would code that was changed since, between a table's first stage and its last for instance. A folder without
    `key.json` is no table's.

    Args:
        configs: the configuration files that the command names.
        others: its other words, the subcommand first.
    """
    described = read_json(folder / KEY)
    if described is None:
        return
    own = [path.resolve() for path in configs] == [(folder / CONFIG).resolve()]
    resume = (folder / RESUME).resolve()
    resumes = [*others[1:2], *(Path(path).resolve() for path in others[2:])] == ["--ckpt_path", resume]
    elsewhere = "by hand, give another --trainer.default_root_dir"
    if not own or not (len(others) == 1 or resumes):
        raise TableError(f"{folder}: holds a table's run, which is as its {CONFIG} says and not otherwise; {elsewhere}")
    changed = changed_code(described)
    if changed:
        more = f" and {len(changed) - 2} more" if len(changed) > 2 else ""
        raise TableError(
            f"{folder}: the code has changed since this run was planned ({', '.join(changed[:2])}{more}); run the "
            f"table's command again, which plans anew, or {elsewhere}"
        )
