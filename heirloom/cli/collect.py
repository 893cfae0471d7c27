"""`heirloom collect`: events over HTTP into a folder."""

from pathlib import Path

import click

from heirloom.cli.failing import in_a_sentence


@click.command()
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--port", default=8090, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Whom to listen to; 0.0.0.0 is everybody.")
@in_a_sentence
def command(folder: Path, port: int, host: str) -> None:
    """Take click events at POST /events and land them in a folder of JSON files."""
    import uvicorn

    from heirloom.collector import collector

    print(f"POST http://{host}:{port}/events lands in {folder}", flush=True)
    # addresses are those of connections, not of headers that anybody can write, and no log names them
    uvicorn.run(
        collector(folder), host=host, port=port, access_log=False, proxy_headers=False, ws="none", log_level="warning"
    )
