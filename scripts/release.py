"""Puts the model of a run into the box: `python scripts/release.py RUN CARD.md [--way acoustic]`.

Stages are stored as int8 rows, which keeps the package small; everything else is copied as trained.
Generation defaults (guidance, temperatures by level) are options, so that they can be measured
before they ship.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from musiclm.config import replace
from musiclm.decode.stage import Stage
from musiclm.pipeline.folder import WEIGHTS_FOLDER, GenerationDefaults, assemble_model

LIMIT_BYTES = 100_000_000


def numbers(text: str) -> tuple[float, ...]:
    """``"1,0.9"`` as numbers."""
    return tuple(float(part) for part in text.split(",")) if text else ()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="run folder with trained artifacts")
    parser.add_argument("card", type=Path, help="model card, Markdown")
    parser.add_argument("--out", type=Path, default=WEIGHTS_FOLDER / "small")
    parser.add_argument("--way", default="acoustic", help="acoustic stages, comma between them")
    parser.add_argument("--version", default="1")
    parser.add_argument("--level-temperatures", type=numbers, default=())
    parser.add_argument("--guidance", action="append", default=[], help="STAGE=SCALE")
    parser.add_argument("--codec-levels", type=int, default=None, help="decode only so many")
    parser.add_argument("--top-k", action="append", default=[], help="STAGE=K; 0 is all codes")
    parser.add_argument("--temperature", action="append", default=[], help="STAGE=TEMPERATURE")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stages = {}
        planned = given.way != "musicgen"  # The way of one stage has no semantic one.
        for name in [*(["semantic"] if planned else []), *given.way.split(",")]:
            source = given.run / name / "artifact"
            stage = Stage.load(source, precision="float32")
            if given.level_temperatures and name == "acoustic":
                factors = given.level_temperatures
                stage = Stage(replace(stage.config, level_temperatures=factors), stage.model)
            stages[name] = Path(folder) / name
            card = (source / "card.md").read_text(encoding="utf-8")
            stage.save(stages[name], card=card, storage="int8")
        assemble_model(
            given.out,
            mulan=given.run / "mulan" / "artifact",
            semantic=stages.get("semantic"),
            acoustic=[stages[name] for name in given.way.split(",")],
            codec=given.run / "codec" / "artifact",
            tokenizer=given.run / "tokenizer" / "artifact",
            name="small",
            version=given.version,
            defaults=GenerationDefaults.from_mapping(
                {
                    "guidance_scale": by_stage(given.guidance),
                    "temperature": by_stage(given.temperature),
                    "top_k": {name: int(k) for name, k in by_stage(given.top_k).items()},
                    "codec_levels": given.codec_levels,
                }
            ),
            card=given.card.read_text(encoding="utf-8"),
        )
    size = sum(file.stat().st_size for file in given.out.rglob("*") if file.is_file())
    print(f"{given.out}: {size / 1e6:.1f} MB")
    if size > LIMIT_BYTES:
        sys.exit(f"the box holds {LIMIT_BYTES / 1e6:.0f} MB at most")


def by_stage(entries: list[str]) -> dict[str, float]:
    """``["semantic=3"]`` as a mapping."""
    return {name: float(value) for name, _, value in (entry.partition("=") for entry in entries)}


if __name__ == "__main__":
    main()
