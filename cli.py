"""Command line. `python cli.py --help` lists the commands; heavy packages are imported only by those that need them."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from common.errors import UserError

# Before torch is imported: idle OpenMP threads must sleep, not spin, or a second busy process slows them tenfold.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

LIGHTNING = {
    "fit": "train one model: --config FILE (--help lists all options)",
    "validate": "validate a model",
    "test": "test a trained model",
    "predict": "run a trained model",
}

#: The console script of an installed wheel.
INSTALLED = "paper-tables"

_ACCESS = "change its permissions, or choose another path"

#: Most seeds of a table: more would plan for minutes, and no t interval gets visibly shorter.
_MOST_SEEDS = 100

#: What to do with results whose configuration, data or code has changed since.
_STALE = ("ask", "refresh", "keep")
_STALE_HELP = "results that are out of date: ask (default; without a terminal: refresh), refresh, or keep and mark them"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit code: 0 done, 1 some rows failed, 2 user error (one line), 130 interrupted."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        if arguments and arguments[0] in LIGHTNING:
            from ablations.lightning_cli import main as lightning

            lightning(arguments)
            return 0
        options = parse(arguments)
        run: Callable[[argparse.Namespace], int] = options.run
        return run(options)
    except KeyboardInterrupt:
        print("interrupted; finished work is kept", file=sys.stderr)
        return 130
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
    except (PermissionError, IsADirectoryError, NotADirectoryError) as error:
        if error.filename is None:
            raise
        print(f"error: {error.filename}: cannot be read or written ({error.strerror}); {_ACCESS}", file=sys.stderr)
    return 2


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the options of a command; of `apply`, `words` holds the application's name and its options."""
    top = parser()
    options, rest = top.parse_known_args(arguments)
    if rest and options.run is not _apply:
        top.error(f"unrecognized arguments: {' '.join(rest)}")
    options.words = rest
    return options


class _OneLineParser(argparse.ArgumentParser):
    """Parser that reports an error in one line, as all other commands do."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"error: {message} (see `{self.prog} --help`)\n")


def parser() -> argparse.ArgumentParser:
    """Build the parser of all commands and their options."""
    top = _OneLineParser(
        prog=INSTALLED if Path(sys.argv[0]).name == INSTALLED else "cli.py",
        description="Trains and measures every row of a paper's table, and tests the paper's claims.",
    )
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, text in LIGHTNING.items():
        commands.add_parser(name, help=text)
    tables = commands.add_parser("tables", help="list the tables and their claims")
    tables.set_defaults(run=_tables)
    for name, run, text in (
        ("plan", _plan, "stages of a table (default: all tables): done, shared, stale, missing; cost of the rest"),
        ("ablate", _ablate, "train, measure and report every row of a table"),
        ("report", _report, "write and print a table's report from the finished stages"),
        ("wandb-push", _wandb_push, "rebuild a table's W&B runs from the run folders"),
    ):
        command = commands.add_parser(name, help=text)
        _table_options(command, required=name != "plan")
        command.set_defaults(run=run)
        if name == "ablate":
            _running_options(command)
        if name in ("ablate", "report"):
            command.add_argument("--stale", choices=_STALE, default=_STALE[0], help=_STALE_HELP)
    lint = commands.add_parser("lint-table", help="checklist: is the ablation fair? (default: all tables)")
    lint.add_argument("--table", help="the table's number (default: all tables)")
    lint.set_defaults(run=_lint)
    text = "use a trained model: retrieval, inpainting, morphing, completion, ..."
    _apply_command(commands.add_parser("apply", help=text, add_help=False, allow_abbrev=False))
    _stage_command(commands.add_parser("stage", help="run the stage that a run folder describes"))
    _data_commands(commands.add_parser("data", help="generate a synthetic data set, or check a data set"))
    return top


def _running_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--jobs", type=_count, help="number of parallel stages (default: by scale)")
    text = "local: fork stages from a process with torch imported (default); command: start a new command per stage"
    command.add_argument("--launcher", choices=("local", "command"), default="local", help=text)


def _apply_command(command: argparse.ArgumentParser) -> None:
    command.usage = "cli.py apply NAME (--table TABLE --row ROW | --run FOLDER) [options] [options of NAME]"
    command.description = "Runs an application of a trained model. Without NAME: lists the model's applications."
    command.add_argument(
        "-h",
        "--help",
        dest="show_help",
        action="store_true",
        help="this help; with a model its applications, with NAME its options",
    )
    command.add_argument(
        "--run", dest="run_folder", type=Path, metavar="FOLDER", help="run folder of a finished training or test"
    )
    command.add_argument("--table", help="the table's number, such as 4.1 (instead of --run)")
    command.add_argument("--row", help="the row's id, such as cvae-gan")
    command.add_argument("--seed", type=_number, default=0, help="the seed of the row's run (default: 0)")
    _place_options(command)
    command.add_argument("--out", type=Path, help="file of the image sheet (default: in reports/applications/)")
    command.set_defaults(run=_apply, inception=None, general_help=command.format_help)  # nothing is measured


def _stage_command(stage: argparse.ArgumentParser) -> None:
    stage.add_argument("folder", type=Path, help="a run folder with config.yaml and key.json")
    stage.add_argument("--threads", type=_count, help="number of threads (default: torch's)")
    stage.add_argument("--parent", type=int, help="exit when this process exits")
    stage.set_defaults(run=_stage)


def _table_options(command: argparse.ArgumentParser, required: bool) -> None:
    what = "(`tables` lists them)" if required else "(default: all tables)"
    command.add_argument("--table", required=required, help=f"the table's number, such as 4-1 {what}")
    command.add_argument("--seeds", type=_seeds, help="number of seeds, from 0 (default: those that have run, else 1)")
    _place_options(command)
    command.add_argument("--reports", type=Path, default=Path("reports"), help="folder for reports (default: reports)")
    command.add_argument("--inception", type=Path, help="file of the standard Inception weights, for FID, KID and IS")


def _place_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--scale", default="toy", help="ci, toy (default), small or paper")
    command.add_argument("--data", type=Path, help="folder of the data sets (default: built-in synthetic data)")
    command.add_argument("--runs", type=Path, default=Path("runs"), help="folder of run folders (default: runs)")


def _data_commands(data: argparse.ArgumentParser) -> None:
    from datamodules.catalogue import layout_names

    names = layout_names()  # of the files: the layouts themselves are imported by a command that needs them
    actions = data.add_subparsers(required=True, metavar="ACTION")
    verify = actions.add_parser("verify", help="list all missing, unreadable or inconsistent files")
    verify.add_argument("dataset", choices=names)
    verify.add_argument("--root", type=Path, required=True)
    text = "also print a digest of all contents, which an image replaced by one of the same size changes"
    verify.add_argument("--contents", action="store_true", help=text)
    verify.set_defaults(run=_verify)
    draw = actions.add_parser("synthesize", help="generate a synthetic data set in the official layout")
    draw.add_argument("dataset", choices=names)
    draw.add_argument("--out", type=Path, required=True)
    draw.add_argument("--count", type=_count, help="number of images (default: depends on the data set)")
    draw.add_argument("--seed", type=_number, default=0, help="a whole number from 0 (default: 0)")
    draw.set_defaults(run=_synthesize)


def _count(text: str) -> int:
    number = int(text) if text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a count: use a whole number from 1")
    return number


def _seeds(text: str) -> int:
    number = _count(text)
    if number > _MOST_SEEDS:
        raise argparse.ArgumentTypeError(f"{text} is too many: use at most {_MOST_SEEDS}")
    return number


def _number(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number: use a whole number from 0")
    return int(text)


def _tables(options: argparse.Namespace) -> int:
    from ablations.commands import show_tables

    return show_tables()


def _plan(options: argparse.Namespace) -> int:
    from ablations.commands import show_plan

    return show_plan(options)


def _lint(options: argparse.Namespace) -> int:
    from ablations.commands import lint_tables

    return lint_tables(options)


def _ablate(options: argparse.Namespace) -> int:
    from ablations.ablate import ablate

    return ablate(options)


def _report(options: argparse.Namespace) -> int:
    from ablations.ablate import report

    return report(options)


def _wandb_push(options: argparse.Namespace) -> int:
    from ablations.ablate import wandb_push

    return wandb_push(options)


def _apply(options: argparse.Namespace) -> int:
    from ablations.apply import apply

    return apply(options)


def _stage(options: argparse.Namespace) -> int:
    from ablations.running.stage_process import run_child

    run_child("ablations.stage:run_stage", options.folder, options.threads, options.parent)
    return 0


def _verify(options: argparse.Namespace) -> int:
    from datamodules.catalogue import by_name
    from datamodules.verification import content_digest

    found = by_name()[options.dataset].layout.verify(options.root)
    for problem in found.problems:
        print(problem)
    print(found.summary())
    if options.contents:
        print(f"{options.root}: sha256 of contents {content_digest(options.root)}")
    return 0 if found.ok else 1


def _synthesize(options: argparse.Namespace) -> int:
    from datamodules.catalogue import by_name

    data_set = by_name()[options.dataset]

    def progress(done: int, of: int) -> None:
        if sys.stderr.isatty():
            end = "\n" if done == of else ""
            print(f"\r{done}/{of} {data_set.noun}", end=end, file=sys.stderr, flush=True)

    print(data_set.draw(options.out, options.count or data_set.count, options.seed, progress))
    return 0


if __name__ == "__main__":
    sys.exit(main())
