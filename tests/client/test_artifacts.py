# SPDX-License-Identifier: Apache-2.0
"""Artifacts of a run through the stock client: what was logged is listed and comes back byte for byte."""

import hashlib
import io
import json
from pathlib import Path

import matplotlib.pyplot as plt
import mlflow
import numpy as np
import pandas as pd
import pytest
import requests
from PIL import Image

from client.shared import MIB, error_of


@pytest.fixture
def active(experiment_id):
    with mlflow.start_run() as run:
        yield run.info.run_id


def listing(run_id: str, path=None) -> dict:
    """Path -> size, or None for a folder."""
    return {info.path: None if info.is_dir else info.file_size
            for info in mlflow.artifacts.list_artifacts(run_id=run_id, artifact_path=path)}


def download(run_id: str, path: str, to: Path) -> Path:
    return Path(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=path, dst_path=str(to)))


def tree(root: Path) -> dict:
    """Relative path -> bytes of every file below root."""
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_log_text_is_listed_and_loaded(active):
    mlflow.log_text("hello, wörld\n", "dir/sub/hello.txt")
    assert listing(active) == {"dir": None}
    assert listing(active, "dir") == {"dir/sub": None}
    assert listing(active, "dir/sub") == {"dir/sub/hello.txt": len("hello, wörld\n".encode())}
    assert mlflow.artifacts.load_text(f"runs:/{active}/dir/sub/hello.txt") == "hello, wörld\n"


def test_log_dict_is_loaded_as_the_same_dict(active):
    value = {"a": 1, "b": [0.1, None, True], "ü": {"nested": "🙂"}}
    mlflow.log_dict(value, "config.json")
    assert mlflow.artifacts.load_dict(f"runs:/{active}/config.json") == value


def test_log_stream_stores_the_bytes(active, tmp_path):
    mlflow.log_stream(io.BytesIO(b"\x00\x01streamed\xff"), "stream.bin")
    assert download(active, "stream.bin", tmp_path).read_bytes() == b"\x00\x01streamed\xff"


def test_an_empty_file_is_a_file(active, tmp_path):
    empty = tmp_path / "empty.bin"
    empty.touch()
    mlflow.log_artifact(str(empty))
    (listed,) = mlflow.artifacts.list_artifacts(run_id=active)
    assert (listed.path, listed.is_dir) == ("empty.bin", False)
    assert download(active, "empty.bin", tmp_path / "back").read_bytes() == b""


def test_log_artifact_overwrites(active, tmp_path):
    for content in (b"first, and longer", b"second"):
        (tmp_path / "file.bin").write_bytes(content)
        mlflow.log_artifact(str(tmp_path / "file.bin"), "kept")
    assert listing(active, "kept") == {"kept/file.bin": len(b"second")}
    assert download(active, "kept/file.bin", tmp_path / "back").read_bytes() == b"second"


@pytest.mark.parametrize("name", ["with space.txt", "semi;colon.txt", 'quo"te.txt', "plus+100%.txt", "日本語.txt",
                                  "a&b=c.txt", "~tilde.txt", ".hidden", "back\\slash.txt"])
def test_odd_file_names_come_back(active, tmp_path, name):
    (tmp_path / name).write_bytes(name.encode())
    mlflow.log_artifact(str(tmp_path / name), "odd")
    assert listing(active, "odd") == {f"odd/{name}": len(name.encode())}
    assert tree(download(active, "odd", tmp_path / "back")) == {name: name.encode()}


def test_a_directory_comes_back_whole(active, tmp_path):
    source = tmp_path / "source"
    for number in range(12):
        path = source / f"level{number % 3}" / f"file{number}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes([number]) * (number * 1000))
    (source / "top.txt").write_text("top")
    mlflow.log_artifacts(str(source), "data")
    assert listing(active, "data") == {"data/level0": None, "data/level1": None, "data/level2": None,
                                       "data/top.txt": 3}
    assert tree(download(active, "data", tmp_path / "some")) == tree(source)
    whole = download(active, "", tmp_path / "all")
    assert tree(whole) == {f"data/{path}": content for path, content in tree(source).items()}


def test_a_missing_artifact_is_reported(active, tmp_path):
    mlflow.log_text("x", "there.txt")
    assert listing(active, "nowhere") == {}
    with pytest.raises(Exception, match="No such artifact|nowhere.txt"):
        download(active, "nowhere.txt", tmp_path)
    assert not (tmp_path / "nowhere.txt").exists()


def test_a_path_that_leaves_the_run_is_refused(client, active):
    with pytest.raises(requests.HTTPError, match="Invalid path") as caught:
        client.list_artifacts(active, "../..")
    assert caught.value.response.status_code == 400
    error_of(client.log_text, active, "x", "../x.txt")
    assert listing(active) == {}


def test_64_mib_come_back_the_same(active, tmp_path):
    block = np.random.default_rng(64).bytes(MIB)
    path = tmp_path / "big.bin"
    path.write_bytes(block * 64)
    mlflow.log_artifact(str(path))
    assert listing(active) == {"big.bin": 64 * MIB}
    back = download(active, "big.bin", tmp_path / "back")
    assert hashlib.sha256(back.read_bytes()).digest() == hashlib.sha256(path.read_bytes()).digest()


def test_a_file_logged_in_two_runs_outlives_neither(client, experiment_id, tmp_path):
    """Equal bytes may be stored once; they are still two artifacts."""
    (tmp_path / "same.bin").write_bytes(b"same" * 5000)
    first, second = (client.create_run(experiment_id).info.run_id for _ in range(2))
    for run_id in (first, second):
        client.log_artifact(run_id, str(tmp_path / "same.bin"))
    (tmp_path / "same.bin").write_bytes(b"other")
    client.log_artifact(first, str(tmp_path / "same.bin"))
    assert download(first, "same.bin", tmp_path / "1").read_bytes() == b"other"
    assert download(second, "same.bin", tmp_path / "2").read_bytes() == b"same" * 5000


def test_log_image_as_a_file(active, tmp_path):
    pixels = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    mlflow.log_image(pixels, "image.png")
    assert np.array_equal(np.asarray(Image.open(download(active, "image.png", tmp_path))), pixels)
    assert np.array_equal(np.asarray(mlflow.artifacts.load_image(f"runs:/{active}/image.png")), pixels)


def test_log_image_with_key_and_step_is_a_series(client, active, tmp_path):
    for step in range(3):
        mlflow.log_image(np.full((8, 8, 3), step * 40, dtype=np.uint8), key="sample", step=step, timestamp=step,
                         synchronous=True)
    files = sorted(info.path for info in client.list_artifacts(active, "images"))
    assert len(files) == 6
    for step in range(3):
        png, = (path for path in files if f"step+{step}+" in path.replace("%", "+") and path.endswith(".png"))
        pixels = np.asarray(Image.open(download(active, png, tmp_path)))
        assert np.array_equal(pixels, np.full((8, 8, 3), step * 40, dtype=np.uint8))
    assert sum(path.endswith(".webp") for path in files) == 3
    assert client.get_run(active).data.tags["mlflow.loggedImages"] == "True"


def test_log_table_appends_and_loads(client, active, experiment_id):
    first = pd.DataFrame({"question": ["a", "ü"], "score": [0.5, 1.5]})
    second = pd.DataFrame({"question": ["c"], "score": [2.5]})
    mlflow.log_table(first, "table.json")
    mlflow.log_table(second, "table.json")
    loaded = mlflow.load_table("table.json", run_ids=[active])
    expected = pd.concat([first, second], ignore_index=True)
    pd.testing.assert_frame_equal(loaded, expected, check_dtype=False)
    logged = json.loads(client.get_run(active).data.tags["mlflow.loggedArtifacts"])
    assert logged == [{"path": "table.json", "type": "table"}]


def test_load_table_gathers_the_tables_of_an_experiment(experiment_id):
    ids = set()
    for number in range(2):
        with mlflow.start_run() as run:
            mlflow.log_table({"n": [number]}, "t.json")
            ids.add(run.info.run_id)
    loaded = mlflow.load_table("t.json", extra_columns=["run_id"])
    assert set(loaded["run_id"]) == ids
    assert sorted(loaded["n"]) == [0, 1]


def test_log_figure_stores_a_picture(active, tmp_path):
    figure, axes = plt.subplots(figsize=(2, 1), dpi=50)
    axes.plot([0, 1], [1, 0])
    mlflow.log_figure(figure, "plots/line.png")
    plt.close(figure)
    assert Image.open(download(active, "plots/line.png", tmp_path)).size == (100, 50)


def test_artifacts_of_a_deleted_run_can_still_be_read(client, run_id, tmp_path):
    client.log_text(run_id, "kept", "kept.txt")
    client.delete_run(run_id)
    assert download(run_id, "kept.txt", tmp_path).read_text() == "kept"
