"""What 16-bit numbers lost is measured again, and nothing else is touched."""

import pytest
import torch
from torch import nn

from huelab.methods import hue_measured, trained
from huelab.methods.hue_measured import MeasuredHueNet, measure_again
from huelab.storage import WeightsError


def test_lost_layers_get_the_statistics_of_what_they_see():
    torch.manual_seed(0)
    network = nn.Sequential(nn.BatchNorm2d(2), nn.Conv2d(2, 3, 1), nn.BatchNorm2d(3))
    network[0].running_mean.fill_(2.0)
    network[2].running_var[1] = torch.inf
    batches = [torch.randn(4, 2, 5, 5) * scale for scale in (1.0, 3.0)]
    assert measure_again(network, batches) == ["2"]
    assert not network.training and network[2].momentum == nn.BatchNorm2d(3).momentum
    assert (network[0].running_mean == 2).all(), "a layer that is sound keeps what it has"
    with torch.no_grad():
        seen = [network[1](network[0](batch)) for batch in batches]
    variance = torch.stack([maps.transpose(0, 1).flatten(1).var(1) for maps in seen]).mean(0)
    mean = torch.stack([maps.mean((0, 2, 3)) for maps in seen]).mean(0)
    torch.testing.assert_close(network[2].running_var, variance)
    torch.testing.assert_close(network[2].running_mean, mean)


def test_a_record_that_is_not_here_is_one_clear_error():
    with pytest.raises(WeightsError, match="the run 'none--full--0--0' has no record"):
        trained.begin_with(nn.Linear(1, 1), "none--full--0--0")


def test_the_network_goes_to_where_the_images_are(monkeypatch):
    """Such as a GPU; here to a device that computes shapes alone."""
    seen = []
    monkeypatch.setattr(trained, "begin_with", lambda network, record: None)
    monkeypatch.setattr(hue_measured, "measure_again", lambda network, inputs: seen.extend(inputs))
    images = [torch.empty(2, 3, 64, 64, device="meta")]
    network = MeasuredHueNet.fit(images, record="none", width=8, pretrained=False)
    devices = {tensor.device.type for tensor in (*network.parameters(), *seen)}
    assert devices == {"meta"} and seen[0].shape == (2, 1, 192, 192)
