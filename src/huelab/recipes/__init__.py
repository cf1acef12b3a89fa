"""Every experiment of the book as data: a method, its data and its numbers, per profile."""

from collections.abc import Sequence

from huelab.recipes.autoencoder import AUTOENCODERS
from huelab.recipes.baselines import BASELINES
from huelab.recipes.cgan import CGANS
from huelab.recipes.changes import place
from huelab.recipes.first import FIRST
from huelab.recipes.recipe import Recipe, RecipeError
from huelab.recipes.vgg import VGGS

__all__ = ["RECIPES", "Recipe", "RecipeError", "chosen", "get", "place"]

RECIPES = {recipe.name: recipe for recipe in (FIRST, *BASELINES, *AUTOENCODERS, *VGGS, *CGANS)}


def get(name: str) -> Recipe:
    """A recipe by its name; RecipeError lists the names for another one.

    Example:
        >>> get("vgg-fruits").epochs
        100
        >>> get("vgg-fruit")
        Traceback (most recent call last):
            ...
        huelab.recipes.recipe.RecipeError: there is no recipe 'vgg-fruit'; there are: first, ...
    """
    if name not in RECIPES:
        raise RecipeError(f"there is no recipe {name!r}; there are: {', '.join(RECIPES)}")
    return RECIPES[name]


def chosen(names: Sequence[str]) -> list[Recipe]:
    """The recipes of names of recipes or groups, in their order, each once.

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
