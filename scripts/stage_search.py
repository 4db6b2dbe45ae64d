"""Which size and which settings of a stage learn most: `stage_search.py RUN OUT --minutes 10`.

Trains variants of one stage on the tokens of a run (`RUN/tokens`), each for the same budget, one
after the other, and writes a table (`OUT/table.md`), everything (`OUT/scaling.json`) and held-out
loss against compute (`OUT/scaling.png`). Without `--variants` they are sizes, for a scaling curve;
with a file such as `scripts/stage_variants.toml` they are settings. Run it again after an
interrupt: finished variants are kept, an unfinished one goes on.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from musiclm.errors import MusicLMError
from musiclm.train.scaling import markdown, run_variants
from musiclm.train.variants import SIZES, Budget, read_variants, variant_of


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="folder with tokens/")
    parser.add_argument("out", type=Path, help="gets a folder a variant, and the results")
    parser.add_argument("--stage", default="acoustic", help="semantic, acoustic, coarse, ...")
    parser.add_argument("--recipe", default="small", help="scale, folder or file of the recipe")
    parser.add_argument("--minutes", type=float, help="wall time of each variant")
    parser.add_argument("--flops", type=float, help="compute of each variant, such as 1e16")
    parser.add_argument("--max-steps", type=int, help="steps of each variant")
    parser.add_argument(
        "--sizes", default=",".join(SIZES), help="features x blocks, commas between"
    )
    parser.add_argument("--variants", type=Path, help="TOML file of settings, instead of sizes")
    parser.add_argument("--only", default="", help="names of variants, commas between them")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="CPU threads")
    given = parser.parse_args(arguments)
    torch.set_num_threads(given.threads)
    try:
        if given.variants is not None:
            variants = read_variants(given.variants)
        else:
            variants = [variant_of(size, [f"size={size}"]) for size in given.sizes.split(",")]
        wanted = set(filter(None, given.only.split(",")))
        if unknown := wanted - {variant.name for variant in variants}:
            parser.error(f"no variant {', '.join(sorted(unknown))}")
        results = run_variants(
            [variant for variant in variants if not wanted or variant.name in wanted],
            scale=given.recipe,
            stage=given.stage,
            tokens=given.run / "tokens",
            out=given.out,
            budget=Budget(minutes=given.minutes, flops=given.flops, max_steps=given.max_steps),
            on_variant=lambda text: print(text, file=sys.stderr, flush=True),
        )
    except MusicLMError as error:
        print(f"stage_search: {error}", file=sys.stderr)
        return 1
    print(markdown(results), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
