"""The tests are those of the quick profile and draw on no screen, however pytest is called."""

import os

from claim_outcomes import ClaimOutcomes

os.environ["HUELAB_PROFILE"] = "quick"
os.environ["MPLBACKEND"] = "Agg"


def pytest_configure(config):
    config.pluginmanager.register(ClaimOutcomes(config), "claim_outcomes")
