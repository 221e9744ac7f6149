"""A face embedder of dlib's form with random weights, written as dlib writes it."""

from collections.abc import Sequence

import numpy as np

DOWN = [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1]


def integer(value: int) -> bytes:
    size = (abs(value).bit_length() + 7) // 8
    return bytes([size | (0x80 if value < 0 else 0)]) + abs(value).to_bytes(size, "little")


def integers(*values: int) -> bytes:
    return b"".join(integer(value) for value in values)


def name(text: str) -> bytes:
    return integer(len(text)) + text.encode()


def tensor(values: np.ndarray, *sizes: int) -> bytes:
    return integers(2, *sizes) + values.astype("<f4").tobytes()


STATE = b"110" + integers(*[2, 0, 0, 0, 0] * 3)


def face_embedder(widths: Sequence[int] = (4, 6, 8, 10, 12), values: int = 16, seed: int = 0) -> bytes:
    """The bytes of a `.dat` file; `widths` are the channels before and after each halving."""
    random = np.random.default_rng(seed)

    def convolution(channels: int, count: int, side: int, stride: int) -> bytes:
        weights = random.normal(0, 1.4 / (side * channels**0.5), count * channels * side * side)
        both = np.concatenate([weights, random.normal(0, 0.1, count)])
        edge = 1 if stride == 1 else 0
        affine = np.concatenate([random.uniform(0.6, 1.2, count), random.normal(0, 0.1, count)])
        return (
            name("con_4")
            + tensor(both, both.size, 1, 1, 1)
            + integers(count, side, side, stride, stride, edge, edge, 1, count, channels, side, side)
            + STATE
            + name("affine_")
            + tensor(affine, affine.size, 1, 1, 1)
            + integers(1, 1, count, 1, 1)
            + STATE
        )

    plain = {"relu_": b"", "add_prev_": b"", "max_pool_2": integers(3, 3, 2, 2, 0, 0)}
    plain["avg_pool_2"] = integers(2, 2, 2, 2, 0, 0)

    def layer(kind: str) -> bytes:
        return name(kind) + plain[kind] + STATE

    out = integers(1, 1) + name("loss_metric_2") + integers(10737418, -28, 2, 2)
    out += name("input_rgb_image_sized") + integers(16093282, -17, 15335555, -17, 13670547, -17, 150, 150)
    out += convolution(3, widths[0], 7, 2) + layer("relu_") + layer("max_pool_2")
    at = 0
    for down in DOWN:
        before, at = widths[at], at + down
        out += convolution(before, widths[at], 3, 2 if down else 1) + layer("relu_")
        out += convolution(widths[at], widths[at], 3, 1) + layer("avg_pool_2") * down
        out += layer("add_prev_") + layer("relu_")
    out += layer("avg_pool_2") + name("fc_2") + integers(values, widths[-1])
    return out + tensor(random.normal(0, 0.01, widths[-1] * values), widths[-1], values, 1, 1) + STATE
