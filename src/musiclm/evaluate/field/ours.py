"""A report in, its numbers under names that can stand beside published ones out.

None of them may enter a published column: embedders, taggers and reference sets are our own, or
others' in another set-up. So each is named after what it really is, and ``published.py`` keeps it
apart.
"""

from musiclm.evaluate.schema import Report


def numbers_of(report: Report) -> dict[str, float]:
    """Frechet distances and divergences of a report, by ``measure/embedder/reference``.

    Args:
        report: Of ``evaluate quality`` or ``all``; empty where it lacks that suite.
    """
    quality = report.results.get("quality", {})
    reference = report.reference.name if report.reference else "own"
    found: dict[str, float] = {}
    for each in quality.get("embeddings", ()):
        plain = each["sets"]["made"]["frechet"]["plain"]
        if plain is not None:
            found[f"fad/{_plain(each['embedder'])}-ours/{_plain(reference)}"] = plain
    for question, each in quality.get("labels", {}).get("made", {}).items():
        found[f"kld/{_plain(question)}-tagger/{_plain(reference)}"] = each["value"]
    return found


def _plain(name: str) -> str:
    """A name without what separates names."""
    return name.replace("/", "-").replace(" ", "-")
