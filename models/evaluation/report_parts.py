"""Sections of the report of an evaluation."""

from collections.abc import Mapping
from html import escape

from models.evaluation.html import picture, share, table, themed
from models.evaluation.judge import Evaluation
from models.evaluation.mistakes import most_confused
from models.evaluation.robustness import Robustness
from models.evaluation.scores import Scores

OFF = 0.03
"""Calibration error above which a hint at calibration is given."""
Drawn = Mapping[str, tuple[bytes, bytes]]
"""PNG of each figure, for light and for dark pages, by name."""


def confusion(told: Evaluation, drawn: Drawn) -> str:
    """Which classes are taken for which."""
    labels = told.scores.labels
    rows = [
        (f"{escape(labels[truth])}", f"<td class=words>{escape(labels[said])}</td>", f"{count:,}")
        for truth, said, count in most_confused(told.scores.confusion)
    ]
    most = table(("is", "<th class=words>was called</th>", "pictures"), rows) if rows else "<p>Nothing.</p>"
    figure = themed(*drawn["confusion"], "Confusion matrix", "Rows are what it is, columns what it was called.")
    return f"<h2>What it mixes up</h2><div class=pair>{figure}<div>{most}</div></div>"


def mistakes(told: Evaluation) -> str:
    """The wrong answers that it was surest of, with their pictures."""
    labels, asked = told.scores.labels, told.questions
    if not told.mistakes:
        return "<h2>Worst mistakes</h2><p>There are none: every answer was right.</p>"
    items = []
    for one in told.mistakes:
        truth, said = labels[one.truth], labels[one.said]
        name = asked.names[one.row] if asked.names else f"number {one.row}"
        words = (
            f"<span>said <b>{escape(said)}</b> {share(one.sure)}</span>"
            f"<span>is {escape(truth)} {share(one.of_truth)}</span>"
        )
        image = picture(asked.images[one.row], f"{truth}, taken for {said}")
        items.append(f'<li title="{escape(name)}">{image}{words}</li>')
    return (
        "<h2>Worst mistakes</h2><p class=soft>Wrong answers that it was surest of. Look whether the truth is right:"
        f" mistakes in the data show here first.</p><ul class=mistakes>{''.join(items)}</ul>"
    )


def classes(scores: Scores) -> str:
    """A row for each class, and the means."""
    rows = [
        (
            escape(one.label),
            *(f"{value:.3f}" for value in (one.precision, one.recall, one.f1)),
            _bar(one.f1),
            f"<td class=wide>{'–' if one.auc is None else f'{one.auc:.4f}'}</td>",
            f"<td class=wide>{'–' if one.ap is None else f'{one.ap:.4f}'}</td>",
            f"{one.pictures:,}",
        )
        for one in scores.classes
    ]
    for name, mean in (("mean", scores.macro), ("weighted", scores.weighted)):
        figures = [f"{value:.3f}" for value in (mean.precision, mean.recall, mean.f1)]
        rows.append((name, *figures, _bar(mean.f1), "<td class=wide></td>", "<td class=wide></td>", ""))
    wide = ("<th class=wide></th>", "<th class=wide>ROC</th>", "<th class=wide>PR</th>")
    made = table(("class", "precision", "recall", "F1", *wide, "pictures"), rows, last_is_total=2)
    return f"<h2>Each class</h2>{made}"


def sure(told: Evaluation, drawn: Drawn) -> str:
    """Whether its probabilities mean what they say."""
    scores, degrees = told.scores, told.temperature
    error = scores.reliability.error
    words = f"What it says of its own sureness is off by {share(error, 2)} on average, by range of probability."
    if degrees is not None:
        words += f" It is calibrated: its logits are divided by {degrees:.3f}, found on the validation split."
    elif error > OFF:
        words += " It was never calibrated: python -m models calibrate RUN makes its probabilities truer."
    rows = [
        ("expected calibration error", share(error, 2)),
        ("largest in any range", share(scores.reliability.worst, 2)),
        ("log-loss, nats", f"{scores.log_loss:.4f}"),
        ("Brier score, sum of squares", f"{scores.brier:.4f}"),
        ("mean squared error", f"{scores.mse:.5f}"),
    ]
    figure = themed(*drawn["reliability"], "Reliability diagram")
    beside = f"<div><p>{escape(words)}</p>{table(('', ''), rows)}</div>"
    return f"<h2>How sure it is, and how right</h2><div class=pair>{figure}{beside}</div>"


def curves(drawn: Drawn) -> str:
    """ROC, and precision by recall."""
    roc = themed(*drawn["roc"], "ROC curves", "Each class against all others, the hardest in colour, with areas.")
    pr = themed(*drawn["pr"], "Precision and recall", "The same by precision, with the average precision.")
    return f"<h2>ROC, precision and recall</h2><div class=pair>{roc}{pr}</div>"


def corruptions(robust: Robustness | None, drawn: Drawn) -> str:
    """Accuracy under each corruption; nothing where it was not asked for."""
    if robust is None:
        return ""

    def cell(value: float) -> str:
        lost = max(0.0, robust.clean - value) / max(robust.clean, 1e-9)
        ground = f"color-mix(in srgb, var(--bad) {60 * lost:.0f}%, transparent)"
        return f'<td style="background:{ground}">{100 * value:.0f}</td>'

    rows = [
        (escape(name), *map(cell, values), cell(sum(values) / len(values))) for name, values in robust.accuracy.items()
    ]
    rows.append(("all", *map(cell, robust.by_strength()), cell(robust.mean)))
    figure = themed(*drawn["corruptions"], "Accuracy by strength of corruption")
    made = table(("% right at strength", "1", "2", "3", "4", "5", "mean"), rows, "heat", last_is_total=1)
    words = (
        f"{share(robust.mean)} right on average over fifteen corruptions at five strengths, {share(robust.clean)} on"
        f" the same {robust.pictures:,} pictures as they are."
    )
    return f"<h2>What it bears</h2><p>{words}</p><div class=pair>{made}{figure}</div>"


def speed(told: Evaluation) -> str:
    """A row for each form; nothing where none was timed."""
    if not told.speeds:
        return ""
    rows = [
        (
            escape(one.form),
            f"{one.single_ms:.2f}",
            f"{one.images_per_s:,.0f}",
            f'<td class="words wide">{escape(one.runtime)}</td>',
        )
        for one in told.speeds
    ]
    head = ("form", "one, ms", "many, a second", '<th class="words wide">runs in</th>')
    batch = told.speeds[0].batch
    return (
        f"<h2>How slow it is</h2>{table(head, rows)}<p class=soft>One picture at a time (median), and {batch} together"
        " (best), on the machine that made this page, with whatever else it was doing.</p>"
    )


def _bar(value: float) -> str:
    return f'<td class="words wide"><span class=bar style="width:{90 * value:.0f}px"></span></td>'
