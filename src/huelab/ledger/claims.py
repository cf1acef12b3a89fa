"""The two files of the ledger: the claims, and the plans that their checks still wait for."""

import csv
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

from huelab.records.provenance import source_root
from huelab.storage import HueLabError

#: The papers by the numbers that this book gives them.
PAPERS = {
    "000": "Rahman, Chaudhary, and Drolia: CIFAR-10 autoencoder",
    "001": "Bana, Loya, and Kulkarni (2021): ViT-Inception-GAN",
    "002": "Cevallos Aguirre (2021): VGG encoder-decoder",
    "003": "Rahman, Sood, and Dua: report with code on the CIFAR-10 autoencoder",
    "004": "Pandey and Rana: conditional GAN",
}
KINDS = ("architecture", "hyperparameter", "dataset", "result", "qualitative", "inconsistency")
FORMS = ("test", "recipe", "record", "reading", "none")
STATUSES = (
    "holds",
    "fails",
    "reproduced",
    "differs",
    "agrees (reduced)",
    "disagrees (reduced)",
    "inconclusive",
    "not comparable",
    "by reading",
    "not run",
    "pending",
    "uncheckable",
    "broken",
)
PLANS = ("recipe", "test", "metric")


class LedgerError(HueLabError, ValueError):
    """A ledger cannot be read or is malformed; the message lists all mistakes.

    Example:
        >>> read_claims(Path("nowhere.csv"))
        Traceback (most recent call last):
            ...
        huelab.ledger.claims.LedgerError: nowhere.csv: ...
    """


class CheckError(LedgerError):
    """A check is malformed, or names something that neither exists nor is planned.

    Example:
        >>> from huelab.ledger.quantities import parse
        >>> parse("vgg-fruits")
        Traceback (most recent call last):
            ...
        huelab.ledger.claims.CheckError: 'vgg-fruits' is not written as recipe.metric
    """


@dataclass(frozen=True)
class Claim:
    """One statement of a paper: a row of `book/claims.csv`.

    Attributes:
        id: the paper's number, the first letter of the kind (X for an inconsistency), and a number.
        paper: a key of `PAPERS`.
        place: a section, table, figure, or equation of the paper.
        kind: one of `KINDS`.
        claim: the statement in one sentence.
        value: the value that the paper gives; "" if it gives none.
        check: `form:target`, where the form is one of `FORMS`.
        note: what a reader of the paper should know.

    Example:
        >>> check = "record:vgg-faces.mae [space=ab/128]"
        >>> claim = Claim("002-R07", "002", "Limitations", "result", "It is lower.", "", check, "")
        >>> claim.form, claim.target
        ('record', 'vgg-faces.mae [space=ab/128]')
    """

    id: str
    paper: str
    place: str
    kind: str
    claim: str
    value: str
    check: str
    note: str

    @property
    def form(self) -> str:
        return self.check.partition(":")[0]

    @property
    def target(self) -> str:
        return self.check.partition(":")[2]


@dataclass(frozen=True)
class Plan:
    """Something that checks wait for: a row of `book/planned.csv`.

    Attributes:
        name: the name in checks.
        kind: one of `PLANS`.
        chapter: the chapter that needs it.
        about: what it is.

    Example:
        >>> Plan("cgan", "recipe", "05_cgan", "the network of paper 004").kind in PLANS
        True
    """

    name: str
    kind: str
    chapter: str
    about: str


def checkout() -> Path:
    """The checkout in use; claims and tests are not part of an installed package.

    Raises:
        LedgerError: if the package was installed without a checkout.

    Example:
        >>> (checkout() / "book" / "claims.csv").is_file()
        True
    """
    root = source_root()
    if root is None:
        raise LedgerError("the ledger is in the repository; run this in a checkout of it")
    return root


def read_claims(path: Path | None = None) -> list[Claim]:
    """All claims, in the order of the file (by default `book/claims.csv` of the checkout).

    Raises:
        LedgerError: if the file cannot be read or rows are malformed; the message lists all rows.

    Example:
        >>> claims = {claim.id: claim for claim in read_claims()}
        >>> claims["002-R01"].value, claims["002-R01"].check
        ('0.077', 'record:vgg-fruits.mae [space=ab/128]')
    """
    path = path or checkout() / "book" / "claims.csv"
    claims = _read(path, Claim)
    problems = [f"{claim.id or 'a row'}: {p}" for claim in claims for p in _faults(claim)]
    _refuse(path, problems + _twice(claim.id for claim in claims))
    return claims


def read_plans(path: Path | None = None) -> list[Plan]:
    """All plans, in the order of the file (by default `book/planned.csv` of the checkout).

    Raises:
        LedgerError: if the file cannot be read or rows are malformed; the message lists all rows.

    Example:
        >>> {plan.kind for plan in read_plans()} <= set(PLANS)
        True
    """
    path = path or checkout() / "book" / "planned.csv"
    plans = _read(path, Plan)
    problems = [f"{p.name}: the kind is {p.kind!r}" for p in plans if p.kind not in PLANS]
    problems += [f"{plan.name!r}: empty fields" for plan in plans if not all(vars(plan).values())]
    _refuse(path, problems + _twice(plan.name for plan in plans))
    return plans


def _read(path: Path, kind: type) -> list:
    columns = [field.name for field in fields(kind)]
    try:
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LedgerError(f"{path}: {error}") from error
    if not rows or rows[0] != columns:
        raise LedgerError(f"{path}: the columns must be {', '.join(columns)}")
    lengths = [f"row {n}: {len(row)} fields" for n, row in enumerate(rows, 1)]
    _refuse(path, [p for p, row in zip(lengths, rows, strict=True) if len(row) != len(columns)])
    return [kind(*row) for row in rows[1:]]


def _faults(claim: Claim) -> list[str]:
    """The mistakes in the form of one row."""
    needed = ("id", "place", "claim")
    faults = [f"no {name}" for name in needed if not getattr(claim, name).strip()]
    if claim.paper not in PAPERS:
        faults.append(f"the paper is {claim.paper!r}")
    if claim.kind not in KINDS:
        faults.append(f"the kind is {claim.kind!r}")
    letter = "X" if claim.kind == "inconsistency" else claim.kind[:1].upper()
    if not re.fullmatch(rf"{re.escape(claim.paper)}-{letter}\d\d", claim.id):
        faults.append("the id does not follow from paper and kind")
    if claim.form not in FORMS or not claim.target.strip():
        faults.append(f"the check is {claim.check!r}")
    if any(value != value.strip() for value in vars(claim).values()):
        faults.append("blanks around a field")
    return faults


def _twice(names: Iterable[str]) -> list[str]:
    return [f"{name}: twice" for name, times in Counter(names).items() if times > 1]


def _refuse(path: Path, problems: list[str]) -> None:
    if problems:
        raise LedgerError(f"{path}: " + "; ".join(problems))
