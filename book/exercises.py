"""The heading of an exercise: its number, its kind, and its title.

`**Exercise 3 (compute): a frame of three decibels.**` begins the third exercise of a chapter.
"""

import re

#: The kinds that every chapter has. The text of the chapter answers a recall exercise. The answer
#: to a compute exercise is a number or a proof. An open question has no single right answer.
KINDS = ("recall", "compute", "change the code", "open question")
#: Finds the number of each exercise in a Markdown cell, in any form.
QUESTION = re.compile(r"^\*\*Exercise (\d+)\b", re.MULTILINE)
#: Finds the number, the kind and the title of each exercise that has the whole form.
HEADING = re.compile(
    rf"^\*\*Exercise (\d+) \(({'|'.join(KINDS)})\): ([^*]+?[.?!])\*\*", re.MULTILINE
)
