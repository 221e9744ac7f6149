"""A network as a person would tell it: step by step, with what belongs together in one, and repeats counted."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any, Literal

from models.net_figures import figures

Kind = Literal["pixels", "convolution", "module", "pool", "dense", "answer", "attached"]
MOST = 24
"""Steps that are told one by one; of more, those at one size of picture are told as one."""
_SINGLE: dict[str, tuple[Kind, str]] = {
    "GlobalMaxPooling2D": ("pool", "largest value of each channel"),
    "GlobalAveragePooling2D": ("pool", "mean value of each channel"),
    "Flatten": ("dense", "all values in a row"),
    "Softmax": ("answer", "a probability for each class"),
    "Concatenate": ("pixels", "grey as colour"),
    "BatchNormalization": ("attached", "norm"),
    "ReLU": ("attached", "relu"),
    "Dropout": ("attached", "dropout"),
}
_POOLS = {"MaxPooling2D": "largest", "AveragePooling2D": "mean"}
_SIGNS = {"Add": "plus", "Concatenate": "joined with", "Multiply": "weighing"}
_CONVOLUTION = "convolution "
_CAME_IN = "what came in"


@dataclass(frozen=True)
class Step:
    """What one row of a summary tells."""

    kind: Kind
    text: tuple[str, ...]
    """What happens, in lines."""
    gives: tuple[int, ...]
    """(height, width, channels), or (features,)."""
    parameters: int
    multiply_adds: int
    kinds: tuple[str, ...]
    """Classes of its layers in Keras."""
    around: bool = False
    """Whether what came in also goes around it."""
    times: int = 1

    def plus(self, more: "Step") -> "Step":
        """With what comes behind it."""
        return replace(
            self,
            gives=more.gives,
            parameters=self.parameters + more.parameters,
            multiply_adds=self.multiply_adds + more.multiply_adds,
            kinds=self.kinds + more.kinds,
        )


def steps(model: Any) -> list[Step]:
    """The steps of a `keras.Model` that has one way in and one out, from the picture to the answer."""
    count = {layer.name: layer for layer in figures(model).layers}
    rows: list[Step] = []
    for module in _modules(model):
        kind, text, around = _told(module)
        own = [count[layer.name] for layer in module if layer.name in count]
        parameters, multiply_adds = sum(one.parameters for one in own), sum(one.multiply_adds for one in own)
        kinds = tuple(one.kind for one in own)
        gives = tuple(int(side) for side in module[-1].output.shape[1:])
        if kinds == ("ZeroPadding2D",) and rows:  # it belongs to the convolution behind it
            gives = rows[-1].gives
        step = Step(kind, text, gives, parameters, multiply_adds, kinds, around)
        if kind != "attached":
            rows.append(step)
        elif rows:
            said = rows[-1].text if rows[-1].kind == "module" else (", ".join((*rows[-1].text, *filter(None, text))),)
            rows[-1] = replace(rows[-1].plus(step), text=said)
    rows = _repeats_counted(rows)
    return rows if len(rows) <= MOST else _by_size(rows)


def _modules(model: Any) -> list[list[Any]]:
    """Layers between two places where all that goes on goes through one tensor."""
    ways = {layer.name: _before(layer) for layer in model.operations}
    open_ends = Counter(earlier.name for way in ways.values() for earlier in way)
    modules: list[list[Any]] = []
    module: list[Any] = []
    going_on: set[str] = set()
    for layer in model.operations:  # layers, and a plus or times between two of them
        for earlier in ways[layer.name]:
            open_ends[earlier.name] -= 1
            if not open_ends[earlier.name]:
                going_on.remove(earlier.name)
        going_on.add(layer.name)
        module.append(layer)
        if going_on == {layer.name}:
            modules.append(module)
            module = []
    return modules


def _before(layer: Any) -> list[Any]:
    """The layers whose outputs it takes, each once."""
    if type(layer).__name__ == "InputLayer":
        return []
    taken = layer.input if isinstance(layer.input, list) else [layer.input]
    return list({id(tensor._keras_history.operation): tensor._keras_history.operation for tensor in taken}.values())


def _told(module: list[Any]) -> tuple[Kind, tuple[str, ...], bool]:
    """Kind, lines, and whether a shortcut goes around."""
    last = module[-1]
    if len(module) == 1:
        kind, text = _layer(last)
        return kind, (text,) if text else (), False
    branches = [_branch(layer, module) for layer in _before(last)]
    branches.sort(key=len, reverse=True)
    around = not all(branches)
    lines = [" → ".join(branch) or _CAME_IN for branch in branches]
    if type(last).__name__ == "Multiply":
        weighed = (f"each channel weighed by: {lines[0]}",)
        return ("module", weighed, True) if branches[0] else ("attached", ("swish",), False)
    sign = _SIGNS[type(last).__name__]
    return "module", (lines[0], *(f"{sign} {line}" for line in lines[1:])), around


def _branch(layer: Any, module: list[Any]) -> list[str]:
    """What happens on the way to `layer` within a module, in order."""
    names: set[str] = set()
    todo = [layer]
    while todo:
        at = todo.pop()
        if at in module and at.name not in names:
            names.add(at.name)
            todo += _before(at)
    told = [_layer(at) for at in module if at.name in names and type(at).__name__ not in _SIGNS]
    texts = [text.replace(" filters", "") for kind, text in told if kind != "attached"]
    first = next((number for number, text in enumerate(texts) if text.startswith(_CONVOLUTION)), 0)
    return texts[: first + 1] + [text.removeprefix(_CONVOLUTION) for text in texts[first + 1 :]]


def _layer(layer: Any) -> tuple[Kind, str]:
    """Kind of a layer and what it does; 'attached' is said of the one before."""
    name = type(layer).__name__ if hasattr(layer, "weights") else "a plus or times"
    if name in _SINGLE:
        return _SINGLE[name]
    if name in ("Conv2D", "DepthwiseConv2D"):
        height, width = layer.kernel_size
        what = f"convolution {height} × {width}"
        what += " of each channel alone" if name == "DepthwiseConv2D" else f", {layer.filters} filters"
        return "convolution", what + (", halves" if layer.strides[0] == 2 else "") + _activation(layer)
    if name == "Dense":
        return ("answer" if layer.name == "logits" else "dense"), f"dense, {layer.units}" + _activation(layer)
    if name in _POOLS:
        return "pool", f"{_POOLS[name]} of {layer.pool_size[0]} × {layer.pool_size[1]}"
    if name == "Rescaling" and layer.name == "standardise":
        return "pixels", "pixels, scaled to what the network wants"
    return "attached", layer.activation.__name__ if name == "Activation" else ""


def _activation(layer: Any) -> str:
    name = layer.activation.__name__
    return "" if name == "linear" else f", {name}"


def _repeats_counted(rows: list[Step]) -> list[Step]:
    kept: list[Step] = []
    for row in rows:
        if kept and (kept[-1].text, kept[-1].gives[:2], kept[-1].kind) == (row.text, row.gives[:2], row.kind):
            kept[-1] = replace(kept[-1].plus(row), times=kept[-1].times + 1)
        else:
            kept.append(row)
    return kept


def _by_size(rows: list[Step]) -> list[Step]:
    """All convolutions and modules at one size of picture as one step."""
    kept: list[Step] = []
    for row in rows:
        inner = row.kind in ("convolution", "module", "pool") and len(row.gives) == 3
        if inner and kept and kept[-1].kind == "module" and kept[-1].gives[:2] == row.gives[:2]:
            kept[-1] = kept[-1].plus(row)
        else:
            kept.append(replace(row, kind="module", times=1) if inner else row)
    return [replace(row, text=(_counted(row.kinds),), around=False) if row.kind == "module" else row for row in kept]


def _counted(kinds: tuple[str, ...]) -> str:
    found = Counter(kinds)
    convolutions = found["Conv2D"] + found["DepthwiseConv2D"]
    told = [f"{convolutions} convolution{'s' if convolutions > 1 else ''}"]
    for kind, word in (("DepthwiseConv2D", "of each channel alone"), ("Multiply", "weighing channels")):
        told += [f"{found[kind]} {word}"] if found[kind] else []
    for kind, word in (("Add", "shortcut"), ("Concatenate", "join")):
        told += [f"{found[kind]} {word}{'s' if found[kind] > 1 else ''}"] if found[kind] else []
    return ", ".join(told)
