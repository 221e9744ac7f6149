"""A time for each frame, later than the one before, on the container's own clock."""

from pipeline.types import Damage


class Clock:
    """Takes what the container says of each frame; makes up only what it does not say.

    AVI stores no presentation times: what stands there is guessed by the demuxer and goes backwards with B-frames,
    while the decoding times of the decoder's output are in order. So `reordered` trusts those first.
    """

    def __init__(self, damage: Damage, *, reordered: bool, frame_ticks: int) -> None:
        self._damage, self._reordered = damage, reordered
        self.length = max(1, frame_ticks)
        """Of the last frame that said how long it is shown, ticks."""
        self._last: int | None = None

    def tick(self, pts: int | None, dts: int | None, duration: int | None) -> int:
        """The time of the next frame in ticks.

        A time that is not after the one before becomes one tick after it. One that is absent comes the length of a
        frame after it. Both are counted.
        """
        said = [time for time in ((dts, pts) if self._reordered else (pts, dts)) if time is not None]
        last = self._last
        time = said[0] if said and last is None else next((time for time in said if last is None or time > last), None)
        if time is None:
            step = 1 if said else self.length
            time = 0 if last is None else last + step
            self._damage.retimed_frames += 1
            if self._damage.retimed_frames == 1:
                note(self._damage, "frames without a time of their own, or one that goes backwards, were put in order")
        if duration:
            self.length = duration
        self._last = time
        return time


def note(damage: Damage, line: str) -> None:
    """Add a line to the messages, once, and never more than 20."""
    if line not in damage.messages and len(damage.messages) < 20:
        damage.messages.append(line)
