"""`Evaluation`: the whole standard set in one pass over the pictures of a test split."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from torchmetrics import Metric

from huelab.color import lightness_to_gray
from huelab.measure.standard import STANDARD, Column, Pair
from huelab.measure.summary import (
    ANSWERS,
    Frozen,
    summarize_answers,
    summarize_column,
    summarize_features,
    summarize_hues,
)
from huelab.metrics.differences import HUE_BINS, split_by_hue
from huelab.metrics.inputs import check_pictures, check_range
from huelab.metrics.perceptual import lpips
from huelab.metrics.recognition import top1_accuracy, top1_agreement
from huelab.records import Measurement

_PIXELS = 1 << 16  # pixels that a CPU measures at once, so that intermediate results fit its cache


class Evaluation(Metric):
    """Measures predictions against truths, batch by batch, on the device of the batches.

    It keeps one row of float32 values for each picture, and averages the rows at the end in
    float64. So except for rounding, the means do not depend on the division into batches. It is a
    `torchmetrics.Metric`: in distributed training `metrics()` gathers the rows of all processes,
    and `merge_state(other)` adds those of another evaluation.

    Args:
        columns: the metrics of single pictures; `STANDARD`, or `ERRORS`, which is faster.
        by_hue: whether to measure the CIEDE2000 difference for each true hue as well.
        networks: frozen networks of `huelab.features`. They give distances between the two sets.
            They also tell how often a classifier gives a prediction, or the gray picture, the class
            that it gives the truth.
        lpips: a network of `lpips_network`; without one, LPIPS is listed with the value None.
        unavailable: names of further metrics that cannot be measured here; they are listed with the
            value None as well.
        settings: arguments of `torchmetrics.Metric`.

    Example:
        >>> from huelab.measure import ERRORS
        >>> truth = torch.rand(2, 3, 16, 16)
        >>> evaluation = Evaluation(ERRORS, by_hue=False)
        >>> evaluation.update(truth.mean(1, keepdim=True).expand_as(truth), truth)
        >>> {measured.n for measured in evaluation.metrics()}
        {2}
        >>> evaluation.per_picture("mae", "rgb").shape, len(evaluation.compute())
        (torch.Size([2]), 19)
    """

    full_state_update = False
    rows: list[Tensor]

    def __init__(
        self,
        columns: Sequence[Column] = STANDARD,
        *,
        by_hue: bool = True,
        networks: Iterable[nn.Module] = (),
        lpips: nn.Module | None = None,
        unavailable: Sequence[str] = (),
        **settings: Any,
    ):
        # Not cached, because torchmetrics would keep an old result after `merge_state`.
        super().__init__(compute_with_cache=False, **settings)
        self.columns, self.by_hue = tuple(columns), by_hue
        self.networks, self.lpips = nn.ModuleList(networks), lpips
        self.unavailable = (*(() if lpips else ("lpips_alex",)), *unavailable)
        hues = [HUE_BINS + 1] * 2 if by_hue else []
        # A row holds the columns, the errors and pixels of each hue, the number of pixels of the
        # picture, LPIPS, and the answers of each network.
        self._widths = [len(self.columns), *hues, 1, int(lpips is not None)]
        self._widths += [len(ANSWERS)] * len(self.networks)
        self.add_state("rows", [], dist_reduce_fx="cat")
        for index in range(len(self.networks)):
            self.add_state(f"pred_features_{index}", [], dist_reduce_fx="cat")
            self.add_state(f"true_features_{index}", [], dist_reduce_fx="cat")

    def update(self, pred: Tensor, true: Tensor, labels: Tensor | None = None) -> None:
        """Measure some pictures.

        Args:
            pred, true: sRGB `(N, 3, H, W)` in [0, 1], on one device; batches may differ in size.
            labels: int64 `(N,)`, ImageNet classes of the pictures, -1 for an unknown class; None
                if no class is known.

        Raises:
            ValueError: for other shapes, or values that are NaN or outside [0, 1].
            TypeError: for values that are not floating point.
        """
        check_pictures(pred, true)
        check_range(pred, true)
        if not len(pred):
            return
        with torch.autocast(pred.device.type, enabled=False):
            pred, true = pred.detach().float().clamp(0, 1), true.detach().float().clamp(0, 1)
            values = [torch.cat([self._measure(Pair(*part)) for part in _parts(pred, true)])]
            if self.lpips is not None:
                values.append(lpips(pred, true, self.lpips).unsqueeze(1))
            for index in range(len(self.networks)):
                values.append(self._ask(index, pred, true, labels))
        self.rows.append(torch.cat(values, 1).to(self.device))

    def compute(self) -> list[Measurement]:
        """The measurements for a record; the caller fills in `data`.

        Averaging is `pictures`, the mean over pictures, or `pooled`, over all their pixels. n is
        the number of pictures that had a value. A value is None where nothing could be measured.
        """
        rows = _joined(self.rows, sum(self._widths)).double().cpu()
        parts = iter(rows.split(self._widths, 1))
        values, hues = next(parts), [next(parts), next(parts)] if self.by_hue else None
        pixels, perceptual = next(parts).squeeze(1), next(parts)
        entries: list[Measurement] = []
        for column, value in zip(self.columns, values.unbind(1), strict=True):
            entries += summarize_column(column, value, pixels)
        if hues:
            entries += summarize_hues(*hues)
        if self.lpips is not None:
            column = Column(str(self.lpips.name), "rgb", "0..1", lambda pair: pair.pred)
            entries += summarize_column(column, perceptual.squeeze(1), pixels)
        for index, (network, answers) in enumerate(zip(self._frozen(), parts, strict=True)):
            entries += summarize_answers(network.name, answers)
            features = (_joined(states, network.dimension) for states in self._features(index))
            entries += summarize_features(network, *features)
        return entries + [Measurement(name=name, n=len(rows)) for name in self.unavailable]

    def metrics(self) -> list[Measurement]:
        """`compute()`, under the name that records use."""
        return self.compute()

    def per_picture(self, name: str, space: str | None = None) -> Tensor:
        """The values of one column for each picture, float32 `(N,)`, of this process, in order.

        Raises:
            KeyError: if no column, or more than one, has this name and space.
        """
        found = [
            index
            for index, column in enumerate(self.columns)
            if column.name == name and space in (None, column.space)
        ]
        if len(found) != 1:
            raise KeyError(f"{len(found)} columns match {name!r} {space or ''}".strip())
        return _joined(self.rows, sum(self._widths))[:, found[0]]

    def sync(self, *args: Any, **settings: Any) -> None:
        """Gather the states of all processes, even if one of them has seen no picture."""
        # torchmetrics would send an empty tensor of too few dimensions, and the others fail on it.
        if not self._is_synced and not len(self.rows):
            self.rows.append(torch.zeros(0, sum(self._widths), device=self.device))
            for index, network in enumerate(self._frozen()):
                for features in self._features(index):
                    features.append(torch.zeros(0, network.dimension, device=self.device))
        super().sync(*args, **settings)

    def _measure(self, pair: Pair) -> Tensor:
        values = [column.measure(pair).unsqueeze(1) for column in self.columns]
        if self.by_hue:
            values += split_by_hue(pair.ciede2000, pair.true_lab)
        pixels = pair.true[:, 0].numel() / len(pair.true)
        return torch.cat([*values, values[0].new_full((len(pair.true), 1), pixels)], 1)

    def _ask(self, index: int, pred: Tensor, true: Tensor, labels: Tensor | None) -> Tensor:
        """Keep one network's features of both sets; return its answers, `(N, len(ANSWERS))`."""
        network = self._frozen()[index]
        gray = lightness_to_gray(Pair(pred, true).true_lab[:, :1]).expand_as(true)
        seen_pred, seen_gray, seen_true = (network(picture) for picture in (pred, gray, true))
        for states, seen in zip(self._features(index), (seen_pred, seen_true), strict=True):
            states.append(seen.features.to(self.device))
        if labels is None:
            labels = torch.full((len(pred),), -1, device=pred.device)
        agreement = [
            top1_agreement(seen.logits, seen_true.logits) for seen in (seen_pred, seen_gray)
        ]
        looked = (seen_pred, seen_gray, seen_true)
        accuracy = [top1_accuracy(seen.logits, labels.to(pred.device)) for seen in looked]
        return torch.stack([*agreement, *accuracy], 1)

    def _frozen(self) -> list[Frozen]:
        return [cast(Frozen, network) for network in self.networks]

    def _features(self, index: int) -> tuple[list[Tensor], list[Tensor]]:
        return getattr(self, f"pred_features_{index}"), getattr(self, f"true_features_{index}")


def _parts(pred: Tensor, true: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """The whole batch, or on a CPU a few pictures at a time."""
    size = max(1, _PIXELS // pred[0, 0].numel()) if pred.device.type == "cpu" else len(pred)
    return zip(pred.split(size), true.split(size), strict=True)


def _joined(states: list[Tensor] | Tensor, width: int) -> Tensor:
    """A state as one tensor; before it is gathered, it is a list of batches."""
    if isinstance(states, Tensor):
        return states
    return torch.cat(states) if states else torch.zeros(0, width)
