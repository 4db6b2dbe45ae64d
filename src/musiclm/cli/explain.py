"""``musiclm explain PROMPT``: a sentence in, what the model understands by it out.

Standard output carries the explanation, for people or with ``--json``; progress goes to standard
error. Everything that can be refused is refused before the model loads.
"""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from musiclm.pipeline.explain import Explanation, Word

_LANGUAGES = {
    "en": "English",
    "fr": "French",
    "es": "Spanish",
    "de": "German",
    "it": "Italian",
    "pt": "Portuguese",
    "other": "none that the model knows",
    None: "too short to tell",
}
_STANDING_OUT = 2.0  # Standard deviations above the mean of all tags.


def explain(
    prompt: Annotated[
        str, typer.Argument(metavar="PROMPT", help="What the music is like, as for generate.")
    ],
    bpm: Annotated[
        float | None, typer.Option(help="Beats per minute; wins over the prompt.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="Key, such as Dm or 'F# major'; wins over the prompt.")
    ] = None,
    metre: Annotated[
        str | None, typer.Option(help="Metre, such as 3/4; wins over the prompt.")
    ] = None,
    model: Annotated[
        str, typer.Option(help="Name of a model in the box, a model folder, or a MuLan folder.")
    ] = "small",
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress; only warnings and errors.")
    ] = False,
) -> None:
    """Say what a prompt was understood to be: facts, nearest tags, words that count."""
    from musiclm.pipeline.folder import find_part
    from musiclm.pipeline.request import checked_prompt
    from musiclm.prompt import PromptFacts, reconcile

    checked_prompt(prompt)
    reconcile(PromptFacts(), bpm=bpm, key=key, metre=metre)
    folder = find_part(model, "mulan")

    # From here on it costs seconds.
    from musiclm.cli.progress import show_progress
    from musiclm.mulan.model import Mulan
    from musiclm.pipeline.explain import explain as explained

    with show_progress(quiet=quiet) as shown:
        shown.loading(model)
        mulan = Mulan.load(folder, towers="text")
        made = explained(prompt, mulan, bpm=bpm, key=key, metre=metre)
    if as_json:
        print(json.dumps(made.to_dict(), indent=2))
    else:
        _print(made)


def _print(made: "Explanation") -> None:
    """The whole explanation for people, in colours on a terminal."""
    from rich.console import Console

    console = Console(markup=False, highlight=False, emoji=False)
    # Captured, so that a terminal whose encoding lacks a letter is no reason to fail.
    with console.capture() as caught:
        _render(made, console)
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(caught.get().encode(encoding, "backslashreplace").decode(encoding))


def _render(made: "Explanation", console: "Console") -> None:
    """Section by section; what there is nothing to say about is left out."""
    console.print(_coloured(made), soft_wrap=True)
    console.print(f"language: {_LANGUAGES[made.language]}")
    for warning in made.warnings:
        console.print(f"warning: {_printable(warning)}", style="yellow", soft_wrap=True)
    if made.facts or made.denied:
        console.print()
        console.print(_facts(made))
    console.print()
    console.print(_tags(made))
    _render_words(made, console)
    tokens = made.mulan_tokens
    console.print()
    console.print(f"MuLan tokens: {'no codebooks yet' if tokens is None else _listed(tokens)}")
    console.print(f"facts tokens: {_listed(made.facts_tokens)}  (tempo, key, metre, drums)")


def _coloured(made: "Explanation") -> "Text":
    """The prompt itself: facts cyan, decisive words bold, ignored ones dim."""
    from rich.text import Text

    # One sign for one sign, so that offsets still fit.
    line = Text("".join(sign if sign.isprintable() else "\ufffd" for sign in made.prompt))
    facts = [word for word in made.words if word.fact]
    for style, words in (("dim", made.ignored), ("bold", made.decisive), ("cyan", facts)):
        for word in words:
            line.stylize(style, word.start, word.start + len(word.text))
    return line


def _facts(made: "Explanation") -> "Table":
    """What was read as hard fact, from which words, and which token it becomes."""
    table = _table("fact", "value", "read from", "token")
    for fact in made.facts:
        source = ", ".join(f'"{text}"' for text in fact.said)
        if fact.from_option:
            source = f"option; the prompt says {source}" if source else "option"
        # A mode without a key, say, is left to the embedding; a duration sets the clip's length.
        unheard = "the length" if fact.kind == "duration" else "only as text"
        token = unheard if fact.token is None else str(fact.token)
        table.add_row(fact.kind, fact.value, _printable(source), token, style="cyan")
    for item in made.denied:
        # Of all that can be missing, only drums have a level in the facts stream.
        table.add_row("ruled out", _printable(item.what), _printable(f'"{item.said}"'), "")
    return table


def _tags(made: "Explanation") -> "Table":
    """The nearest tags of each kind; those that stand out in green."""
    table = _table("nearest", "tag", "cosine", "deviations")
    for kind, tags in made.nearest.items():
        for number, tag in enumerate(tags):
            stands_out = tag.deviations >= _STANDING_OUT
            table.add_row(
                "" if number else kind,
                tag.name,
                f"{tag.cosine:.2f}",
                f"{tag.deviations:+.1f}",
                style="green" if stands_out else "",
            )
    return table


def _render_words(made: "Explanation", console: "Console") -> None:
    """Which words count, which do not, and what that means."""
    from musiclm.pipeline.explain import IGNORED_BELOW

    console.print()
    if made.decisive:
        console.print(f"decisive words: {_effects(made.decisive)}", soft_wrap=True)
    if made.ignored:
        console.print(
            f"ignored words (they move the embedding by less than {IGNORED_BELOW:.0%}): "
            f"{_effects(made.ignored)}",
            style="dim",
            soft_wrap=True,
        )
    if made.n_words > len(made.words):
        console.print(f"only the first {len(made.words)} of {made.n_words} words were tried")


def _effects(words: "tuple[Word, ...]") -> str:
    return ", ".join(f"{_printable(word.text)} {word.effect:.0%}" for word in words)


def _table(*heads: str) -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        table.add_column(head)
    return table


def _listed(tokens: tuple[int, ...]) -> str:
    return " ".join(map(str, tokens))


def _printable(text: str) -> str:
    """Prompts may hold signs that turn the direction of writing, or are invisible."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
