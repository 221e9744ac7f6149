"""Follows objects from frame to frame: ByteTrack (Zhang et al., ECCV 2022), with its clock in seconds of the recording.

Algorithm 1 of the paper: every track is foretold by a Kalman filter; first the detections with a high score are given
to tracks by overlap, then those with a low score to the tracks left over, since a half-hidden object has a low score
and still overlaps its track. A new track has to be seen again before it counts; one that is not seen is kept for
`lost_s`. What stands otherwise than in the paper, and why, is in `docs/decisions/0004-bytetrack-in-seconds.md`.
"""

from collections import deque
from dataclasses import replace
from logging import getLogger
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field, model_validator

from pipeline.changes import Changeable
from pipeline.stage import Reads, StageConfig
from pipeline.types import Detections, Frame, Packet, Tracks
from vision import kalman
from vision.camera_motion import CameraMotion, joined, moved, since
from vision.matching import assign, class_iou

logger = getLogger(__name__)

REMEMBERED = 300
"""Frames whose camera motion is kept, for a detector that stands aside and answers late."""
ROUNDING_S = 1e-6
"""Two time stamps that should be `lost_s` apart may differ from it by this."""

# What is remembered of a track: one row, so that a mask selects everything at once.
TRACK = np.dtype(
    [
        ("motion", np.float64, (6, 4)),  # as vision.kalman describes
        ("id", np.int64),  # 0: not confirmed yet
        ("born", np.int64),  # index of the frame it was first seen on
        ("seen_s", np.float64),  # media time it was last seen
        ("hits", np.int32),  # times it was seen
        ("class_id", np.int32),
        ("score", np.float32),  # of the detection last matched
        ("lost", np.bool_),  # not found where the detector last looked
    ]
)

Score = Annotated[float, Field(ge=0, le=1)]


class TrackConfig(StageConfig):
    """Settings of the tracker."""

    on: Annotated[str, Reads(Detections), Field(description="stage whose detections are followed")] = "auto"
    high_score: Annotated[
        Score, Changeable(), Field(description="from here a detection is matched in the first round, 0..1")
    ] = 0.5
    low_score: Annotated[
        Score, Changeable(), Field(description="from here it is matched in the second round; below it is ignored, 0..1")
    ] = 0.1
    new_score: Annotated[
        Score, Changeable(), Field(description="from here a detection nobody claims starts a track, 0..1")
    ] = 0.6
    min_iou: Annotated[
        Score, Changeable(), Field(description="least overlap x score of a match in the first round, 0..1")
    ] = 0.1
    min_iou_low: Annotated[
        Score, Changeable(), Field(description="least overlap of a match in the second round, 0..1")
    ] = 0.5
    min_iou_new: Annotated[
        Score, Changeable(), Field(description="least overlap x score that confirms a new track, 0..1")
    ] = 0.3
    confirm: Annotated[
        int,
        Changeable(),
        Field(ge=1, le=100, description="detector frames in a row an object has to be seen on before it is shown"),
    ] = 2
    lost_s: Annotated[
        float, Changeable(), Field(gt=0, le=3600, description="seconds of the recording a track not seen is kept for")
    ] = 1.0
    smooth: Annotated[
        bool, Changeable(), Field(description="give the filtered box, which trembles half as much, not the one found")
    ] = True

    moving_camera: Annotated[
        bool,
        Field(
            description="the camera pans, shakes or drives: measure how it moved by optical flow, and carry the tracks"
            " along; 1 to 2 ms a frame"
        ),
    ] = False

    @model_validator(mode="after")
    def _scores_are_ordered(self) -> "TrackConfig":
        if self.low_score > self.high_score:
            raise ValueError(
                f"low_score {self.low_score} is above high_score {self.high_score}; "
                "set low_score to high_score or less (equal: no second round)"
            )
        return self


class ByteTracker:
    """Gives every object an id and keeps it while the object is in the picture, within its class.

    Ids count from 1 in the order in which tracks are first shown; none is ever used again, and none is spent on a
    track that was never shown. A track stands in the output of a frame where it was seen. On a frame where the detector
    was not asked (`every: n`), or has said nothing new (`aside`), the tracks of the last frame where it was are
    foretold, so that boxes do not blink; their scores are those of the last detection. Rows come in the order of ids.
    The order of detections does not matter.
    """

    Config: ClassVar[type[StageConfig]] = TrackConfig
    gives: ClassVar[type] = Tracks
    in_order: ClassVar[bool] = True

    @staticmethod
    def sees(config: TrackConfig) -> bool:
        """Whether it looks at the picture, besides at what was found in it."""
        return config.moving_camera

    def __init__(self, config: TrackConfig) -> None:
        self.config = config
        self._tracks = np.zeros(0, TRACK)
        self._names: tuple[str, ...] = ()
        self._now_s = self._looked_s = 0.0
        self._looked_at = -1
        self._camera = CameraMotion() if config.moving_camera else None
        self._went: deque[tuple[int, np.ndarray]] = deque(maxlen=REMEMBERED)
        """Index of each of the last frames, and the camera's motion from the first to it: `(2, 3) float64`."""
        self._far_looks = 0
        self._next_id = 1
        self._started = False

    def process(self, packet: Packet) -> Tracks:
        """The tracks of this frame; no rows where nothing is followed.

        Raises:
            LookupError: the stage named by `on` gave something else than detections.
        """
        self._advance(packet.frame.media_s)
        self._carry(packet.frame)
        found, moment = packet.find(self.config.on, Detections), packet.moment(self.config.on)
        if found is None or moment.index <= self._looked_at:
            return self._foretold(packet.frame)
        self._looked_at = moment.index
        if self._camera is not None and moment.index < packet.frame.index:
            found = replace(found, xyxy=self._as_now(found.xyxy, moment.index))
        return self._followed(packet.frame, found, max(0.0, packet.frame.media_s - moment.media_s))

    def _advance(self, now_s: float) -> None:
        """Forget tracks lost for too long and move the others to `now_s`; a clock that goes back moves nothing."""
        dt_s, self._now_s = max(0.0, now_s - self._now_s), now_s
        kept = now_s - self._tracks["seen_s"] <= self.config.lost_s + ROUNDING_S
        self._tracks = self._tracks[kept]
        self._tracks["motion"] = kalman.predict(self._tracks["motion"], dt_s)

    def _carry(self, frame: Frame) -> None:
        """Move the tracks as the camera made the picture move."""
        if self._camera is None:
            return
        motion = self._camera(frame.image, kalman.boxes(self._tracks["motion"]))
        self._tracks["motion"] = kalman.carry(self._tracks["motion"], motion)
        total = joined(self._went[-1][1], motion) if self._went else motion
        self._went.append((frame.index, total))

    def _as_now(self, xyxy: np.ndarray, index: int) -> np.ndarray:
        """Boxes that were found on an earlier frame, where the camera's motion since then puts them."""
        then = next((total for seen, total in self._went if seen >= index), None)
        return xyxy if then is None else moved(xyxy, since(then, self._went[-1][1]))

    def _foretold(self, frame: Frame) -> Tracks:
        """Where the tracks should be that were seen when the detector was last asked."""
        shown = self._tracks[(self._tracks["id"] > 0) & ~self._tracks["lost"]]
        return self._given(frame, shown, kalman.boxes(shown["motion"]))

    def _followed(self, frame: Frame, found: Detections, ago_s: float) -> Tracks:
        """Match, learn, confirm, begin: one frame of the paper's Algorithm 1.

        A detector that stands aside saw the objects `ago_s` ago: tracks are matched where they were then, and what was
        seen is moved on as far as its track went since.
        """
        self._names = found.names
        self._look(frame.media_s)
        found = found[_in_order(found, self.config.low_score)]
        tracks = self._tracks
        went = kalman.went(tracks["motion"], ago_s) if ago_s else np.zeros((len(tracks), 4), np.float32)
        match = self._matched(found, kalman.boxes(tracks["motion"]) - went)  # (T,)
        seen, free = match >= 0, np.ones(len(found), np.bool_)
        free[match[seen]] = False

        of = match[seen]
        tracks["motion"][seen] = kalman.update(tracks["motion"][seen], found.xyxy[of] + went[seen])
        tracks["score"][seen] = found.score[of]
        tracks["seen_s"][seen] = frame.media_s
        tracks["hits"] += seen
        tracks["lost"] = ~seen

        new = np.flatnonzero(free & (found.score >= max(self.config.new_score, self.config.high_score)))
        kept = seen | (tracks["id"] > 0)  # an unconfirmed track that is not seen again was none
        self._tracks = tracks[kept]
        if len(new):  # seldom, and a tenth of the time of a frame with few objects
            self._tracks = np.concatenate([self._tracks, self._begun(frame, found[new])])
        self._confirm()

        now = np.concatenate([match[kept], new])  # the detection of each track, -1: none
        shown = np.flatnonzero((now >= 0) & (self._tracks["id"] > 0))
        rows = self._tracks[shown]
        return self._given(frame, rows, kalman.boxes(rows["motion"]) if self.config.smooth else found.xyxy[now[shown]])

    def _matched(self, found: Detections, boxes: np.ndarray) -> np.ndarray:
        """The detection each track goes with, -1 where there is none: `(T,) int64`. `boxes`: where the tracks were."""
        tracks, config = self._tracks, self.config
        overlap = class_iou(boxes, tracks["class_id"], found.xyxy, found.class_id)  # (T, N)
        weighed = overlap * found.score
        high, known = found.score >= config.high_score, tracks["id"] > 0
        match, free = np.full(len(tracks), -1), np.ones(len(found), np.bool_)
        for who, what, alike, above in (
            (known, high, weighed, config.min_iou),
            (known & ~tracks["lost"], ~high, overlap, config.min_iou_low),
            (~known, high, weighed, config.min_iou_new),
        ):
            row, column = assign(alike, who & (match < 0), what & free, above)
            match[row], free[column] = column, False
        return match

    def _begun(self, frame: Frame, found: Detections) -> np.ndarray:
        """Rows of new tracks, unconfirmed."""
        rows = np.zeros(len(found), TRACK)
        rows["motion"] = kalman.start(found.xyxy)
        rows["born"], rows["seen_s"], rows["hits"] = frame.index, frame.media_s, 1
        rows["class_id"], rows["score"] = found.class_id, found.score
        return rows

    def _look(self, now_s: float) -> None:
        """Say once that the detector is asked too seldom for any track to last: else there are just none."""
        apart_s, self._looked_s = now_s - self._looked_s, now_s
        far = self._started and apart_s > self.config.lost_s + ROUNDING_S
        self._far_looks = self._far_looks + 1 if far or self._far_looks >= 3 else 0
        if self._far_looks == 3:
            logger.warning(
                "track: detections come %.3g s apart and a track is kept for %.3g s, so none lasts; "
                "set lost_s of the tracker above %.3g, or ask the detector more often",
                *(apart_s, self.config.lost_s, apart_s),
            )

    def _confirm(self) -> None:
        """Give the next ids to tracks seen often enough; on the first frame looked at, to all, as the original does."""
        enough = self.config.confirm if self._started else 1
        self._started = True
        fresh = np.flatnonzero((self._tracks["id"] == 0) & (self._tracks["hits"] >= enough))
        self._tracks["id"][fresh] = np.arange(self._next_id, self._next_id + len(fresh))
        self._next_id += len(fresh)

    def _given(self, frame: Frame, rows: np.ndarray, xyxy: np.ndarray) -> Tracks:
        """Rows of `_tracks` as the value that is passed on.

        They stand in the order of ids: a new track has to be seen at every look, so the first begun is the first shown.
        """
        boxes = Detections(xyxy, rows["score"].copy(), rows["class_id"].copy(), self._names)
        return Tracks(boxes, rows["id"].copy(), (frame.index - rows["born"]).astype(np.int32))


def _in_order(found: Detections, low_score: float) -> np.ndarray:
    """Rows that can be followed, best first, in an order that does not depend on how they came: `(K,) int64`.

    An empty box and one that is not finite cannot be followed; both would spoil the filter.
    """
    left, top, right, bottom = found.xyxy.T
    usable = (found.score >= low_score) & (right > left) & (bottom > top) & np.isfinite(found.xyxy).all(axis=1)
    order: np.ndarray = np.lexsort((found.class_id, bottom, right, top, left, -found.score))
    rows: np.ndarray = order[usable[order]]
    return rows
