"""What is known of the models that can be fetched: sources, sizes, digests, licenses.

Sizes and digests are those that the Hub states for the named commits; where several independent
projects that pin the same files agree on them, they are taken over. An unknown one stays unknown.
"""

from __future__ import annotations

from typing import Final

from latentsync_studio.core.errors import UnknownNameError
from latentsync_studio.core.weights import CardFile, ModelCard

LATENTSYNC: Final = "latentsync"  # id of the engine
HUB: Final = "https://huggingface.co"

_RAIL_TERMS: Final = (
    "results may be used commercially within the license's use restrictions, which bind every"
    " further user too"
)
_FREE_TERMS: Final = "results may be used commercially"
_TINY: Final = CardFile(
    name="whisper/tiny.pt",
    size=75_572_083,
    sha256="65147644a518d12f04e32d6f3b26facc3f8dd46e5390956a9424a650c0ce22b9",
)
_REVISION_15: Final = "32a20d29aead0498e3e885e90dbbe8027da1b61b"
_REVISION_16: Final = "c42c7e6c8e9c213626389fa7d9a3c444b8536353"

CARDS: Final[tuple[ModelCard, ...]] = (
    ModelCard(
        id="latentsync-1.6",
        title="LatentSync 1.6",
        role="unet",
        engines=(LATENTSYNC,),
        repository="ByteDance/LatentSync-1.6",
        revision=_REVISION_16,
        files=(
            CardFile(
                name="latentsync_unet.pt",
                size=5_072_222_488,
                sha256="0a478e89eb660f82da4c35dbdde8a5adfb27f99d1b4e50edd03729e1e98316d3",
            ),
        ),
        resolution=512,
        license="OpenRAIL++-M",
        license_url=f"{HUB}/ByteDance/LatentSync-1.6",
        commercial="conditions",
        terms=_RAIL_TERMS,
    ),
    ModelCard(
        id="latentsync-1.5",
        title="LatentSync 1.5",
        role="unet",
        engines=(LATENTSYNC,),
        repository="ByteDance/LatentSync-1.5",
        revision=_REVISION_15,
        files=(
            CardFile(
                name="latentsync_unet.pt",
                size=5_072_348_184,
                sha256="6440b49a7ccceff56cdc001f5f17605216337f5bbd66fa360139768926e23f51",
            ),
        ),
        resolution=256,
        license="OpenRAIL++-M",
        license_url=f"{HUB}/ByteDance/LatentSync-1.5",
        commercial="conditions",
        terms=_RAIL_TERMS,
    ),
    ModelCard(
        id="sd-vae-ft-mse",
        title="Stable Diffusion VAE (ft-MSE)",
        role="vae",
        engines=(LATENTSYNC,),
        repository="stabilityai/sd-vae-ft-mse",
        revision="31f26fdeee1355a5c34592e401dd41e45d25a493",
        files=(
            CardFile(
                name="diffusion_pytorch_model.safetensors",
                size=334_643_276,
                sha256="a1d993488569e928462932c8c38a0760b874d166399b14414135bd9c42df5815",
            ),
            CardFile(
                name="config.json",
                size=547,
                sha256="92d3dfb746fca211a2c9e019e285f8597412211728dce3c5bcf4eda0f2d62e7e",
            ),
        ),
        accepted=(
            CardFile(
                name="diffusion_pytorch_model.bin",
                size=334_707_217,
                sha256="1b4889b6b1d4ce7ae320a02dedaeff1780ad77d415ea0d744b476155c6377ddc",
            ),
        ),
        license="MIT",
        license_url=f"{HUB}/stabilityai/sd-vae-ft-mse",
        commercial="yes",
        terms=_FREE_TERMS,
    ),
    ModelCard(
        id="whisper-tiny",
        title="Whisper tiny (OpenAI's file)",
        role="whisper",
        engines=(LATENTSYNC,),
        repository="ByteDance/LatentSync-1.6",
        revision=_REVISION_16,
        files=(_TINY,),
        also_in=("ByteDance/LatentSync-1.5",),
        license="MIT",
        license_url="https://github.com/openai/whisper/blob/main/LICENSE",
        commercial="yes",
        terms=_FREE_TERMS,
    ),
    ModelCard(
        id="whisper-tiny-hf",
        title="Whisper tiny (Hugging Face's files)",
        role="whisper",
        engines=(LATENTSYNC,),
        repository="openai/whisper-tiny",
        revision="169d4a4341b33bc18d8881c4b69c2e104e1cc0af",
        files=(
            CardFile(
                name="model.safetensors",
                size=151_061_672,
                sha256="7ebd0e69e78190ffe1438491fa05cc1f5c1aa3a4c4db3bc1723adbb551ea2395",
            ),
            CardFile(name="config.json", size=1_983),
        ),
        license="Apache-2.0",
        license_url=f"{HUB}/openai/whisper-tiny",
        commercial="yes",
        terms=_FREE_TERMS,
    ),
    ModelCard(
        id="stable-syncnet-1.6",
        title="StableSyncNet of LatentSync 1.6",
        role="syncnet",
        engines=(),
        repository="ByteDance/LatentSync-1.6",
        revision=_REVISION_16,
        files=(
            CardFile(
                name="stable_syncnet.pt",
                size=1_605_328_746,
                sha256="77678d13861a02d6e83d0b169962175b6266be773f1f6f85fda2b0182e225118",
            ),
        ),
        license="OpenRAIL++-M",
        license_url=f"{HUB}/ByteDance/LatentSync-1.6",
        commercial="conditions",
        terms=_RAIL_TERMS,
    ),
    ModelCard(
        id="syncnet-v2",
        title="SyncNet v2 (for LSE-C and LSE-D)",
        role="syncnet",
        engines=(),
        repository="ByteDance/LatentSync-1.6",
        revision=_REVISION_16,
        also_in=("ByteDance/LatentSync-1.5",),
        files=(
            CardFile(
                name="auxiliary/syncnet_v2.model",
                size=54_573_114,
                sha256="961e8696f888fce4f3f3a6c3d5b3267cf5b343100b238e79b2659bff2c605442",
            ),
        ),
        accepted=(CardFile(name="syncnet_v2.safetensors"),),
        license="not stated",
        license_url="https://github.com/joonson/syncnet_python",
        commercial="unknown",
        terms=(
            "its code is MIT, of the weights themselves its authors say nothing, and they were"
            " trained on broadcasts; it only measures, no result contains any of it"
        ),
    ),
    ModelCard(
        id="lpips-alex",
        title="LPIPS 0.1 on AlexNet (its linear heads)",
        role="perceptual",
        engines=(),
        source=(
            "https://raw.githubusercontent.com/richzhang/PerceptualSimilarity/master/lpips/"
            "weights/v0.1"
        ),
        files=(
            CardFile(
                name="alex.pth",
                size=6_009,
                sha256="df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0",
            ),
        ),
        license="BSD-2-Clause",
        license_url="https://github.com/richzhang/PerceptualSimilarity/blob/master/LICENSE",
        commercial="yes",
        terms=_FREE_TERMS,
    ),
    ModelCard(
        id="alexnet",
        title="AlexNet of torchvision (for LPIPS)",
        role="backbone",
        engines=(),
        source="https://download.pytorch.org/models",
        files=(
            CardFile(
                name="alexnet-owt-7be5be79.pth",
                size=244_408_911,
                sha256="7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
            ),
        ),
        license="BSD-3-Clause (torchvision)",
        license_url="https://github.com/pytorch/vision/blob/main/LICENSE",
        commercial="unknown",
        terms=(
            "torchvision's license says nothing of the weights themselves, and ImageNet, of which"
            " they were made, is for research; it only measures, no result contains any of it"
        ),
    ),
    ModelCard(
        id="sface",
        title="SFace (whether it is the same person)",
        role="identity",
        engines=(),
        source=(
            "https://github.com/opencv/opencv_zoo/raw/47534e27c9851bb1128ccc0102f1145e27f23f98/"
            "models/face_recognition_sface"
        ),
        files=(
            CardFile(
                name="face_recognition_sface_2021dec.onnx",
                size=38_696_353,
                sha256="0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79",
            ),
        ),
        license="Apache-2.0",
        license_url="https://github.com/opencv/opencv_zoo/tree/main/models/face_recognition_sface",
        commercial="yes",
        terms=_FREE_TERMS,
    ),
)


def all_cards() -> tuple[ModelCard, ...]:
    """Every card, what engines need first."""
    return CARDS


def known_card(model: str) -> ModelCard | None:
    """The card with an id, None for weights that nobody knows ("")."""
    return next((known for known in CARDS if known.id == model), None)


def card(model: str) -> ModelCard:
    """The card with an id; raises UnknownNameError."""
    known = known_card(model)
    if known is None:
        raise UnknownNameError("model", model, [each.id for each in CARDS])
    return known


def card_by_digest(sha256: str) -> ModelCard | None:
    """The card that has a file with this digest."""
    for known in CARDS:
        files = (*known.files, *known.accepted)
        if sha256 and any(file.sha256 == sha256 for file in files):
            return known
    return None


def cards_of(role: str) -> tuple[ModelCard, ...]:
    """Cards of what may play a role, the preferred one first."""
    return tuple(known for known in CARDS if known.role == role)


def url_of(model: ModelCard, name: str) -> str:
    """Where a file of a model is published."""
    if model.source:
        return f"{model.source}/{name}"
    return f"{HUB}/{model.repository}/resolve/{model.revision}/{name}"
