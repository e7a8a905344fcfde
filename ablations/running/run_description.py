"""Check that only a table's own run, with the code in its key, runs in its folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ablations.planning.folder import CONFIG, KEY, RESUME, read_json
from ablations.resolving.keys import changed_code
from common.errors import TableError


def require_own_run(folder: Path, configs: Sequence[Path], others: Sequence[str]) -> None:
    """Raise `TableError` if a command would write a result to a table's run folder that does not match its key.

    Any result in that folder counts as the run's: settings other than its `config.yaml`, or code that has changed since
    planning, would go unnoticed. A folder without `key.json` belongs to no table.

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
    elsewhere = "use another --trainer.default_root_dir"
    if not own or not (len(others) == 1 or resumes):
        raise TableError(f"{folder}: is a table's run, which allows only the settings of its {CONFIG}; {elsewhere}")
    changed = changed_code(described)
    if changed:
        more = f" and {len(changed) - 2} more" if len(changed) > 2 else ""
        raise TableError(
            f"{folder}: the code has changed since this run was planned ({', '.join(changed[:2])}{more}); run the "
            f"table's command again to plan anew, or {elsewhere}"
        )
