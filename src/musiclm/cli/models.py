"""``musiclm models``: the models that are here, their size, and whether they are intact."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer


def models(
    folder: Annotated[list[Path] | None, typer.Argument(help="Also these model folders.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """List the models that are here and verify every byte of them."""
    from musiclm.errors import ArtifactError
    from musiclm.pipeline.folder import (
        WEIGHTS_FOLDER,
        available_models,
        find_model,
        folder_bytes,
        verify_model,
    )

    rows = []
    found = [WEIGHTS_FOLDER / name for name in available_models()]
    for path in [*found, *(find_model(given) for given in folder or [])]:
        row: dict[str, object] = {"folder": str(path), "bytes": folder_bytes(path)}
        try:
            description = verify_model(path)
            row |= {"name": description.name, "version": description.version, "intact": True}
        except ArtifactError as error:
            row |= {"name": path.name, "version": None, "intact": False, "fault": str(error)}
        rows.append(row)
    if as_json:
        print(json.dumps(rows, indent=2))
    else:
        for row in rows:
            size = int(str(row["bytes"])) / 1e6
            state = "intact" if row["intact"] else f"BROKEN: {row['fault']}"
            print(f"{row['name']} {row['version'] or ''}  {size:.1f} MB  {state}  {row['folder']}")
        if not rows:
            print(
                "no model is installed: train one (musiclm train all) or install the package "
                "with its weights",
                file=sys.stderr,
            )
    if not all(row["intact"] for row in rows):
        raise typer.Exit(3)
