"""What a record holds, as pydantic models; the JSON schema of a record is generated from them.

Models are frozen, and a key that they do not know is an error. Sizes of images are pixels along the
shorter side, and a hash is SHA-256 in 64 hex digits.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from huelab.records.hashing import digest
from huelab.records.profiles import PROFILES

STATUSES = ("complete", "incomplete", "failed")

Count = Annotated[int, Field(strict=True, ge=0)]
Amount = Annotated[float, Field(strict=True, ge=0)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class DataSpec(_Model):
    """Which images: a data set, its split, their size, how many, and the hash of their pixels.

    `hash` is the value of `PhotoSet.hash`, or None where it was not computed. The other values are
    None where they do not apply.

    Example:
        >>> kodak = DataSpec(name="kodak24", split="test", size=256, n=24)
        >>> kodak.place
        'kodak24/test at 256'
        >>> kodak.matches(DataSpec(name="kodak24", split="test", size=256))  # of unknown n
        True
    """

    name: str
    split: str | None = None
    size: Annotated[int, Field(strict=True, gt=0)] | None = None
    n: Count | None = None
    hash: Sha256 | None = None

    @property
    def place(self) -> str:
        """How measurements name these images, such as `kodak24/test at 256`."""
        split = "" if self.split is None else f"/{self.split}"
        return f"{self.name}{split}" + ("" if self.size is None else f" at {self.size}")

    def matches(self, other: "DataSpec") -> bool:
        """Whether both may be the same images: a missing `n` or `hash` matches any value."""
        exact = ("name", "split", "size")
        return all(getattr(self, key) == getattr(other, key) for key in exact) and all(
            None in pair or pair[0] == pair[1]
            for pair in ((self.n, other.n), (self.hash, other.hash))
        )


class DataUsed(_Model):
    """The images of a run: for training, for validation during training, and for the tests.

    Example:
        >>> photos, kodak = DataSpec(name="photos"), DataSpec(name="kodak24")
        >>> DataUsed(train=photos, tests=(kodak,)).matches(DataUsed(train=photos))
        False
    """

    train: DataSpec
    validation: DataSpec | None = None
    tests: tuple[DataSpec, ...] = ()

    def matches(self, other: "DataUsed") -> bool:
        """Whether both may be the same images.

        Records that were migrated from the first version lack the hash of validation and test
        images. A missing hash matches any value.
        """
        if (self.validation is None) != (other.validation is None):
            return False
        mine, others = self._specs(), other._specs()
        return len(mine) == len(others) and all(
            a.matches(b) for a, b in zip(mine, others, strict=True)
        )

    def _specs(self) -> tuple[DataSpec, ...]:
        return (self.train, *((self.validation,) if self.validation else ()), *self.tests)


class Measurement(_Model):
    """One measured value, with the images and the color space that it was measured on.

    `data` is the place of a `DataSpec`, and `n` is how many images had a value. A `value` of None
    could not be measured.

    Example:
        >>> Measurement(name="psnr", space="rgb", range="1", averaging="pictures", value=22.1).value
        22.1
    """

    name: str
    data: str | None = None
    space: str | None = None
    range: str | None = None
    averaging: str | None = None
    n: Count | None = None
    value: Annotated[float, Field(strict=True)] | None = None


class Cost(_Model):
    """What training took: `seconds`, the most memory it held (MB), and energy (joules).

    Example:
        >>> Cost(steps=1000, epochs=2, seconds=36.5).energy is None  # it was not measured
        True
    """

    parameters: Count | None = None
    steps: Count | None = None
    epochs: Count | None = None
    seconds: Amount | None = None
    peak_mb: Amount | None = None
    energy: Amount | None = None


class Source(_Model):
    """The source that ran; only src/, pyproject.toml and the requirements count.

    Example:
        >>> Source(commit=None, dirty=False, src_hash="0" * 64).commit is None  # not a checkout
        True
    """

    commit: str | None
    dirty: bool
    src_hash: Sha256


class Weights(_Model):
    """Trained weights: their file, relative to the folder of records (None: in the cache).

    Example:
        >>> Weights(path=None, sha256="0" * 64).path is None  # the file stays in the cache
        True
    """

    path: str | None
    sha256: Sha256


class Deviation(_Model):
    """Where a run departs from the paper; `stand_in` if other data stands in for the paper's.

    Example:
        >>> Deviation(sentence="UTKFace stands in for FFHQ.", stand_in=True).stand_in
        True
    """

    sentence: str
    stand_in: bool = False


class Record(_Model):
    """One run: what ran, on what, and what came out.

    Example:
        >>> from huelab.records import new_record
        >>> record = new_record(
        ...     "trial",
        ...     profile="reduced",
        ...     config={"epochs": 2},
        ...     data=DataUsed(train=DataSpec(name="photos")),
        ...     device="cpu",
        ... )
        >>> record.version, record.status, record.metrics
        (2, 'complete', ())
    """

    id: str
    version: Literal[2] = 2
    recipe: Annotated[str, Field(pattern="^[a-z0-9][a-z0-9_.-]*$")]
    profile: Literal[PROFILES]  # type: ignore[valid-type]
    status: Literal[STATUSES]  # type: ignore[valid-type]
    seed: Annotated[int, Field(strict=True)]
    command: str
    config: dict[str, Any]
    config_hash: Sha256
    source: Source
    data: DataUsed
    environment: dict[str, Any]
    device: str
    precision: str | None = None
    cost: Cost = Cost()
    metrics: tuple[Measurement, ...] = ()
    weights: Weights | None = None
    deviations: tuple[Deviation, ...] = ()
    error: str | None = None
    created: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")]

    @model_validator(mode="after")
    def _belongs_together(self) -> "Record":
        if self.config_hash != digest(self.config):
            raise ValueError("config_hash is not the hash of config")
        expected = identify(self.recipe, self.profile, self.seed, self.config, self.data.train)
        if self.id != expected:
            raise ValueError(f"id {self.id!r} does not belong to the run, whose id is {expected!r}")
        return self


def identify(
    recipe: str, profile: str, seed: int, config: Mapping[str, Any], train: DataSpec
) -> str:
    """The id of an experiment's record: `recipe--profile--seed--hash8`.

    The last part is the hash of the configuration and the training images. So an experiment that
    runs again replaces its own record and never the record of another experiment.

    Example:
        >>> photos = DataSpec(name="photos")
        >>> [identify("trial", "full", 0, {"epochs": n}, photos) for n in (1, 2)]
        ['trial--full--0--df2a044e', 'trial--full--0--85225442']
    """
    hash8 = digest([digest(dict(config)), train.model_dump()])[:8]
    return f"{recipe}--{profile}--{seed}--{hash8}"


def schema() -> dict[str, Any]:
    """The JSON schema of a record's file.

    Example:
        >>> schema()["properties"]["version"]["const"]
        2
    """
    return Record.model_json_schema(mode="serialization")
