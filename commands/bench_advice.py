"""From figures to what to change: the busiest part of the flow, and which settings could help it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from commands.bench import OTHER_THREADS, Figures, another_process, in_process
from commands.bench_parts import Job
from pipeline.config import Settings, StageSettings
from pipeline.types import Frame

BUSY = 0.85
"""A part that is at work for so much of the time holds the others up."""
NEAR = 0.9
"""Of the bound: from here on other threads bring next to nothing, only less work does."""
SPUN = 0.1
"""Of the parts' CPU in threads that are not ours: something spins, or two pools fight."""
GAIN = 1.03
"""A change has to bring so much to be kept: less is noise."""
TRIES = 3
"""Pairs of runs, before and after in turns, that a change is judged by."""


@dataclass(frozen=True)
class Advice:
    """One thing to do, and why."""

    text: str
    assignment: str | None
    """As `--set` takes it; None where it is nothing that a setting does."""


def advise(figures: Figures, settings: Settings) -> list[Advice]:
    """What to change, the most promising first."""
    found = [*_busy(figures, settings), *_crowded(figures, settings)]
    if figures.lost()[OTHER_THREADS] > SPUN * figures.sum_ms:
        found.append(Advice("threads of libraries take much CPU: set the threads of the stages' networks to 1", None))
    if figures.share >= NEAR or not found:
        found += _less(figures, settings)
    return found


def _busy(figures: Figures, settings: Settings) -> list[Advice]:
    """Parts that are at work nearly all the time, in one thread where there could be two."""
    stages = {stage.name: stage for stage in settings.stages}
    found = []
    for part in sorted(figures.parts, key=lambda part: -part.wall_ms / figures.workers.get(part.name, 1)):
        workers = figures.workers.get(part.name, 1)
        busy = part.wall_ms * figures.fps / 1e3 / workers
        if busy < BUSY or figures.share >= NEAR:
            continue
        why = f"{part.name} is at work {busy:.0%} of the time"
        if part.kind == "source":
            found.append(Advice(f"{why}: raise source.threads to 2", "source.threads=2"))
        elif part.name == "video":
            found.append(Advice(f"{why}: raise output.threads to 2", "output.threads=2"))
        elif part.name in stages and not stages[part.name].kind.in_order and workers < figures.cores:
            key = f"stages.{part.name}.workers"
            found.append(Advice(f"{why}: raise {key} to {figures.cores}", f"{key}={figures.cores}"))
        elif part.name in stages and stages[part.name].kind.gives is not Frame:
            found.append(Advice(f"{why} and has to see every frame in order: set stages.{part.name}.every to 2", None))
    return found


def _crowded(figures: Figures, settings: Settings) -> list[Advice]:
    found = []
    for stage in settings.stages:
        if figures.workers.get(stage.name, 1) > figures.cores + 1:
            key = f"stages.{stage.name}.workers"
            why = f"more workers than cores fight for them: lower {key} to {figures.cores}"
            found.append(Advice(why, f"{key}={figures.cores}"))
        threads = getattr(stage.config, "threads", 1)
        if isinstance(threads, int) and threads * figures.workers.get(stage.name, 1) > figures.cores:
            key = f"stages.{stage.name}.threads"
            found.append(Advice(f"one thread for each worker does more than several: lower {key} to 1", f"{key}=1"))
    return found


def _less(figures: Figures, settings: Settings) -> list[Advice]:
    """The largest part, and how to do less of it; these change what is found, so no tuning tries them."""
    largest = max(figures.parts, key=lambda part: part.cpu_ms)
    share = largest.cpu_ms / figures.sum_ms
    stage = next((stage for stage in settings.stages if stage.name == largest.name), None)
    if stage is None or share < 0.3:
        return []
    ways = [f"stages.{stage.name}.every=2"]
    if getattr(stage.config, "precision", None) == "full":
        ways.insert(0, f"stages.{stage.name}.precision=int8")
    told = " or ".join(ways)
    return [Advice(f"{stage.name} is {share:.0%} of the work; doing less of it is what is left: {told}", None)]


def moves(figures: Figures, settings: Settings) -> list[str]:
    """Assignments worth a try, what was advised first; none of them changes what is found."""
    tried = [advice.assignment for advice in advise(figures, settings) if advice.assignment]
    for stage in settings.stages:
        if not stage.kind.in_order and _is_slow(stage, figures):
            key = f"stages.{stage.name}.workers"
            now = figures.workers.get(stage.name, 1)
            tried += [f"{key}={count}" for count in range(1, figures.cores + 2) if count != now]
    tried += ["source.threads=2", "output.threads=2", "flow.capacity=4"]
    return list(dict.fromkeys(tried))


def _is_slow(stage: StageSettings, figures: Figures) -> bool:
    return any(part.name == stage.name and part.cpu_ms > 0.1 * figures.sum_ms for part in figures.parts)


def tune(
    job: Job,
    candidates: Sequence[str],
    load: Callable[[tuple[str, ...]], Settings],
    rate: Callable[[Job], float],
    told: Callable[[str], None] = lambda _: None,
) -> tuple[tuple[str, ...], float]:
    """Try each change beside what is best so far, and keep those that bring something.

    Args:
        job: With the settings to begin with.
        candidates: Assignments.
        load: Settings for a set of assignments.
        rate: Frames a second of one run; `rates` gives the real one.
        told: Gets a line for each try.

    Returns:
        The assignments to keep, and how many times the rate of the beginning they give.
    """
    kept: tuple[str, ...] = ()
    gain, best = 1.0, job
    for candidate in candidates:
        key = candidate.partition("=")[0]
        with_it = (*(earlier for earlier in kept if earlier.partition("=")[0] != key), candidate)
        changed = Job(job.source, load(with_it), job.frames)
        ratio = median(_ratios(rate, best, changed))
        told(f"{candidate}: {ratio:.2f} times the rate{'; kept' if ratio >= GAIN else ''}")
        if ratio >= GAIN:
            kept, best, gain = with_it, changed, gain * ratio
    return kept, gain


@contextmanager
def rates(job: Job) -> Iterator[Callable[[Job], float]]:
    """A process that runs jobs and says their rates; it has run `job` once, so that files are in the cache.

    Raises:
        PipelineError: a run fails.
    """
    with TemporaryDirectory(prefix="sluice-tune-") as name, another_process() as beside:
        folder = Path(name)

        def rate(of: Job) -> float:
            return in_process(beside, of, folder).fps

        rate(job)
        yield rate


def _ratios(rate: Callable[[Job], float], before: Job, after: Job) -> list[float]:
    """After to before, run by run; gives up early on what is clearly worse."""
    ratios: list[float] = []
    for _ in range(TRIES):
        base = rate(before)
        ratios.append(rate(after) / base)
        if ratios[0] < 0.97:
            break
    return ratios
