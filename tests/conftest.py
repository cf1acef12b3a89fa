"""The tests are those of the quick profile and draw on no screen, however pytest is called."""

import os

os.environ["HUELAB_PROFILE"] = "quick"
os.environ["MPLBACKEND"] = "Agg"
