"""Every experiment of the book as data: a method, its data and its numbers, per profile."""

from collections.abc import Sequence

from huelab.recipes.autoencoder import AUTOENCODERS
from huelab.recipes.baselines import BASELINES
from huelab.recipes.changes import place
from huelab.recipes.first import FIRST
from huelab.recipes.recipe import Recipe, RecipeError
from huelab.recipes.vgg import VGGS

__all__ = ["RECIPES", "Recipe", "RecipeError", "chosen", "get", "place"]

RECIPES = {recipe.name: recipe for recipe in (FIRST, *BASELINES, *AUTOENCODERS, *VGGS)}


def get(name: str) -> Recipe:
    """A recipe by its name; RecipeError lists the names for another one."""
    if name not in RECIPES:
        raise RecipeError(f"there is no recipe {name!r}; there are: {', '.join(RECIPES)}")
    return RECIPES[name]


def chosen(names: Sequence[str]) -> list[Recipe]:
    """The recipes of names of recipes or groups, in their order, each once."""
    groups = {recipe.group for recipe in RECIPES.values() if recipe.group}
    found: dict[str, Recipe] = {}
    for name in names:
        members = (
            [r for r in RECIPES.values() if r.group == name] if name in groups else [get(name)]
        )
        found |= {recipe.name: recipe for recipe in members}
    return list(found.values())
