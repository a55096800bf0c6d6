"""The speech encoder is loaded from both published layouts, whole, or refused with the reason."""

import json
import zipfile

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from safetensors.torch import save_file
from transformers import WhisperConfig
from transformers.models.whisper.modeling_whisper import WhisperEncoder, sinusoids

from latentsync_studio.core.weights import FoundModel, WeightsError
from latentsync_studio.engines.latentsync.whisper import load_whisper
from tests.engines.latentsync.tiny_models import tiny_whisper

CPU = torch.device("cpu")
DIMS = {
    "n_mels": 80,
    "n_audio_ctx": 1500,
    "n_audio_state": 384,
    "n_audio_head": 6,
    "n_audio_layer": 4,
    "n_vocab": 51865,
}
TO_OPENAI = (
    ("layers.", "blocks."),
    ("self_attn_layer_norm", "attn_ln"),
    ("final_layer_norm", "mlp_ln"),
    ("self_attn.q_proj", "attn.query"),
    ("self_attn.k_proj", "attn.key"),
    ("self_attn.v_proj", "attn.value"),
    ("self_attn.out_proj", "attn.out"),
    ("fc1", "mlp.0"),
    ("fc2", "mlp.2"),
    ("layer_norm", "ln_post"),
    ("embed_positions.weight", "positional_embedding"),
)


def openai_name(name):
    for ours, theirs in TO_OPENAI:
        name = name.replace(ours, theirs)
    return f"encoder.{name}"


def openai_state(encoder):
    """The encoder's tensors in OpenAI's names, and one of a decoder."""
    state = {openai_name(name): value.half() for name, value in encoder.state_dict().items()}
    return state | {"decoder.token_embedding.weight": torch.zeros(3, 16)}


@pytest.fixture
def openai_file(tmp_path):
    """Write OpenAI's file of a tiny encoder, with changes; say what was found."""

    def write(change_dims=None, *, is_test=True, **changes):
        state = {**openai_state(tiny_whisper(5)), **changes}
        state = {name: value for name, value in state.items() if value is not None}
        dims = {**DIMS, **({"n_audio_state": 16, "n_audio_head": 2} if is_test else {})}
        path = tmp_path / "tiny.pt"
        torch.save({"dims": dims | (change_dims or {}), "model_state_dict": state}, path)
        return found(path, "openai", is_test=is_test)

    return write


def found(path, form, config=None, *, is_test=False):
    return FoundModel(
        role="whisper",
        card="",
        form=form,
        weights=path,
        config=config,
        origin="chosen folder",
        is_test=is_test,
    )


def transformers_files(folder, encoder, *, prefix, **changes):
    state = {prefix + name: tensor.contiguous() for name, tensor in encoder.state_dict().items()}
    if prefix:
        state[prefix.replace("encoder", "decoder") + "layer_norm.weight"] = torch.zeros(2)
    save_file(state, folder / "model.safetensors")
    config = {**json.loads(encoder.config.to_json_string()), **changes}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder / "model.safetensors", folder / "config.json"


def openai_forward(state, mel, heads):
    """OpenAI's encoder as its paper and tensors describe it, last norm included."""
    state = {name.removeprefix("encoder."): value.float() for name, value in state.items()}

    def linear(x, name):
        return F.linear(x, state[f"{name}.weight"], state.get(f"{name}.bias"))

    def norm(x, name):
        return F.layer_norm(x, x.shape[-1:], state[f"{name}.weight"], state[f"{name}.bias"])

    def heard(x, name):
        parts = [linear(x, f"{name}.{part}") for part in ("query", "key", "value")]
        query, key, value = (part.unflatten(-1, (heads, -1)).transpose(1, 2) for part in parts)
        scores = query @ key.mT / query.shape[-1] ** 0.5
        mixed = scores.softmax(-1) @ value
        return linear(mixed.transpose(1, 2).flatten(2), f"{name}.out")

    x = F.gelu(F.conv1d(mel, state["conv1.weight"], state["conv1.bias"], padding=1))
    x = F.gelu(F.conv1d(x, state["conv2.weight"], state["conv2.bias"], stride=2, padding=1))
    x = x.mT + state["positional_embedding"]
    for k in range(4):
        x = x + heard(norm(x, f"blocks.{k}.attn_ln"), f"blocks.{k}.attn")
        wide = F.gelu(linear(norm(x, f"blocks.{k}.mlp_ln"), f"blocks.{k}.mlp.0"))
        x = x + linear(wide, f"blocks.{k}.mlp.2")
    return norm(x, "ln_post")


def test_openais_file_computes_what_openais_encoder_does(openai_file):
    loaded = load_whisper(openai_file(), CPU, torch.float32)
    assert not loaded.training
    assert not any(parameter.requires_grad for parameter in loaded.parameters())
    mel = torch.randn(1, 80, 3000, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        told = loaded(mel).last_hidden_state
        expected = openai_forward(openai_state(tiny_whisper(5)), mel, heads=2)
    assert told.shape == (1, 1500, 16)
    assert torch.allclose(told, expected, atol=1e-5)


def test_a_file_of_the_real_size_needs_no_word_of_a_test(tmp_path):
    config = WhisperConfig(encoder_layers=4, d_model=384, encoder_attention_heads=6)
    with torch.device("meta"):
        shapes = WhisperEncoder(config).state_dict()
    state = {
        name: torch.zeros(tensor.shape, dtype=torch.float16) for name, tensor in shapes.items()
    }
    state["embed_positions.weight"] = sinusoids(1500, 384).half()
    state = {openai_name(name): tensor for name, tensor in state.items()}
    torch.save({"dims": DIMS, "model_state_dict": state}, tmp_path / "tiny.pt")
    loaded = load_whisper(found(tmp_path / "tiny.pt", "openai"), CPU, torch.float32)
    assert sum(tensor.numel() for tensor in loaded.state_dict().values()) == 8_208_384


@pytest.mark.parametrize("prefix", ["model.encoder.", "encoder.", ""])
def test_hugging_faces_files_are_taken_in_all_their_prefixes(tmp_path, prefix):
    encoder = tiny_whisper(3)
    weights, config = transformers_files(tmp_path, encoder, prefix=prefix)
    loaded = load_whisper(found(weights, "transformers", config, is_test=True), CPU, torch.float32)
    for name, tensor in encoder.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], tensor)


def test_a_real_set_must_be_whisper_tiny(tmp_path):
    weights, config = transformers_files(tmp_path, tiny_whisper(3), prefix="encoder.")
    with pytest.raises(WeightsError, match="d_model 16 instead of 384") as refused:
        load_whisper(found(weights, "transformers", config), CPU, torch.float32)
    assert "models fetch whisper-tiny" in refused.value.remedy


@pytest.mark.parametrize(
    ("dims", "reason"),
    [
        ({"n_audio_state": 512, "n_audio_layer": 6, "n_audio_head": 8}, "is Whisper base"),
        ({"n_audio_state": 768}, "is Whisper small"),
        ({"n_audio_state": 100}, "another speech model"),
        ({"n_vocab": 51864}, "English-only"),
        ({"n_mels": True}, "num_mel_bins 0 instead of 80"),
    ],
)
def test_another_size_of_whisper_is_named_and_refused(openai_file, dims, reason):
    with pytest.raises(WeightsError, match=reason):
        load_whisper(openai_file(dims, is_test=False), CPU, torch.float32)


def test_what_is_missing_left_over_or_misshapen_is_listed(openai_file):
    broken = {
        "encoder.blocks.1.attn.query.weight": None,
        "encoder.blocks.0.attn.query.gain": torch.zeros(2),
        "encoder.conv1.bias": torch.zeros(15),
    }
    with pytest.raises(WeightsError) as refused:
        load_whisper(openai_file(**broken), CPU, torch.float32)
    assert "1 missing: layers.1.self_attn.q_proj.weight" in str(refused.value)
    assert "1 left over: layers.0.self_attn.q_proj.gain" in str(refused.value)
    assert "1 of another shape: conv1.bias (15,) instead of (16,)" in str(refused.value)


def test_a_table_of_positions_that_is_not_of_sines_is_refused(openai_file):
    moved = sinusoids(1500, 16).roll(1, 0)
    with pytest.raises(WeightsError, match="table of positions"):
        load_whisper(openai_file(**{"encoder.positional_embedding": moved}), CPU, torch.float32)


@pytest.mark.parametrize(
    "held",
    [{"model_state_dict": {}}, {"dims": 3, "model_state_dict": {}}, [1, 2], "text"],
    ids=["no dims", "no tensors", "list", "text"],
)
def test_a_file_of_another_kind_is_refused(tmp_path, held):
    torch.save(held, tmp_path / "tiny.pt")
    with pytest.raises(WeightsError, match=r"tiny\.pt"):
        load_whisper(found(tmp_path / "tiny.pt", "openai"), CPU, torch.float32)


class _Calls:
    """Pickles to a call of a function."""

    def __reduce__(self):
        return print, ("this text must never be printed",)


def test_a_file_that_holds_code_is_refused_and_its_code_does_not_run(tmp_path, capsys):
    torch.save({"dims": DIMS, "model_state_dict": _Calls()}, tmp_path / "tiny.pt")
    with pytest.raises(WeightsError, match="could run code"):
        load_whisper(found(tmp_path / "tiny.pt", "openai"), CPU, torch.float32)
    assert not capsys.readouterr().out


def test_a_file_that_is_cut_off_is_refused(tmp_path, openai_file):
    model = openai_file()
    whole = model.weights.read_bytes()
    for size in (0, 1, 100, len(whole) // 2, len(whole) - 1):
        model.weights.write_bytes(whole[:size])
        with pytest.raises(WeightsError):
            load_whisper(model, CPU, torch.float32)


def test_an_archive_of_something_else_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "tiny.pt", "w") as archive:
        archive.writestr("notes.txt", "nothing")
    with pytest.raises(WeightsError):
        load_whisper(found(tmp_path / "tiny.pt", "openai"), CPU, torch.float32)


def test_hugging_faces_weights_without_their_config_are_refused(tmp_path):
    weights, _ = transformers_files(tmp_path, tiny_whisper(), prefix="")
    with pytest.raises(WeightsError, match=r"no config\.json"):
        load_whisper(found(weights, "transformers"), CPU, torch.float32)
