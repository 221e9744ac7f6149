"""Text in the picture: found, straightened, read once and well, and followed.

Who reads is behind `readers.reader`, where text is says `stages.text_places`, and which line is which and when it has
to be read again says `stages.text_follow`; here they meet.
"""

from dataclasses import replace
from typing import ClassVar

import cv2
import numpy as np

from pipeline.results.texts import Texts
from pipeline.stage import StageConfig
from pipeline.types import Packet
from readers.choice import Choice, open_reader
from readers.reader import NOTHING, Line
from readers.wanted import Dictionary, compiled, fitting
from stages.read_settings import ReadConfig
from stages.text_follow import TextFollower
from stages.text_places import Places
from vision.line_picture import is_flat, plain_line, tight
from vision.rectify import quad_size, rectify, sharpness

LOOSE = 2
"""How much larger a region is cut out before its letters are looked for in it."""
BETTER = 0.05
"""By how much surer a line has to be read turned by half."""


class TextReader:
    """Reads the text of each frame; on a live source it stands aside unless told otherwise."""

    Config: ClassVar[type[StageConfig]] = ReadConfig
    gives: ClassVar[type] = Texts
    in_order: ClassVar[bool] = True

    def __init__(self, config: ReadConfig) -> None:
        """Open the reader and, where lines are looked for, the network that finds them.

        Raises:
            ConfigError: a language, a package or the dictionary is missing.
            ModelError: a network is missing or does not fit.
        """
        self.config = config
        self._pattern = compiled(config.pattern)
        self._words = Dictionary.read(config.dictionary) if config.dictionary is not None else None
        self._places = Places(config)
        self._follower = TextFollower(config)
        self._upside_down: set[int] = set()
        choice = Choice(
            kind=config.reader,
            lang=config.lang,
            tessdata=config.tessdata,
            mode=config.mode,
            whitelist=config.whitelist,
            model=config.read_model,
            threads=config.threads,
            device=config.device,
            limit_s=config.limit_s,
            apart=config.own_process,
        )
        self._reader = open_reader(choice)

    @property
    def given_up(self) -> int:
        """Crops that the reader was given up on so far."""
        return self._reader.given_up

    def process(self, packet: Packet) -> Texts:
        """The texts that are settled; none is an answer too."""
        frame = packet.frame
        self._places.config = self._follower.config = self.config  # may have changed while it runs
        quads = self._places(packet)
        sizes = np.array([quad_size(quad) for quad in quads], np.float32).reshape(-1, 2)  # (N, 2)
        quads = quads[sizes.min(axis=1, initial=np.inf) >= self.config.least_px][: self.config.most]
        sharp = np.array([sharpness(frame.image, quad) for quad in quads], np.float32)
        plan = self._follower.due(quads, sharp, frame.media_s, frame.image)
        lines, turned = [], []
        for row in plan.read.tolist():
            line, is_turned = self._read(frame.image, quads[row], int(plan.id[row]) in self._upside_down)
            lines.append(line)
            turned.append(is_turned)
        texts = self._follower.told(plan, lines)
        return self._as_read(texts, quads[plan.read], turned)

    def _read(self, image: np.ndarray, quad: np.ndarray, is_turned: bool) -> tuple[Line, bool]:
        """What a line says, and whether it was read turned by half: tried where it is unsure as it stands."""
        picture = self._straight(image, quad)
        if is_flat(picture):
            return NOTHING, is_turned
        if self._reader.taste.plain:
            picture = plain_line(picture, self.config.contrast, self.config.denoise)
        ways = [picture[::-1, ::-1] if is_turned else picture]
        (line,) = self._reader.read([np.ascontiguousarray(ways[0])])
        if self.config.turn and not line.given_up and line.score < self._reader.taste.unsure:
            (other,) = self._reader.read([np.ascontiguousarray(ways[0][::-1, ::-1])])
            if _weight(other) > _weight(line) + BETTER:
                line, is_turned = other, not is_turned
        return self._wanted(line), is_turned

    def _straight(self, image: np.ndarray, quad: np.ndarray) -> np.ndarray:
        """The line at the height that the reader likes: what was found is tight, what was drawn by hand is not."""
        height_px = self._reader.taste.height_px
        if self.config.finds:
            return rectify(image, quad, height_px)
        line = tight(rectify(image, quad, LOOSE * height_px))
        width_px = max(1, round(line.shape[1] * height_px / line.shape[0]))
        return cv2.resize(line, (width_px, height_px), interpolation=cv2.INTER_AREA)

    def _wanted(self, line: Line) -> Line:
        """What of a line counts."""
        if self._words is not None:
            line = self._words.mended(line)
        return line if self._pattern is None or not line.text else fitting(line, self._pattern)

    def _as_read(self, texts: Texts, quads: np.ndarray, turned: list[bool]) -> Texts:
        """The texts with their corners as they were read: what was turned begins at the lower right."""
        if not self._upside_down and not any(turned):
            return texts
        for quad, is_turned in zip(quads, turned, strict=True):
            ids = texts.id[(texts.quad == quad).all(axis=(1, 2))].tolist()
            (self._upside_down.update if is_turned else self._upside_down.difference_update)(ids)
        rolls = np.isin(texts.id, list(self._upside_down))[:, None, None]
        return replace(texts, quad=np.where(rolls, np.roll(texts.quad, 2, axis=1), texts.quad))

    def close(self) -> None:
        """Let go of the reader and the network."""
        self._reader.close()
        self._places.close()


def _weight(line: Line) -> float:
    """How much a reading is to be believed: a single letter that happens to stand out is not text."""
    return line.score * min(1.0, len(line.text) / 3)
