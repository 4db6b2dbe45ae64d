"""Measurements in, tables for a reader and plain values for a report out."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musiclm.evaluate.codec.intervals import Mean, bootstrap_mean
from musiclm.evaluate.codec.measure import TARGETS_BPS, Condition, Measurements
from musiclm.evaluate.report import Cell, markdown_table

_COLUMNS: Mapping[str, tuple[str, int]] = {
    "log_mel": ("log-mel distance", 2),
    "flatness": ("flatness error", 2),
    "harmonic_ratio_db": ("HNR error dB", 1),
    "harmonic_shift_db": ("HNR shift dB", 1),
    "lines_lost": ("lines lost", 2),
    "side": ("side distance", 2),
    "panning_db": ("panning error dB", 2),
    "level_db": ("level dB", 1),
    "si_sdr_db": ("SI-SDR dB", 1),
    "visqol": ("ViSQOL", 2),
}
_IN_BRACKETS = ("log_mel", "lines_lost")  # Intervals of all would be a table nobody reads.
_BY_GROUP = ("log_mel", "lines_lost", "harmonic_ratio_db", "side")
_ALL = "all"

LEGEND = """\
Log-mel distance in nats, over windows of 512, 1024 and 2048 samples, with its 95% interval (pieces
redrawn). Flatness, HNR (harmonic-to-noise ratio) and lines are read from windows of 4096 samples,
as means of six bands: flatness error in nats; HNR error in dB, and its shift (below 0: tones became
noise); lines lost is 1 minus the correlation of the pattern of spectral lines where the original is
tonal (0: every partial in its place; 1: noise, or wrong partials). Side distance in nats is of left
minus right. Level is the RMS over the original's. SI-SDR is of the waveform: codecs of a few kbit/s
do not keep phases. ViSQOL does not always rise with bitrate on music. "kbit/s" of Opus is what was
written, headers and all."""


def main_table(found: Measurements) -> str:
    """A row for each number of levels and each rate of Opus."""
    shown = [
        name
        for name in _COLUMNS
        if any(np.isfinite(condition.values[name]).any() for condition in found.conditions)
    ]
    rows = []
    for condition in found.conditions:
        row: dict[str, Cell] = _head(condition)
        for name in shown:
            title, digits = _COLUMNS[name]
            row[title] = _text(_mean(condition, name, found), digits, name in _IN_BRACKETS)
        level = condition.levels
        row["codes in use"] = "-" if level is None else f"{found.effective_codes[level - 1]:.0f}"
        rows.append(row)
    return markdown_table(rows)


def group_table(found: Measurements) -> str:
    """The judged bitrates and Opus, apart for the sound fonts; empty when there is one kind."""
    groups = sorted(set(found.groups))
    if len(groups) < 2:
        return ""
    rows = []
    for condition in judged(found):
        for group in groups:
            row = _head(condition) | {"clips": f"{found.groups.count(group)}, {group}"}
            for name in _BY_GROUP:
                title, digits = _COLUMNS[name]
                row[title] = _text(_mean(condition, name, found, group), digits, brackets=True)
            rows.append(row)
    return markdown_table(rows)


def band_table(found: Measurements) -> str:
    """The tonal measures of the judged bitrates and of Opus in each band of frequency."""
    rows = []
    for condition in judged(found):
        for name in ("lines_lost", "harmonic_ratio_db", "harmonic_shift_db", "flatness"):
            title, digits = _COLUMNS[name]
            row: dict[str, Cell] = _head(condition) | {"measure": title}
            for edges, value in zip(found.band_edges_hz, _bands(condition, name), strict=True):
                row["-".join(f"{edge / 1000:g}" for edge in edges) + " kHz"] = (
                    "-" if np.isnan(value) else f"{value:.{digits}f}"
                )
            rows.append(row)
    return markdown_table(rows)


def judged(found: Measurements) -> list[Condition]:
    """Ours at the judged bitrates, and Opus."""
    ours = {found.at(rate).name: found.at(rate) for rate in TARGETS_BPS}
    return [*ours.values(), *(c for c in found.conditions if c.levels is None)]


def plain(found: Measurements) -> dict[str, Any]:
    """Everything for ``report.json``: means with intervals, by group and band, and every clip."""
    return {
        "n_clips": len(found.pieces),
        "n_pieces": len(set(found.pieces)),
        "seconds": found.seconds,
        "band_edges_hz": found.band_edges_hz,
        "effective_codes": found.effective_codes,
        "pieces": found.pieces,
        "groups": found.groups,
        "conditions": [_plain(condition, found) for condition in found.conditions],
    }


def _plain(condition: Condition, found: Measurements) -> dict[str, Any]:
    means: dict[str, dict[str, Any]] = {}
    for group in (_ALL, *sorted(set(found.groups))):
        means[group] = {}
        for name in _COLUMNS:
            mean = _mean(condition, name, found, group)
            means[group][name] = {"mean": mean.value, "low": mean.low, "high": mean.high}
    return {
        "name": condition.name,
        "levels": condition.levels,
        "bits_per_second": condition.bits_per_second,
        "means": means,
        "bands": {name: _bands(condition, name).tolist() for name in condition.bands},
        "clips": {name: values.tolist() for name, values in condition.values.items()},
    }


def _head(condition: Condition) -> dict[str, Cell]:
    ours = "1 level" if condition.levels == 1 else condition.name
    return {"codec": ours, "kbit/s": f"{condition.bits_per_second / 1000:.2f}"}


def _mean(condition: Condition, name: str, found: Measurements, group: str = _ALL) -> Mean:
    chosen = [g for g, kind in enumerate(found.groups) if group in (_ALL, kind)]
    return bootstrap_mean(condition.values[name][chosen], [found.pieces[g] for g in chosen])


def _bands(condition: Condition, name: str) -> NDArray[np.float64]:
    """Mean over the clips that have something in a band; NaN where none has."""
    values = condition.bands[name]
    known = np.isfinite(values)
    counts = known.sum(axis=0)
    sums = np.where(known, values, 0.0).sum(axis=0)
    means: NDArray[np.float64] = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    return means


def _text(mean: Mean, digits: int, brackets: bool) -> str:
    if np.isnan(mean.value):
        return "-"
    return mean.text(digits) if brackets else f"{mean.value:.{digits}f}"
