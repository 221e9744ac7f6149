"""What `ensemble.yaml` says: the members, how they are combined, and on which pictures that was chosen."""

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.ensembles.rule import Rule
from models.origins import Sha256
from pipeline.errors import ModelError

FILE = "ensemble.yaml"
REPORT = "ensemble.json"
"""Figures on the validation split: members, ensemble, how different they are."""
Method = Literal["average", "soup", "greedy-soup", "snapshot", "bagging", "boosting", "stacking", "mirror"]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MemberSpec(_Data):
    """One network of several."""

    name: str
    file: Path
    """Its `.keras` file as it was when the ensemble was made, relative to the folder of the ensemble, or absolute."""
    sha256: Sha256
    taken: bool = True
    """False for one that was left out: the ensemble is better without it."""
    mirrored: bool = False
    """Whether it is asked about mirror images of the pictures."""


class EnsembleSpec(_Data):
    """Several networks that answer as one; the `model.keras` beside it holds them all and needs nothing else."""

    method: Method
    members: tuple[MemberSpec, ...] = Field(min_length=1)
    rule: Rule | None = None
    """How the answers of those that were taken are combined; None for a soup, which is one network."""
    chosen: Annotated[str, Field(description="what was chosen, and on which pictures")] = ""

    def weights(self) -> tuple[float | None, ...]:
        """Of each member; None where it has none of its own, or was left out."""
        given = iter(self.rule.weights if self.rule is not None else ())
        return tuple(next(given, None) if member.taken else None for member in self.members)


def read_spec(folder: Path) -> EnsembleSpec:
    """The spec of an ensemble's folder.

    Raises:
        ModelError: there is none, or a mistake in it; the message has the field.
    """
    path = folder / FILE
    if not path.is_file():
        raise ModelError(f"{folder} is no ensemble: it has no {FILE}; make one with: python -m models ensemble")
    try:
        return EnsembleSpec.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ModelError(f"cannot read {path}: {' '.join(str(error).split())[:160]}") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "it"
        raise ModelError(f"{path}: {field}: {first['msg'].removeprefix('Value error, ')}; mend it there") from error
