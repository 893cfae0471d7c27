"""`heirloom stream`: scenarios that show what a contract does on a stream."""

import sys

import click

from heirloom.cli.failing import in_a_sentence

_NAMES = ("valid", "dq-rejects", "schema-break")


@click.command()
@click.argument("scenario", type=click.Choice([*_NAMES, "all"]))
@click.option("--seconds", default=8.0, show_default=True, type=click.FloatRange(min=1), help="How long each runs.")
@click.option(
    "--enforce/--no-enforce", default=None, help="Whether a bad row stops the stream; the scenario's own way."
)
@click.option("--keep", is_flag=True, help="Write to the lake of the settings, not to one that is thrown away.")
@in_a_sentence
def command(*, scenario: str, seconds: float, enforce: bool | None, keep: bool) -> None:
    """Run a SCENARIO on Spark's rate source into the table demo.rate.

    Exit code 0 if each ended as it is meant to (schema-break stops before its first write), 1 if one did not.
    """
    from heirloom.stream.scenarios import SCENARIOS, kept, run_scenario

    place = kept() if keep else None
    as_meant = []
    for name in _NAMES if scenario == "all" else (scenario,):
        outcome = run_scenario(name, seconds=seconds, enforce=enforce, place=place)
        print(outcome.text(), end="\n\n", flush=True)
        as_meant.append(SCENARIOS[name].is_as_meant(outcome))
    if not all(as_meant):
        sys.exit(1)
