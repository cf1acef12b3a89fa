"""The method that the options choose, and the guide that they give it."""

from typing import TYPE_CHECKING, Any

import typer

from huelab.cli.output import complain
from huelab.cli.wanted import Wanted
from huelab.weights import DEFAULT_MODEL

if TYPE_CHECKING:
    from huelab.methods.colorizer import Colorizer, Guide


def prepared(wanted: Wanted) -> "tuple[Colorizer, Guide]":
    """The method and the guide, made once for all photographs.

    Raises:
        BadParameter: if the method does not use an option that is given, or needs one that is not.
        HueLabError: if the weights, the hints or the reference cannot be read.
    """
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
        raise typer.BadParameter(_says(wanted, "does not use", unknown) or str(error)) from error
    if lacking := _says(wanted, "needs", sorted(method.needs - guide.given)):
        raise typer.BadParameter(lacking)
    return method, guide


def check_names(wanted: Wanted) -> None:
    """Refuse an unknown model or recipe, also where no photograph is left to color.

    Nothing is loaded for the default model, so that a call with nothing left to do ends at once.

    Raises:
        WeightsError: if no weights of that name ship with the package.
        RecipeError: if there is no such recipe.
    """
    if wanted.recipe is not None:
        from huelab.recipes import get

        get(wanted.recipe)
    elif wanted.model != DEFAULT_MODEL:
        from huelab.methods import shipped

        shipped.check(wanted.model)


def _says(wanted: Wanted, verb: str, options: list[str]) -> str:
    """A sentence such as `the model first does not use --vivid`; it is empty without options."""
    named = " and ".join(f"--{option}" for option in options)
    which = f"the recipe {wanted.recipe}" if wanted.recipe else f"the model {wanted.model}"
    return f"{which} {verb} {named}" if options else ""


def method_of(model: str, recipe: str | None) -> "Colorizer":
    """The method of weights that ship, or of a recipe's newest weights.

    Raises:
        WeightsError: if there are no such weights, or they are damaged.
        RecipeError: if there is no such recipe, or it trains nothing.
    """
    from torch import nn

    from huelab.methods import shipped, trained
    from huelab.methods.weight_files import method_class

    if recipe is None:
        return shipped.load(model)
    from huelab.recipes import RecipeError, get

    if not issubclass(method_class(vars(get(recipe))), nn.Module):
        raise RecipeError(f"the recipe {recipe} trains nothing, so it has no weights")
    return trained.newest(recipe, damaged=complain)
