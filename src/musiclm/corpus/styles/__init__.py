"""Styles of music as data: a folder a family, a file a style.

Every module of a family folder that does not begin with an underscore defines ``STYLE``; putting
such a file there is all it takes to add a style.
"""

from importlib import import_module
from pkgutil import iter_modules

from musiclm.corpus.craft.blocks import Style


def _collect() -> dict[str, tuple[Style, ...]]:
    families: dict[str, tuple[Style, ...]] = {}
    for family in sorted(entry.name for entry in iter_modules(__path__) if entry.ispkg):
        package = import_module(f"{__name__}.{family}")
        files = sorted(entry.name for entry in iter_modules(package.__path__))
        families[family] = tuple(
            import_module(f"{package.__name__}.{file}").STYLE
            for file in files
            if not file.startswith("_")
        )
    return families


FAMILIES: dict[str, tuple[Style, ...]] = _collect()
"""Family name -> its styles, both in alphabetical order."""
