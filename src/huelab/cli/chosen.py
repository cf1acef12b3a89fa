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
    from huelab.methods.colorizer import Guide

    method = method_of(wanted.model, wanted.recipe)
    given: dict[str, Any] = {"strength": wanted.strength, "vivid": wanted.vivid}
    if wanted.hints:
        given["hints"] = read_hints(wanted.hints)
    if wanted.reference:
        given["reference"] = read_reference(wanted.reference)
    try:
        guide = Guide(**{name: value for name, value in given.items() if value is not None})
        with_guide(method, guide)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    return method, guide


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
