"""The first network of the book, trained for longer than chapter 00 has time for."""

from huelab.recipes.recipe import Recipe

FIRST = Recipe(
    name="first",
    title="The book's first network, trained on 3,976 photographs",
    method="huelab.methods.first:FirstColor",
    train={"name": "photos_open", "split": "train", "size": 112},
    batches={"batch_size": 32, "crop": 96, "flip": True, "drop_last": True},
    epochs=16,
    tests=(
        {"name": "photos_open", "split": "test", "size": 256},
        {"name": "kodak24", "split": "test", "size": 256},
        {"name": "embedded", "split": "test", "size": 256},
    ),
    deviations=("The 48 embedded test pictures are crops of three photographs, not independent.",),
)
