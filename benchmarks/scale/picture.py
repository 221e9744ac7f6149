"""The study in four pictures: what breaks, a day at the broker, what spare nodes bring, what a camera costs."""

from pathlib import Path
from typing import Any

import numpy as np

from commands.figure import new_figure, save
from vision.palette import OKABE_ITO

INK, GREY = "#222222", "#8a8a8a"
COLOURS = ["#%02x%02x%02x" % colour[::-1] for colour in (OKABE_ITO[i] for i in (1, 5, 6, 4, 0))]  # noqa: UP031
"""Blue, vermillion, green, purple, orange."""
MARKS = ("o", "s", "^", "D", "v")


def draw(study: dict[str, Any], path: Path) -> None:
    """Write it as the name says: .png, .svg or .pdf.

    Raises:
        ConfigError: matplotlib is not installed, or it cannot be written there.
    """
    figure = new_figure(12, 8.4)
    axes = figure.subplots(2, 2)
    for axis in axes.flat:
        axis.spines[["top", "right"]].set_visible(False)
        axis.tick_params(colors=INK)
    _breaks(axes[0, 0], study)
    _day(axes[0, 1], study)
    _lost(axes[1, 0], study)
    _prices(axes[1, 1], study)
    save(figure, path)


def _breaks(axis: Any, study: dict[str, Any]) -> None:
    rows = study["rows"]
    counts = [row["cameras"] for row in rows]
    names = list(study["broken_at"])
    ends = _apart([np.log10(max(rows[-1]["loads"][name], 1e-6)) for name in names], 0.45)
    for name, colour, mark, end in zip(names, COLOURS, MARKS, ends, strict=False):
        axis.plot(counts, [row["loads"][name] for row in rows], color=colour, marker=mark, lw=2, ms=5)
        at = study["broken_at"][name]
        said = f"{name}: {at:,}" if at else f"{name}: never"
        axis.annotate(
            said,
            (counts[-1], 10**end),
            (8, 0),
            textcoords="offset points",
            color=colour,
            va="center",
            annotation_clip=False,
        )
    axis.axhline(1, color=INK, lw=1, ls="--")
    axis.annotate("carries no more", (counts[0], 1), (0, 4), textcoords="offset points", color=INK, fontsize=9)
    axis.set(xscale="log", yscale="log", xlabel="cameras", ylabel="load by what one can carry")
    axis.set_ylim(top=10 ** (max(*ends, 0) + 0.4))
    axis.set_title("What there is one of, and from how many cameras it is too little", loc="left", fontsize=11)


def _day(axis: Any, study: dict[str, Any]) -> None:
    events = np.array(study["day"]["events_per_s"])
    minutes = events.reshape(-1, 60)
    hour = np.arange(len(minutes)) / 60
    axis.plot(hour, minutes.mean(1), color=COLOURS[0], lw=1.2)
    axis.plot(hour, minutes.max(1), color=COLOURS[1], lw=0.8)
    axis.set(yscale="symlog", xlim=(0, 24), xlabel="hour of the day", ylabel="events a second")
    axis.set_xticks(range(0, 25, 6))
    night = minutes[: 5 * 60]
    axis.annotate("mean of a minute", (0.6, night.mean() * 0.5), color=COLOURS[0], va="top", fontsize=9)
    axis.annotate("its busiest second", (0.6, night.max() * 1.4), color=COLOURS[1], va="bottom", fontsize=9)
    able = study["rows"][-1]["broker_per_s"] / (1 + study["assumptions"]["subscribers"])
    axis.axhline(able, color=INK, lw=1, ls="--")
    axis.set_ylim(0, able * 4)
    axis.annotate(
        f"one broker: {able:,.0f}", (24, able), (0, 4), textcoords="offset points", color=INK, ha="right", fontsize=9
    )
    axis.set_title(f"A day of {study['day']['cameras']:,} cameras, with storms", loc="left", fontsize=11)


def _lost(axis: Any, study: dict[str, Any]) -> None:
    table = study["lost"]
    for at_once, colour, mark in zip(sorted({row["at_once"] for row in table}), COLOURS, MARKS, strict=False):
        rows = [row for row in table if row["at_once"] == at_once]
        axis.plot(range(len(rows)), [row["hours"] for row in rows], color=colour, marker=mark, lw=2, ms=5)
        said = f"{at_once} opened at once"
        end = (len(rows) - 1, rows[-1]["hours"])
        axis.annotate(said, end, (8, 0), textcoords="offset points", color=colour, va="center")
    spares = sorted({row["spare"] for row in table})
    axis.set_xticks(range(len(spares)), [str(spare) for spare in spares])
    axis.set(yscale="log", xlabel="spare nodes", ylabel="camera-hours lost a month")
    axis.set_title(f"{study['day']['cameras']:,} cameras whose nodes fail", loc="left", fontsize=11)


def _prices(axis: Any, study: dict[str, Any]) -> None:
    rows = study["rows"]
    below = np.zeros(len(rows))
    parts = list(rows[0]["prices"])
    for part, colour in zip(parts, COLOURS, strict=False):
        height = np.array([row["prices"][part] for row in rows])
        axis.bar(range(len(rows)), height, bottom=below, color=colour, width=0.6)
        below = below + height
    middles = np.cumsum([rows[-1]["prices"][part] for part in parts])
    centres = [float(top - rows[-1]["prices"][part] / 2) for top, part in zip(middles, parts, strict=True)]
    for part, colour, at in zip(parts, COLOURS, _apart(centres, float(below.max()) * 0.06), strict=False):
        axis.annotate(part, (len(rows) - 0.65, at), color=colour, va="center")
    for number, total in enumerate(below):
        axis.annotate(f"{total:.2f}", (number, total), (0, 3), textcoords="offset points", ha="center", color=INK)
    axis.set_xticks(range(len(rows)), [f"{row['cameras']:,}" for row in rows])
    axis.set(xlabel="cameras", ylabel="a camera and month", xlim=(-0.5, len(rows) + 0.1))
    axis.set_title("Price of a camera, by the prices assumed", loc="left", fontsize=11)


def _apart(places: list[float], least: float) -> list[float]:
    """The places, moved up until no two are nearer than `least`.

    >>> _apart([1.0, 0.0, 0.1], 0.5)
    [1.0, 0.0, 0.5]
    """
    moved, before = list(places), -np.inf
    for index in np.argsort(places, kind="stable"):
        before = moved[index] = max(places[index], before + least)
    return moved
