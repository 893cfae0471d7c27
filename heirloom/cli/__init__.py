"""The `heirloom` command: one module a noun, imported when it is called for."""

from importlib import import_module

import click

_NOUNS = {
    "certificate": "what one version of an asset was made from, with its risks then; and whether a file is one",
    "collect": "click events over HTTP into a folder",
    "contracts": "what tables promise, and whether they keep it",
    "demo": "the sample shop from orders to scores, then a short answer",
    "lake": "looking after the tables",
    "ledger": "what was known when: runs, risks and what changed",
    "lineage": "where every column comes from, kept in lineage.json",
    "risks": "which risks are inherited, from where, by which way, and by whom",
    "diff": "who gained, lost or worsened a risk since a git revision",
    "shop": "a made-up shop of any size",
    "stream": "what a contract does on a stream: three scenarios",
}


class Nouns(click.Group):
    """Commands by module name; help needs no import."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return sorted(_NOUNS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _NOUNS:
            return None
        command: click.Command = import_module(f"heirloom.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_NOUNS.items()))


@click.group(cls=Nouns)
@click.version_option(package_name="heirloom")
def main() -> None:
    """Customer lifetime values that carry the risks of what they were made from."""
