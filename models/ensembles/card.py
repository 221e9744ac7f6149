"""What an ensemble's folder says to a person: members, figures, and what was chosen on which pictures."""

from typing import Any

from models.ensembles.judged import Judgement, Score
from models.ensembles.spec import EnsembleSpec

_ABOUT = {
    "average": "The mean of what {count} networks say.",
    "soup": "One network with the mean of the weights of {count}.",
    "greedy-soup": "One network with the mean of the weights of {taken} out of {count}: those that made it no worse.",
    "snapshot": "The mean of what the last {taken} of {count} snapshots of one training say, each the end of a cycle.",
    "bagging": "The mean of what {count} networks say, each trained on another bootstrap sample.",
    "boosting": "Weighted votes of {count} networks, each trained on what those before it got wrong (SAMME).",
    "mirror": "The mean of what a network says of a picture and of its mirror image: twice the work.",
    "stacking": "A logistic regression on what {count} networks say.",
}
_MEASURES = {
    "disagreement": "share of pictures that exactly one of two gets right",
    "q": "Yule's Q: 0 where two err independently, 1 where together",
    "double_fault": "share of pictures that both of two get wrong",
    "correlation": "of two members' errors, 1 where they err together",
}


def card(spec: EnsembleSpec, judgement: Judgement, state: dict[str, Any], notes: dict[str, str]) -> str:
    """Markdown."""
    taken = [member for member in spec.members if member.taken]
    about = _ABOUT[spec.method].format(count=len(spec.members), taken=len(taken))
    rows = [
        f"| {member.name}{'' if member.taken else ' (left out)'} | {_figures(one)} |"
        f" {'' if weight is None else f'{weight:.4g}'} |"
        for member, one, weight in zip(spec.members, judgement.members, spec.weights(), strict=True)
    ]
    means = judgement.diversity.means()
    lines = [
        f"# An ensemble: {spec.method}",
        "",
        about,
        "",
        f"- Classes: {len(state.get('labels', ()))}; pictures: {state.get('data', 'unknown')}",
        f"- Parameters, all together: {state['parameters']:,}",
        f"- Chosen: {spec.chosen}",
        *(f"- {name[:1].upper()}{name[1:]}: {told}" for name, told in notes.items()),
        "",
        f"## On the {judgement.pictures} pictures of the {judgement.split} split",
        "",
        "| | accuracy, 95 % interval | log-loss | weight |",
        "| --- | --- | --- | --- |",
        *rows,
        f"| **the ensemble** | {_figures(judgement.ensemble)} | |",
        "",
        f"Over the best member: {judgement.over_best}.",
        f"Over the members' mean: {100 * judgement.over_mean:+.2f} points.",
        "",
        "What was chosen on these pictures looks better on them than it is: judge it on others, by",
        "`python -m models ensemble show` or `python -m models evaluate`.",
        "",
        "## How differently the members err",
        "",
        *(f"- {name.replace('_', ' ')}: {_number(means[name])} ({about})" for name, about in _MEASURES.items()),
        "",
    ]
    return "\n".join(lines)


def _figures(one: Score) -> str:
    return f"{one.accuracy:.2%}, {one.low:.2%} to {one.high:.2%} | {one.log_loss:.4f}"


def _number(value: float | None) -> str:
    return "cannot be told" if value is None else f"{value:.3f}"
