"""The method that a call chose, and what the person adds to it."""

from typing import TYPE_CHECKING, Any

import typer

from huelab.cli.output import complain

if TYPE_CHECKING:
    from huelab.cli.coloring import Wanted
    from huelab.methods.colorizer import Colorizer, Guide


def prepared(wanted: "Wanted") -> "tuple[Colorizer, Guide]":
    """The method, and what the person adds, once for all photographs."""
    from huelab.apply.guides import read_hints, read_reference
    from huelab.apply.small import with_guide
    from huelab.methods.colorizer import Guide, LabColorizer

    method = method_of(wanted.model, wanted.recipe)
    given: dict[str, Any] = {"strength": wanted.strength, "vivid": wanted.vivid}
    if wanted.hints:
        given["hints"] = read_hints(wanted.hints)
    if wanted.reference:
        given["reference"] = read_reference(wanted.reference)
    guide = Guide(**{name: value for name, value in given.items() if value is not None})
    try:
        with_guide(method, guide)
    except ValueError as error:
        anywhere = {"hints", "reference"} if isinstance(method, LabColorizer) else set()
        unknown = sorted(guide.given - method.guides - anywhere)
        raise typer.BadParameter(_says(wanted, "does not know", unknown) or str(error)) from error
    if lacking := _says(wanted, "needs", sorted(method.needs - guide.given)):
        raise typer.BadParameter(lacking)
    return method, guide


def _says(wanted: "Wanted", verb: str, options: list[str]) -> str:
    """What a model does with options, such as `the model first does not know --vivid`; "" if there
    are none.
    """
    named = " and ".join(f"--{option}" for option in options)
    which = f"the recipe {wanted.recipe}" if wanted.recipe else f"the model {wanted.model}"
    return f"{which} {verb} {named}" if options else ""


def method_of(model: str, recipe: str | None) -> "Colorizer":
    """Weights that ship, or the newest of a recipe."""
    from torch import nn

    from huelab.methods import trained

    if recipe is None:
        return trained.load_shipped(model)
    from huelab.recipes import RecipeError, get

    if not issubclass(trained.method_class(vars(get(recipe))), nn.Module):
        raise RecipeError(f"the recipe {recipe} trains nothing, so that it has no weights")
    return trained.newest(recipe, damaged=complain)
