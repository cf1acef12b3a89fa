"""What was expected for each claim that records decide; one module for each network."""

from huelab.ledger.expectations.autoencoder import AUTOENCODER
from huelab.ledger.expectations.cgan import CGAN
from huelab.ledger.expectations.expectation import Expectation
from huelab.ledger.expectations.vgg import VGG
from huelab.ledger.expectations.vitigan import VITIGAN

__all__ = ["EXPECTATIONS", "Expectation"]

EXPECTATIONS = {
    expectation.claim: expectation for expectation in (*AUTOENCODER, *VGG, *CGAN, *VITIGAN)
}
