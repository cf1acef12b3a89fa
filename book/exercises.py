"""What an exercise begins with: its number, its kind, and its title.

`**Exercise 3 (compute): a frame of three decibels.**` opens the third exercise of a chapter.
"""

import re

#: The kinds that every chapter has. A recall is answered from what the chapter says, a computation
#: has a number or a proof for an answer, and an open question has no single right answer.
KINDS = ("recall", "compute", "change the code", "open question")
#: Finds the number of each exercise in a Markdown cell, whatever its form.
QUESTION = re.compile(r"^\*\*Exercise (\d+)\b", re.MULTILINE)
#: Finds number, kind and title of each exercise that has the whole form.
HEADING = re.compile(
    rf"^\*\*Exercise (\d+) \(({'|'.join(KINDS)})\): ([^*]+?[.?!])\*\*", re.MULTILINE
)
