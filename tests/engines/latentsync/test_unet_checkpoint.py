"""The published checkpoint: converted exactly, or refused with the reason."""

import json
import math
import pickle

import pytest
import torch
from safetensors.torch import load_file, save_file

from latentsync_studio.core.errors import Cancelled, DiskFullError, StorageError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.weights import WeightsError
from latentsync_studio.engines.latentsync import model_folder
from latentsync_studio.engines.latentsync.checkpoint import (
    convert_unet,
    convert_unet_keys,
    load_unet,
)
from tests.engines.latentsync.tiny import tiny_config, tiny_unet
from tests.engines.latentsync.weight_files import WIDTH, write_tiny_checkpoint

CPU = torch.device("cpu")
FIRST_MOTION = "down_blocks.0.motion_modules.0.temporal_transformer."
TABLES = FIRST_MOTION + "transformer_blocks.0.attention_blocks.{}.pos_encoder.pe"
WEIGHTS = "diffusion_pytorch_model.safetensors"


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The names and tensors of a tiny published file."""
    path = write_tiny_checkpoint(tmp_path_factory.mktemp("published") / "latentsync_unet.pt", 5)
    return torch.load(path, weights_only=True)["state_dict"]


@pytest.fixture(scope="module")
def converted(published, tmp_path_factory):
    folder = tmp_path_factory.mktemp("converted")
    convert(store(folder / "unet.pt", published), folder / "unet")
    return folder / "unet"


def store(path, state, **more):
    torch.save({"global_step": 7, "state_dict": state, **more}, path)
    return path


def convert(path, folder, progress=None):
    config = tiny_config(cross_attention_dim=WIDTH)
    notes = {"test": True, "model": "tiny"}
    progress = progress or CallbackProgress()
    convert_unet(path, folder, 64, progress, config=config, notes=notes)


def run(unet):
    draw = torch.Generator().manual_seed(1)
    clip = torch.randn(1, 13, 3, 8, 8, generator=draw)
    audio = torch.randn(3, 50, WIDTH, generator=draw)
    with torch.no_grad():
        return unet(clip, 301, audio, return_dict=False)[0]


@pytest.mark.parametrize("prefix", ["", "module."])
def test_a_converted_checkpoint_gives_the_same_outputs(published, tmp_path, prefix):
    path = store(tmp_path / "u.pt", {prefix + name: each for name, each in published.items()})
    convert(path, tmp_path / "unet")
    assert {each.name for each in (tmp_path / "unet").iterdir()} == {"config.json", WEIGHTS}
    loaded = load_unet(tmp_path / "unet", CPU, torch.float32)
    original = tiny_unet(5, cross_attention_dim=WIDTH)
    state = loaded.state_dict()
    for name, wanted in original.state_dict().items():
        assert torch.equal(state[name], wanted), name
    assert torch.equal(run(loaded), run(original))
    assert not loaded.training
    assert not any(weight.requires_grad for weight in loaded.parameters())


def test_it_is_stored_in_half_precision_beside_a_config_that_tells_what_it_is(converted):
    stored = load_file(converted / WEIGHTS)
    assert {tensor.dtype for tensor in stored.values()} == {torch.float16}
    config = json.loads((converted / "config.json").read_text())
    assert config["resolution"] == 64
    assert config["sample_size"] == 8
    assert config["_class_name"] == "LatentSyncUNet"
    assert (config["model"], config["test"], config["global_step"]) == ("tiny", True, 7)


def test_on_the_cpu_half_precision_is_mapped_and_positions_are_exact(converted):
    loaded = load_unet(converted, CPU, torch.float16)
    assert {weight.dtype for weight in loaded.parameters()} == {torch.float16}
    exact = load_unet(converted, CPU, torch.float64)
    table = exact.down_blocks[0].motion_modules[0].transformer_blocks[0].pos_embed.pe
    for row, column in ((0, 1), (5, 2), (23, 15)):
        angle = row * 10000.0 ** (-(column - column % 2) / 16)
        wanted = math.cos(angle) if column % 2 else math.sin(angle)
        assert table[0, row, column].item() == pytest.approx(wanted, abs=2e-6)


def test_names_outside_motion_modules_stay(published):
    made = convert_unet_keys(published)
    assert set(made) == set(tiny_unet(cross_attention_dim=WIDTH).state_dict())
    assert len(published) - len(made) == 12  # the second table of every motion module


def test_missing_left_over_and_misshapen_tensors_are_listed(published, tmp_path):
    state = dict(published)
    del state["conv_in.bias"]
    state["conv_new.bias"] = torch.zeros(3)
    state["conv_out.weight"] = torch.zeros(4, 8, 3, 3)
    with pytest.raises(WeightsError) as caught:
        convert(store(tmp_path / "u.pt", state), tmp_path / "unet")
    text = str(caught.value)
    assert "1 missing: conv_in.bias" in text
    assert "1 left over: conv_new.bias" in text
    assert "conv_out.weight (4, 8, 3, 3) instead of (4, 16, 3, 3)" in text
    assert not (tmp_path / "unet").exists()


@pytest.mark.parametrize("which", [0, 1])
def test_another_positional_table_is_refused(published, which):
    name = TABLES.format(which)
    wrong = published[name].clone()
    wrong[0, 3, 5] += 0.01
    with pytest.raises(WeightsError, match=r"not the table of sines .* 0\.01 away"):
        convert_unet_keys({**published, name: wrong})
    with pytest.raises(WeightsError, match="table"):
        convert_unet_keys({**published, name: torch.zeros(1, 10**6, 10**6, device="meta")})
    half = {**published, name: published[name].bfloat16()}
    assert len(convert_unet_keys(half)) == len(published) - 12


def test_a_table_that_is_missing_is_refused(published, tmp_path):
    second = {name: each for name, each in published.items() if name != TABLES.format(1)}
    with pytest.raises(WeightsError, match="lacks the second positional table"):
        convert_unet_keys(second)
    first = {name: each for name, each in published.items() if name != TABLES.format(0)}
    with pytest.raises(WeightsError, match=r"1 missing: .*pos_embed\.pe"):
        convert(store(tmp_path / "u.pt", first), tmp_path / "unet")


def test_a_file_of_the_first_version_is_refused_for_having_no_motion_modules(published, tmp_path):
    still = {name: each for name, each in published.items() if "motion_modules" not in name}
    with pytest.raises(WeightsError, match=r"no motion modules: it is .* LatentSync 1\.0"):
        convert(store(tmp_path / "u.pt", still), tmp_path / "unet")


def test_two_tensors_of_one_name_are_refused(published):
    twice = {**published, "module.conv_in.bias": published["conv_in.bias"]}
    with pytest.raises(WeightsError, match="several tensors of one name"):
        convert_unet_keys(twice)


class Code:
    """What a hostile file would hold."""

    ran = False

    def __reduce__(self):
        return (setattr, (Code, "ran", True))


@pytest.mark.parametrize("old_format", [False, True])
def test_a_file_with_code_in_it_is_refused_and_the_code_does_not_run(tmp_path, old_format):
    path = tmp_path / "u.pt"
    held = {"state_dict": {"conv_in.bias": torch.zeros(3)}, "global_step": Code()}
    torch.save(held, path, _use_new_zipfile_serialization=not old_format)
    with pytest.raises(WeightsError, match="could run code") as caught:
        convert(path, tmp_path / "unet")
    assert "weights_only" not in str(caught.value), "advice of the library against it"
    path.write_bytes(pickle.dumps(Code(), protocol=2))
    with pytest.raises(WeightsError):
        convert(path, tmp_path / "unet")
    assert not Code.ran


@pytest.mark.parametrize("held", [{"state_dict": [1, 2]}, [1], {"state_dict": {}}, {"a": 1}])
def test_a_file_without_named_tensors_is_refused(tmp_path, held):
    torch.save(held, tmp_path / "u.pt")
    with pytest.raises(WeightsError, match="no named tensors"):
        convert(tmp_path / "u.pt", tmp_path / "unet")


@pytest.mark.parametrize("value", [float("nan"), 1e5])
def test_values_that_half_precision_cannot_hold_are_refused(published, tmp_path, value):
    state = {**published, "conv_in.bias": torch.full((16,), value)}
    with pytest.raises(WeightsError, match=r"conv_in\.bias holds values"):
        convert(store(tmp_path / "u.pt", state), tmp_path / "unet")
    assert list((tmp_path / "unet").iterdir()) == []


def test_whole_numbers_are_refused(published, tmp_path):
    state = {**published, "conv_in.bias": torch.zeros(16, dtype=torch.int64)}
    with pytest.raises(WeightsError, match=r"torch\.int64 in conv_in\.bias"):
        convert(store(tmp_path / "u.pt", state), tmp_path / "unet")


def test_the_user_may_stop_it_and_what_was_there_stays(published, tmp_path):
    path = store(tmp_path / "u.pt", published)
    convert(path, tmp_path / "unet")
    before = {each.name: each.read_bytes() for each in (tmp_path / "unet").iterdir()}
    progress = CallbackProgress(lambda told: told.done > 0 and progress.stop.set())
    with pytest.raises(Cancelled):
        convert(path, tmp_path / "unet", progress)
    assert {each.name: each.read_bytes() for each in (tmp_path / "unet").iterdir()} == before


def test_progress_counts_megabytes_to_the_end(published, tmp_path):
    told = []
    convert(store(tmp_path / "u.pt", published), tmp_path / "unet", CallbackProgress(told.append))
    assert {(each.stage, each.total) for each in told} == {("convert", 2)}
    assert [each.done for each in told] == sorted(each.done for each in told)
    assert told[-1].done == 2


def test_a_disk_with_too_little_room_is_told_before_anything_is_written(
    published, tmp_path, monkeypatch
):
    path = store(tmp_path / "u.pt", published)
    usage = model_folder.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(model_folder.shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))
    with pytest.raises(DiskFullError, match=r"need 0\.00 GB, 0\.00 GB are free"):
        convert(path, tmp_path / "unet")
    assert list((tmp_path / "unet").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(published, tmp_path):
    (tmp_path / "unet").write_text("a file in the way")
    with pytest.raises(StorageError, match="cannot be written"):
        convert(store(tmp_path / "u.pt", published), tmp_path / "unet")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"in_channels": 4}, "in_channels 4 instead of 13"),
        ({"use_motion_mid_block": True}, "use_motion_mid_block True instead of False"),
        ({"resolution": 512}, "a resolution of 512 px with a sample_size of 8"),
        ({"sample_size": None}, "a sample_size of None"),
        ({"test": False}, r"block_out_channels \[16, 16, 32, 32\] instead of \[320, 640"),
        ({"layers_per_block": 10**9}, "layers_per_block 1000000000 instead of 2"),
        ({"novelty": 1}, "novelty 1 instead of nothing"),
    ],
)
def test_a_config_of_another_model_is_refused(converted, tmp_path, changes, told):
    config = json.loads((converted / "config.json").read_text()) | changes
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(WeightsError, match=told):
        load_unet(tmp_path, CPU, torch.float32)


def test_a_converted_file_is_loaded_strictly(converted, tmp_path):
    (tmp_path / "config.json").write_bytes((converted / "config.json").read_bytes())
    stored = load_file(converted / WEIGHTS)
    moved = {("conv_odd.bias" if name == "conv_in.bias" else name): stored[name] for name in stored}
    save_file(moved, tmp_path / WEIGHTS)
    with pytest.raises(
        WeightsError, match=r"1 missing: conv_in\.bias; 1 left over: conv_odd\.bias"
    ):
        load_unet(tmp_path, CPU, torch.float32)
    stored["conv_in.bias"] = torch.zeros(16, dtype=torch.int8)
    save_file(stored, tmp_path / WEIGHTS)
    with pytest.raises(WeightsError, match=r"int8 in conv_in\.bias"):
        load_unet(tmp_path, CPU, torch.float32)
    (tmp_path / WEIGHTS).write_bytes((converted / WEIGHTS).read_bytes()[:-9])
    with pytest.raises(WeightsError, match="cannot be read"):
        load_unet(tmp_path, CPU, torch.float32)
