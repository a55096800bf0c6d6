import errno
import json

import pytest
from faulty_files import FaultyFiles

from latentsync_studio.core.errors import InputError, StudioError, UnknownNameError
from latentsync_studio.core.settings.fields import apply
from latentsync_studio.core.settings.pages import RenderSettings
from latentsync_studio.core.settings.presets import Preset
from latentsync_studio.storage import paths
from latentsync_studio.storage.presets import (
    export_preset,
    import_preset,
    list_presets,
    load_preset,
    remove_preset,
    rename_preset,
    save_preset,
    update_preset,
)

MINE = Preset(name="My Voice 1", engine="mouthbank", settings={"compose.lips": 0.5})


SHIPPED = ["animation", "fast_draft", "film", "interview", "natural", "singing", "streaming"]
SHIPPED += ["strong", "subtle"]
EXPRESSION = {"strong": 1.25, "subtle": 0.8, "film": 0.9, "animation": 1.2, "interview": 0.9}
EXPRESSION["singing"] = 1.35


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_presets_can_be_applied(name, caplog):
    saved = load_preset(name)
    assert saved.is_shipped
    assert saved.preset.notes
    assert saved.apply(RenderSettings()).mouthbank.expression == EXPRESSION.get(name, 1.0)
    assert not caplog.text  # every key is known


def test_a_saved_preset_is_found_by_name_and_by_file():
    path = save_preset(MINE).path
    assert path == paths.user_preset_folder() / "My-Voice-1.json"
    for name in ("My Voice 1", "my voice 1", "My-Voice-1"):
        assert load_preset(name).preset == MINE
    assert load_preset("my voice 1").apply(RenderSettings()).compose.lips == 0.5


def test_saving_again_replaces_it_and_removing_removes_it():
    save_preset(MINE)
    save_preset(Preset(name=MINE.name, engine="mouthbank", notes="new"))
    assert load_preset(MINE.name).preset.notes == "new"
    remove_preset(MINE.name)
    assert all(saved.is_shipped for saved in list_presets())


def test_the_users_preset_hides_a_shipped_one_of_its_name():
    save_preset(Preset(name="natural", engine="mouthbank", notes="mine"))
    assert load_preset("natural").preset.notes == "mine"
    remove_preset("natural")
    assert load_preset("natural").is_shipped


def test_shipped_presets_cannot_be_removed():
    with pytest.raises(InputError, match="ships"):
        remove_preset("natural")
    assert load_preset("natural").path.is_file()


def test_an_unknown_name_tells_the_nearest():
    with pytest.raises(UnknownNameError) as caught:
        load_preset("natrual")
    assert "natural" in caught.value.remedy


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b'{"name": 3}', b"[" * 10_000])
def test_a_bad_file_is_set_aside_and_the_others_still_serve(content, caplog):
    bad = save_preset(MINE).path
    for _ in range(2):
        bad.write_bytes(content)
        assert [saved.path.stem for saved in list_presets()] == SHIPPED
        assert str(bad) in caplog.text
    assert not bad.exists()
    assert {path.name for path in bad.parent.iterdir()} == {f"{bad.name}.bak", f"{bad.name}.bak1"}
    assert bad.with_name(f"{bad.name}.bak").read_bytes() == content


@pytest.mark.parametrize("name", ["", "   ", "../..", "x" * 101])
def test_a_name_must_do_for_a_file(name):
    with pytest.raises(InputError, match="cannot name"):
        save_preset(Preset(name=name, engine="mouthbank"))


@pytest.mark.parametrize(("name", "notes"), [("caf\udce9", ""), ("mine", "caf\udce9")])
def test_text_that_is_no_unicode_is_refused(name, notes):
    with pytest.raises(InputError, match="no Unicode"):
        save_preset(Preset(name=name, engine="mouthbank", notes=notes))
    assert all(saved.is_shipped for saved in list_presets())


def test_two_names_never_share_a_file():
    save_preset(MINE)
    with pytest.raises(InputError, match="would overwrite 'My Voice 1'"):
        save_preset(Preset(name="My-Voice-1", engine="mouthbank"))
    assert load_preset("My Voice 1").preset == MINE


def test_a_save_whose_nth_operation_fails_leaves_the_old_or_the_new():
    new = Preset(name=MINE.name, engine="mouthbank", notes="new")
    for nth in range(1, 30):
        save_preset(MINE)
        files = FaultyFiles(nth, errno.ENOSPC)
        try:
            save_preset(new, files)
            returned = True
        except StudioError as error:
            assert error.remedy
            returned = False
        assert load_preset(MINE.name).preset in ([new] if returned else [MINE, new])
        if not files.struck:
            break
    assert not files.struck


def test_an_exported_preset_can_be_imported_by_somebody_else(tmp_path):
    save_preset(MINE)
    file = tmp_path / "für dich.json"
    export_preset("My Voice 1", file)
    export_preset("My Voice 1", file)
    remove_preset("My Voice 1")
    assert import_preset(file).preset == MINE
    assert [import_preset(file).preset.name for _ in range(2)] == ["My Voice 1 2", "My Voice 1 3"]
    assert import_preset(file, overwrite=True).preset.name == "My Voice 1"
    export_preset("natural", file)
    assert import_preset(file).preset.name == "Natural 2"  # a shipped one is not hidden by chance


def test_an_import_keeps_what_a_newer_program_wrote(tmp_path, caplog):
    file = tmp_path / "new.json"
    file.write_text(
        json.dumps(
            {
                "version": 9,
                "engine": "mouthbank",
                "name": "New",
                "tags": ["a"],
                "settings": {"compose": {"lips": 0.5, "glow": 3}},
            }
        )
    )
    saved = import_preset(file)
    assert saved.apply(RenderSettings()).compose.lips == 0.5
    again = json.loads(saved.path.read_text())
    assert (again["version"], again["tags"], again["settings"]["compose"]["glow"]) == (9, ["a"], 3)
    assert "newer" in caplog.text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "no preset"),
        (b'{"name": "A"}', "no preset"),
        (b'{"name": "A", "engine": "x", "settings": {"compose": {"lips": 7}}}', "cannot be 7"),
        (b'{"name": "../..", "engine": "x"}', "cannot name"),
    ],
)
def test_what_cannot_be_imported_says_why_and_what_to_do(tmp_path, content, said):
    file = tmp_path / "bad.json"
    file.write_bytes(content)
    with pytest.raises(InputError, match=said) as caught:
        import_preset(file)
    assert caught.value.remedy
    assert file.read_bytes() == content
    assert all(saved.is_shipped for saved in list_presets())


def test_a_preset_file_that_is_gone_is_told(tmp_path):
    with pytest.raises(StudioError, match=r"gone\.json"):
        import_preset(tmp_path / "gone.json")


def test_a_preset_can_be_renamed_and_brought_up_to_date():
    save_preset(MINE)
    save_preset(Preset(name="Other", engine="mouthbank"))
    with pytest.raises(InputError, match="already"):
        rename_preset("Other", "My Voice 1")
    assert rename_preset("My Voice 1", "Her voice").preset.settings == MINE.settings
    assert rename_preset("Her voice", "Her-voice").preset.name == "Her-voice"  # the same file
    assert {s.preset.name for s in list_presets() if not s.is_shipped} == {"Her-voice", "Other"}
    changed = apply(RenderSettings(), {"compose.lips": 1.0, "seed": 4})
    update_preset("Her-voice", changed)
    assert load_preset("Her-voice").preset.settings == {"compose.lips": 1.0, "seed": 4}


def test_shipped_presets_stay_as_they_are():
    for change in (
        lambda: rename_preset("natural", "mine"),
        lambda: update_preset("natural", RenderSettings()),
    ):
        with pytest.raises(InputError, match="ships"):
            change()
    assert all(saved.is_shipped for saved in list_presets())
