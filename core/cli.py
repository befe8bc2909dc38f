"""The `exemplary` command: arguments, progress and printing; one sub-command per service function."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from core import (
    cli_access,
    cli_designs,
    cli_exchange,
    cli_images,
    cli_jobs,
    cli_methods,
    cli_mining,
    cli_models,
    cli_observing,
    cli_output,
    cli_pictures,
    cli_query,
    cli_report,
    cli_reviews,
    cli_synthesis,
    cli_workspace,
    errors,
)
from core.cli_progress import Bars
from core.services import studies
from core.services.images.image_sets import view_image_set
from core.services.images.indexing import index_images
from core.services.renders import render_queue
from core.services.renders.render_requests import SynthesisRequest
from core.services.units import units
from core.services.units.unit_names import parse_unit
from core.settings import Settings, read_settings
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0, 1 for a sentence on stderr or a workspace that is not well, 130 for an interrupt."""
    parsed = _parser().parse_args(arguments)
    settings = _settings(parsed)
    try:
        with cli_jobs.attended(settings, parsed.job):
            return int(parsed.run(settings, parsed) or 0)
    except (KeyboardInterrupt, errors.Interrupted) as stop:
        print(f"\nStopped. {str(stop) or 'What was finished is kept; the same command goes on from there.'}", file=sys.stderr)
        return 130
    except errors.ExemplaryError as error:
        print(f"exemplary: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        print(
            f"exemplary: {error.strerror or error}: {error.filename or settings.workspace}; check the path and its rights.", file=sys.stderr
        )
        return 1
    return 0


def _settings(parsed: argparse.Namespace) -> Settings:
    given = {name: getattr(parsed, name) for name in ("device", "precision", "engine", "ray_address") if hasattr(parsed, name)}
    return read_settings(parsed.workspace, **given)


# --- sub-commands -------------------------------------------------------------------------------------------------------------


def _demo(settings: Settings, parsed: argparse.Namespace) -> None:
    from core.services import demo

    if not parsed.build_only:
        cli_access.check_server(settings, parsed)  # before minutes of building
    size = demo.DemoSize(n_images=parsed.images)
    if not demo.is_built(settings, size):
        print(f"Building the embedded study in {settings.workspace} (a few minutes; interrupted, it resumes).", file=sys.stderr)
        with Bars() as bars:
            demo.build(settings, size, progress=bars)
    if not parsed.build_only:
        _app(settings, parsed)


def _index(settings: Settings, parsed: argparse.Namespace) -> None:
    with Bars() as bars:
        report = index_images(settings, cli_images.request_of(parsed), progress=bars)
    cli_output.show_index(report, as_json=parsed.json)


def _images(settings: Settings, parsed: argparse.Namespace) -> None:
    view = view_image_set(CatalogueReader(Workspace(settings.workspace)), parsed.name)
    cli_output.show_images(view, skipped=parsed.skipped, as_json=parsed.json)


def _mine(settings: Settings, parsed: argparse.Namespace) -> None:
    from core.services.mining.mining import mine

    cli_synthesis.check_machine(settings)
    with Bars() as bars:
        report = mine(settings, cli_mining.request_of(parsed), progress=bars)
    cli_output.show_mining(report, as_json=parsed.json)


def _synthesize(settings: Settings, parsed: argparse.Namespace) -> None:
    cli_synthesis.check_machine(settings)
    request = cli_synthesis.request_of(parsed)
    if parsed.queue:
        cli_output.show_queued(render_queue.enqueue(settings, request), as_json=parsed.json)
    else:
        _render(settings, request, as_json=parsed.json)


def _work(settings: Settings, parsed: argparse.Namespace) -> None:
    from core.services.renders.synthesis import check_engine

    cli_synthesis.check_machine(settings)
    check_engine(settings)  # an engine that is not there fails no request
    n_failed = 0
    for request in render_queue.waiting(settings):
        try:
            _render(settings, request, as_json=parsed.json)
        except KeyboardInterrupt:  # asked of the whole queue: this request waits again
            render_queue.enqueue(settings, request)
            raise
        except errors.Interrupted as stop:  # asked of this request alone
            print(f"exemplary: {stop}", file=sys.stderr)
        except errors.StoreBusy as error:  # another process works on it
            print(f"exemplary: {error}", file=sys.stderr)
        except errors.ExemplaryError as error:  # one request that cannot be met does not keep the others waiting
            render_queue.refuse(settings, request, str(error))
            print(f"exemplary: {error}", file=sys.stderr)
            n_failed += 1
    if n_failed:
        raise errors.UsageError(f"{n_failed} of the requests that waited could not be met; `exemplary synthesize` them anew.")


def _render(settings: Settings, request: SynthesisRequest, *, as_json: bool) -> None:
    from core.services.renders.synthesis import synthesize

    with Bars() as bars:
        reports = synthesize(settings, request, progress=bars, notice=bars.say)
    cli_output.show_synthesis(reports, as_json=as_json)


def _show(settings: Settings, parsed: argparse.Namespace) -> None:
    reader = CatalogueReader(Workspace(settings.workspace))
    study = studies.choose_study(reader, key=parsed.study, network=parsed.network)
    view = units.unit_view(reader, study, parse_unit(study.network, parsed.unit))
    if parsed.json:
        _print_json(units.as_json(reader, study, view, root=settings.workspace))
    else:
        cli_output.show_unit(study, view)


def _app(settings: Settings, parsed: argparse.Namespace) -> None:
    from core.services.launching import app_command, app_environment

    cli_access.check_server(settings, parsed)
    command = app_command(port=parsed.port, address=parsed.address, headless=parsed.headless)
    sys.stdout.flush()
    os.execvpe(command[0], command, app_environment(settings))


def _print_json(content: Any) -> None:
    print(json.dumps(content, indent=1, ensure_ascii=False))


# --- arguments ----------------------------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="exemplary", description="Do feature visualizations explain a unit better than natural images?")
    parser.add_argument("--workspace", default=None, help="folder of the studies (default: EXEMPLARY_WORKSPACE, else ./workspace)")
    parser.add_argument("--job", type=int, default=None, help=argparse.SUPPRESS)  # given to what the dashboard starts
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_demo(commands)
    _add_index(commands)
    _add_mine(commands)
    _add_synthesize(commands)
    _add_reading(commands)
    _add_workspace(commands)
    cli_workspace.add_check(_command(commands, "check", cli_workspace.run_check, "verify the workspace: files, counts, leftovers"))
    _add_app(commands)
    return parser


def _command(commands: Any, name: str, run: Any, help_text: str, *, computes: bool = False, prints: bool = True) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=help_text, description=help_text)
    parser.set_defaults(run=run)
    parser.add_argument("--workspace", default=argparse.SUPPRESS, help="folder of the studies")
    if computes:
        parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto", help="what computes (default: auto)")
    if prints:
        parser.add_argument("--json", action="store_true", help="print the result as JSON")
    return parser


def _add_demo(commands: Any) -> None:
    parser = _command(commands, "demo", _demo, "build the embedded study and open the dashboard", computes=True, prints=False)
    parser.add_argument("--images", type=int, default=4000, help="number of images to draw (default: 4000)")
    parser.add_argument("--build-only", action="store_true", help="do not open the dashboard")
    _add_server(parser)


def _add_index(commands: Any) -> None:
    cli_images.add_index(_command(commands, "index", _index, "index images of a folder, archives, tables or a data set, with their labels"))
    cli_images.add_images(_command(commands, "images", _images, "show what an image set holds, and what was skipped and why"))


def _add_network(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--network",
        required=True,
        help="demo, inception_v1 (the paper's, from lucent), a torchvision classification network such as googlenet, "
        "path/to/file.py:function, or the name of one that the workspace knows",
    )
    parser.add_argument("--network-name", help="name to keep the network under (default: that of its source)")


def _add_mine(commands: Any) -> None:
    parser = _command(commands, "mine", _mine, "mine every unit's exemplars, all layers in one pass", computes=True)
    _add_network(parser)
    cli_mining.add_arguments(parser)


def _add_synthesize(commands: Any) -> None:
    parser = _command(commands, "synthesize", _synthesize, "synthesise max and min images of units", computes=True)
    _add_network(parser)
    cli_synthesis.add_arguments(parser)
    work = _command(commands, "work", _work, "render what was queued with `synthesize --queue`, one request after another", computes=True)
    cli_synthesis.add_machine(work)


def _add_reading(commands: Any) -> None:
    show = _command(commands, "show", _show, "show a unit: exemplars, synthetic images, activations")
    show.add_argument("unit", metavar="UNIT", help="layer:channel, such as mixed4b:465")
    pictures_help = "write units' synthetic images to a folder, each PNG with its whole recipe in it"
    pictures = _command(commands, "pictures", cli_pictures.run_pictures, pictures_help)
    cli_pictures.add_pictures(pictures)
    maps_help = "write where a unit responds in its images to a folder: overlays and crops as PNG, maps as npz, what they are as JSON"
    maps = _command(commands, "maps", cli_pictures.run_maps, maps_help, computes=True)
    cli_pictures.add_maps(maps)
    observe = _command(commands, "observe", cli_observing.run, "let machine observers answer every unit's tasks", computes=True)
    cli_observing.add_arguments(observe)
    simulate = _command(commands, "simulate", cli_exchange.run_people, "let simulated people take a design: an answer set of its own")
    cli_exchange.add_simulate(simulate)
    compared = _command(commands, "results", cli_exchange.run_results, "compare the conditions, people and observers apart")
    cli_exchange.add_results(compared)
    planned = _command(commands, "power", cli_models.run_power, "how many participants it takes to know the difference well enough")
    cli_models.add_power(planned)
    reported = _command(commands, "report", cli_report.run, "write results as one HTML file: methods, figures, tables, versions")
    cli_report.add_arguments(reported)
    exported = _command(commands, "export", cli_exchange.run_export, "write answers to a folder for other programs")
    cli_exchange.add_export(exported)
    reviewed = _command(commands, "reviews", cli_reviews.run_reviews, "what reviewers said of units: agreement, table, contact sheet")
    cli_reviews.add_reviews(reviewed)
    for parser in (show, pictures, maps, observe, simulate, compared, planned, reported, exported, reviewed):
        parser.add_argument("--study", help="network/image set (default: the newest)")
        parser.add_argument("--network", help="the newest study of this network")


def _add_workspace(commands: Any) -> None:
    asked = "answer any question in SQL over the workspace, read-only; --views lists what there is"
    designed = "list the designs of a study and what they lack, make one of one's own, or show it"
    cli_designs.add_arguments(_command(commands, "design", cli_designs.run, designed))
    brought = "import images that a visualization method made elsewhere, as a condition of designs; without a folder: list the methods"
    cli_methods.add_arguments(_command(commands, "import-references", cli_methods.run, brought, computes=True))
    imported = "read the answers that Borowski et al. released, or an export in their columns, as an answer set"
    cli_exchange.add_import(_command(commands, "import", cli_exchange.run_import, imported))
    cli_jobs.add_arguments(_command(commands, "jobs", cli_jobs.run, "list what the dashboard started: how far it is, its log; cancel it"))
    _command(commands, "answers", cli_exchange.run_answers, "list the answer sets, imported and simulated")
    cli_query.add_arguments(_command(commands, "query", cli_query.run, asked, prints=False))


def _add_app(commands: Any) -> None:
    access = "how a team gets in; set a role's passphrase, or let participants in by a link"
    cli_access.add_access(_command(commands, "access", cli_access.run_access, access))
    _add_server(_command(commands, "app", _app, "open the dashboard", prints=False))


def _add_server(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument("--address", default="localhost", help="where to listen (default: localhost only)")
    parser.add_argument("--open", action="store_true", help="with --address: everybody may do everything, without log-in")
    parser.add_argument("--headless", action="store_true", help="do not open a browser")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
