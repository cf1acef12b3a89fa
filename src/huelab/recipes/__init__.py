"""Every experiment of the book as data: a method, its images and its settings, by profile."""

from collections.abc import Sequence
from difflib import get_close_matches

from huelab.recipes.autoencoder import AUTOENCODERS
from huelab.recipes.baselines import BASELINES
from huelab.recipes.cgan import CGANS
from huelab.recipes.changes import place
from huelab.recipes.first import FIRST
from huelab.recipes.huenet import HUENETS, MEASURED
from huelab.recipes.recipe import Recipe, RecipeError
from huelab.recipes.same_pictures import SAME_PICTURES
from huelab.recipes.vgg import VGGS
from huelab.recipes.vitigan import VITGANS
from huelab.recipes.ways import WAYS

__all__ = ["RECIPES", "Recipe", "RecipeError", "chosen", "get", "place"]

RECIPES = {
    recipe.name: recipe
    for group in (
        (FIRST, MEASURED),
        BASELINES,
        AUTOENCODERS,
        VGGS,
        CGANS,
        VITGANS,
        HUENETS,
        SAME_PICTURES,
        WAYS,
    )
    for recipe in group
}


def get(name: str) -> Recipe:
    """A recipe by its name.

    Raises:
        RecipeError: if there is no such recipe; the message names the most similar one, if any is
            similar.

    Example:
        >>> get("vgg-fruits").epochs
        100
        >>> get("vgg-fruit")
        Traceback (most recent call last):
            ...
        huelab.recipes.recipe.RecipeError: there is no recipe 'vgg-fruit'; did you mean ...
    """
    if name not in RECIPES:
        close = get_close_matches(name, RECIPES, n=1)
        meant = f"; did you mean {close[0]!r}?" if close else "."
        raise RecipeError(f"there is no recipe {name!r}{meant} `huelab list recipes` lists them")
    return RECIPES[name]


def chosen(names: Sequence[str]) -> list[Recipe]:
    """The recipes that the names of recipes or groups stand for, in their order, each once.

    Raises:
        RecipeError: for a name that is neither a recipe nor a group.

    Example:
        >>> [recipe.name for recipe in chosen(["first", "vgg-fruits", "first"])]
        ['first', 'vgg-fruits']
    """
    groups = {recipe.group for recipe in RECIPES.values() if recipe.group}
    found: dict[str, Recipe] = {}
    for name in names:
        members = (
            [r for r in RECIPES.values() if r.group == name] if name in groups else [get(name)]
        )
        found |= {recipe.name: recipe for recipe in members}
    return list(found.values())
