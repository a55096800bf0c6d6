import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import latentsync_studio
from latentsync_studio.core.errors import StorageError
from latentsync_studio.core.installed import resource
from latentsync_studio.storage import paths

PACKAGE = Path(latentsync_studio.__file__).parent
SHOW = "from latentsync_studio.core.installed import resource; print(resource('models/card.txt'))"


def test_the_environment_chooses_the_data_folder(monkeypatch, tmp_path):
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path / "home é"))
    assert paths.data_home() == tmp_path / "home é"
    for path in (
        paths.store_folder(),
        paths.jobs_file(),
        paths.digests_file(),
        paths.proxy_folder(),
        paths.log_folder(),
        paths.user_preset_folder(),
    ):
        assert path.parent == tmp_path / "home é"
    assert not (tmp_path / "home é").exists()


def test_another_home_may_be_given(tmp_path):
    found = {paths.store_folder(tmp_path), paths.jobs_file(tmp_path), paths.digests_file(tmp_path)}
    assert len(found) == 3
    assert {path.parent for path in found} == {tmp_path}


def test_without_it_the_system_says_where(monkeypatch):
    monkeypatch.delenv(paths.HOME_VARIABLE)
    assert paths.data_home().name == "latentsync-studio"
    assert paths.data_home().is_absolute()


def test_a_checkout_has_its_resources_beside_the_package():
    assert paths.shipped_preset_folder() == PACKAGE.parent / "presets"


def test_what_is_missing_says_what_to_do():
    with pytest.raises(StorageError, match=r"no/such\.onnx is missing") as caught:
        resource("no/such.onnx")
    assert "pip install" in caught.value.remedy


@pytest.mark.parametrize("name", ["../setup.py", "/etc/passwd", "a/../../b", "..\\a", "C:/a"])
def test_a_resource_lies_within_the_program(name):
    with pytest.raises(ValueError, match="ships"):
        resource(name)


def installed(tmp_path, resources):
    """A copy of the package without a checkout around it, and its resource where told."""
    site = tmp_path / "site"
    for part in ("__init__.py", "core/__init__.py", "core/errors.py", "core/installed.py"):
        (site / "latentsync_studio" / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PACKAGE / part, site / "latentsync_studio" / part)
    (site / "latentsync_studio" / "storage").mkdir()
    for part in ("storage/__init__.py", "storage/paths.py"):
        shutil.copy(PACKAGE / part, site / "latentsync_studio" / part)
    card = tmp_path / resources / "models" / "card.txt"
    card.parent.mkdir(parents=True)
    card.write_text("card")
    return site, card


def shown(site, code=SHOW, **environment):
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(site)!r}); {code}"],
        capture_output=True,
        check=True,
        text=True,
        cwd=site,
        env={"PYTHONNOUSERSITE": "1", **environment},
    )
    return Path(run.stdout.strip())


def test_a_wheel_brings_them_below_share(tmp_path):
    site, card = installed(tmp_path, "site/share/latentsync-studio/resources")
    assert shown(site) == card


def test_a_user_installation_has_them_below_its_own_share(tmp_path):
    site, card = installed(tmp_path, "base/share/latentsync-studio/resources")
    assert shown(site, PYTHONUSERBASE=str(tmp_path / "base")) == card


def test_a_frozen_program_brings_them_itself(tmp_path):
    site, card = installed(tmp_path, "bundle/resources")
    assert shown(site, f"sys._MEIPASS = {str(tmp_path / 'bundle')!r}; {SHOW}") == card
