"""`heirloom lineage`: where every column comes from."""

import sys

import click

from heirloom.cli.failing import in_a_sentence


@click.command()
@click.option("--write", "writing", is_flag=True, help="Put what is found into lineage.json.")
@in_a_sentence
def command(*, writing: bool) -> None:
    """Read the plan of every Spark asset on empty frames; without --write, exit 1 where lineage.json says otherwise."""
    from heirloom.definitions import CLV, defs
    from heirloom.resources import pseudonyms, session
    from heirloom.settings import read
    from lakehouse import static_lineage

    settings = read()
    found = static_lineage.static_lineage(
        defs, session(settings).session, resources={"pseudonyms": pseudonyms(settings)}
    )
    path = CLV / "lineage.json"
    known = static_lineage.read(path)
    changed = sorted(key for key in found | known if found.get(key) != known.get(key))
    if writing:
        static_lineage.write(path, found)
    print(f"{len(found)} tables, {len(changed)} changed: {', '.join(changed) or 'none'}")
    if changed and not writing:
        print("review them with `heirloom lineage --write` and `git diff`", file=sys.stderr)
        sys.exit(1)
