"""The discriminator of paper 001: a vision transformer that gives one logit (section 4.7).

Table 1 has the numbers of the example in the README of the package `vit-pytorch`. Its width is
1,024; the paper does not give the width. The network is torchvision's.
"""

import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.models import VisionTransformer
from torchvision.models.vision_transformer import EncoderBlock


def vision_transformer(
    *,
    image_size: int = 256,
    patch_size: int = 32,
    width: int = 1024,
    blocks: int = 6,
    heads: int = 16,
    mlp_width: int = 2048,
    dropout: float = 0.1,
    embedding_dropout: float = 0.1,
) -> VisionTransformer:
    """A transformer that judges whole images of three channels: `(N, 3, H, W)` to `(N, 1)`.

    Args:
        image_size: side of its images in pixels, the only size that it takes.
        patch_size: side in pixels of the patches, which become its tokens.
        width: length of a token.
        blocks, heads, mlp_width: numbers of the transformer's encoder.
        dropout: dropout in its blocks.
        embedding_dropout: dropout of the tokens before the first block.

    Example:
        >>> judge = vision_transformer(image_size=64, width=16, blocks=1, heads=2, mlp_width=8)
        >>> judge(torch.zeros(2, 3, 64, 64)).shape
        torch.Size([2, 1])
    """
    network = VisionTransformer(
        image_size=image_size,
        patch_size=patch_size,
        num_layers=blocks,
        num_heads=heads,
        hidden_dim=width,
        mlp_dim=mlp_width,
        dropout=dropout,
        num_classes=1,
    )
    network.encoder.dropout.p = embedding_dropout
    return network


@torch.no_grad()
def attention_maps(network: VisionTransformer, images: Tensor) -> Tensor:
    """The attention of each token of an image to every token, in each block and head.

    Args:
        network: the transformer, in evaluation mode.
        images: `(N, 3, H, W)`, as the network takes them.

    Returns:
        `(N, blocks, heads, tokens, tokens)`: rows of shares that add up to 1. Token 0 is the class
        token, which gives the logit; the others are the patches, row by row.

    Example:
        >>> judge = vision_transformer(image_size=64, width=16, blocks=2, heads=4).eval()
        >>> maps = attention_maps(judge, torch.rand(1, 3, 64, 64))
        >>> maps.shape, bool(maps.sum(-1).sub(1).abs().max() < 1e-5)
        (torch.Size([1, 2, 4, 5, 5]), True)
    """
    found: list[Tensor] = []

    def look(block: EncoderBlock, given: tuple[Tensor, ...]) -> None:
        tokens = block.ln_1(given[0])
        _, shares = block.self_attention(tokens, tokens, tokens, average_attn_weights=False)
        found.append(shares)

    hooks = [block.register_forward_pre_hook(look) for block in network.encoder.layers]
    try:
        network(images)
    finally:
        for hook in hooks:
            hook.remove()
    return torch.stack(found, 1)


def attended(maps: Tensor, side: int) -> Tensor:
    """The attention of the class token to the patches, as images.

    Args:
        maps: what `attention_maps` gives; heads are averaged.
        side: side of the images in pixels.

    Returns:
        `(N, blocks, side, side)` in 0..1; the patch with the most attention is 1.

    Example:
        >>> attended(torch.full((1, 2, 4, 5, 5), 0.2), 64).shape
        torch.Size([1, 2, 64, 64])
    """
    seen = maps.mean(2)[:, :, 0, 1:]
    along = round(seen.shape[-1] ** 0.5)
    seen = seen.unflatten(-1, (along, along))
    return F.interpolate(seen / seen.amax((2, 3), keepdim=True), (side, side), mode="nearest")
