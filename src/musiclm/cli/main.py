"""``musiclm VERB``: finds the verb, runs it, and turns every failure into one line and a code.

Exit codes: 0 done; 1 failed (disk, memory, our fault); 2 wrong usage; 3 model or file of codes not
found, not intact, or not fitting; 4 bad input; 130 stopped by Ctrl-C. A verb's module is imported
only when it is called.
"""

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from types import ModuleType
from typing import Annotated, Any

import typer

from musiclm._version import __version__
from musiclm.errors import ArtifactError, MusicLMError, StreamMismatchError

FAILED, USAGE, NO_MODEL, BAD_INPUT, INTERRUPTED = 1, 2, 3, 4, 130

VERBS = {
    "generate": "Make music from a sentence.",
    "story": "Make one piece from prompts with times.",
    "play": "Play music while it is made.",
    "replay": "Make a clip again from the record beside it.",
    "explain": "Say what a prompt was understood to be.",
    "search": "Find the sound files of a folder that fit a sentence.",
    "codec": "Keep sound as codes: encode, decode, info.",
    "bench": "Measure how fast this machine makes music, and in how much memory.",
    "doctor": "Say what this machine has, what is missing, and the one fix.",
    "models": "List the models that are here.",
    "corpus": "Compose, render and caption music to train on.",
    "tokenize": "Turn a corpus into token shards for training.",
    "train": "Train a stage, or the whole chain.",
    "evaluate": "Measure a model, a folder of audio, a part of a model, or the corpus.",
    "compare": "Run the same prompts through several systems, differences clip by clip.",
    "listen-test": "Make, serve and score a blind listening test.",
    "check-originality": "Look for a song, or parts of it, in a training set.",
    "originality-index": "Index a training set for check-originality.",
}
_MODULES = {"check-originality": "originality", "originality-index": "originality"}
"""Modules of verbs that are not called like them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code and never raises for a user's mistake."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        verb = next((word for word in words if not word.startswith("-")), None)
        command = typer.main.get_command(_app(verb))
        # Not command.main(): it has its own, wordier way with everything that is caught below.
        with command.make_context("musiclm", words) as context:
            command.invoke(context)
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        return _fail("stopped", INTERRUPTED)
    except typer.Exit as done:
        return done.exit_code
    except (ArtifactError, StreamMismatchError) as error:
        return _fail(error, NO_MODEL)
    except MusicLMError as error:
        return _fail(error, BAD_INPUT)
    except BrokenPipeError:
        _give_up_stdout()  # Its reader left, as "head" does: nothing to tell.
        return FAILED
    except OSError as error:
        _give_up_stdout()
        where = f" {error.filename}" if error.filename else ""
        reason = error.strerror or str(error)
        return _fail(f"cannot write{where}: {reason}: {_remedy(error)}", FAILED)
    except MemoryError:
        return _fail("out of memory: ask for a shorter duration", FAILED)
    except Exception as error:
        return _unexpected(error)
    return 0


def _app(verb: str | None) -> typer.Typer:
    """The command line with the one verb in use; the others are only listed."""
    app = typer.Typer(
        name="musiclm",
        help="Text to minutes of stereo music.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )

    @app.callback()
    def _root(
        version: Annotated[bool, typer.Option("--version", callback=_show_version)] = False,
    ) -> None:
        """Text to minutes of stereo music."""

    for name, about in VERBS.items():
        if name == verb:
            module = _MODULES.get(name, name.replace("-", "_"))
            _add(app, name, import_module(f"musiclm.cli.{module}"), about)
        else:
            app.command(name, help=about)(_nothing)
    return app


def _add(app: typer.Typer, name: str, module: ModuleType, about: str) -> None:
    """Hang a verb's module in: its ``app``, or the function of its name."""
    own: typer.Typer | None = getattr(module, "app", None)
    if own is None:
        function: Callable[..., Any] = getattr(module, name.replace("-", "_"))
        app.command(name)(function)
        return
    single = len(own.registered_commands) == 1 and not own.registered_groups
    command = own.registered_commands[0]
    if single and own.registered_callback is None and command.callback is not None:
        app.command(name, help=command.help)(command.callback)
    else:
        app.add_typer(own, name=name, help=about)


def _nothing() -> None:
    """Stand-in of a verb that was not called."""


def _show_version(wanted: bool) -> bool:
    if wanted:
        typer.echo(f"musiclm {__version__}")
        raise typer.Exit
    return wanted


def _fail(error: object, code: int) -> int:
    """One printable line on standard error."""
    line = "; ".join(part.strip() for part in str(error).splitlines())
    safe = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in line)
    # A terminal that does not speak UTF-8 must not turn a message into a traceback.
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    print(f"musiclm: {safe}".encode(encoding, "backslashreplace").decode(encoding), file=sys.stderr)
    return code


def _give_up_stdout() -> None:
    """Send what a failed standard output still holds nowhere: Python would fail on it at exit."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _remedy(error: OSError) -> str:
    """What to do about the commonest failures of disks."""
    import errno

    remedies = {
        errno.ENOSPC: "free some space or choose another folder",
        errno.EDQUOT: "free some space or choose another folder",
        errno.EFBIG: "choose a disk that allows larger files",
        errno.ENOENT: "make the folder first",
        errno.EACCES: "choose a place that you may write to",
        errno.EPERM: "choose a place that you may write to",
        errno.EROFS: "choose a disk that is not read-only",
        errno.EISDIR: "give the name of a file",
        errno.ENOTDIR: "a file stands where a folder should be",
    }
    return remedies.get(error.errno or 0, "choose another place")


def _unexpected(error: Exception) -> int:
    """Wrong usage as the parser words it, or a fault of ours, without a traceback."""
    # typer does not export its parser's errors; they are known by how they word themselves.
    wording = getattr(error, "format_message", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        print(error, file=sys.stderr)
        return USAGE
    if callable(wording):
        context = getattr(error, "ctx", None)
        command = getattr(context, "command_path", "musiclm")
        return _fail(f"{wording()} (see {command} --help)", getattr(error, "exit_code", USAGE))
    if os.environ.get("MUSICLM_TRACEBACK"):
        traceback.print_exc()
    return _fail(
        f"unexpected {type(error).__name__}: {error}: this is a fault of musiclm, please report "
        "it with the output under MUSICLM_TRACEBACK=1",
        FAILED,
    )


if __name__ == "__main__":
    sys.exit(main())
