# SPDX-License-Identifier: Apache-2.0
"""Uploads in parts by the stock client, to part addresses that the server itself serves."""

import hashlib
import os

import mlflow
import numpy as np
import pytest
import requests
from mlflow.store.artifact.mlflow_artifacts_repo import MlflowArtifactsRepository

from client.shared import MIB, better_than_upstream

pytestmark = better_than_upstream("with a local folder there is no multipart upload")

PART = 5 * MIB
SIZE = 12 * MIB + 345  # three parts, the last of them small


@pytest.fixture
def in_parts(monkeypatch):
    """The client's own switches."""
    monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD", "true")
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", str(6 * MIB))
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", str(PART))


@pytest.fixture
def big_file(tmp_path):
    path = tmp_path / "big.bin"
    path.write_bytes(np.random.default_rng(12).bytes(SIZE))
    return path


def sha256(path) -> str:
    with open(path, "rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


@pytest.fixture
def puts(monkeypatch) -> list:
    """The part addresses that the client PUTs to."""
    seen, put = [], requests.put

    def record(url, **options):
        seen.append(url)
        return put(url, **options)

    monkeypatch.setattr(requests, "put", record)
    return seen


def test_a_file_uploaded_in_parts_comes_back_the_same(client, run_id, in_parts, puts, big_file, tmp_path):
    client.log_artifact(run_id, str(big_file), "deep/folder")
    assert len(set(puts)) == 3
    (listed,) = client.list_artifacts(run_id, "deep/folder")
    assert (listed.path, listed.file_size) == ("deep/folder/big.bin", SIZE)
    back = client.download_artifacts(run_id, "deep/folder/big.bin", str(tmp_path / ""))
    assert sha256(back) == sha256(big_file)


def test_an_upload_in_parts_replaces_the_file_at_once(client, run_id, in_parts, big_file, tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "big.bin").write_bytes(b"old")
    client.log_artifact(run_id, str(tmp_path / "old" / "big.bin"))
    client.log_artifact(run_id, str(big_file))
    (tmp_path / "back").mkdir()
    assert sha256(client.download_artifacts(run_id, "big.bin", str(tmp_path / "back"))) == sha256(big_file)


def test_nothing_is_visible_before_the_upload_is_complete(client, run, in_parts, big_file):
    run_id = run.info.run_id
    repository = MlflowArtifactsRepository(run.info.artifact_uri, client.tracking_uri)
    created = repository.create_multipart_upload(str(big_file), num_parts=3)
    assert [credential.part_number for credential in created.credentials] == [1, 2, 3]
    part = repository._upload_part(created.credentials[0], str(big_file), PART, 0)
    assert part.etag
    assert client.list_artifacts(run_id) == []
    repository.abort_multipart_upload(str(big_file), created.upload_id)
    assert client.list_artifacts(run_id) == []
    refused = requests.put(created.credentials[1].url, data=b"too late", timeout=30)
    assert 400 <= refused.status_code < 500


def test_a_lost_part_refuses_the_whole_file(client, run, in_parts, big_file):
    repository = MlflowArtifactsRepository(run.info.artifact_uri, client.tracking_uri)
    created = repository.create_multipart_upload(str(big_file), num_parts=3)
    parts = [repository._upload_part(credential, str(big_file), PART, PART * number)
             for number, credential in enumerate(created.credentials[:2])]
    parts.append(type(parts[0])(part_number=3, etag=parts[0].etag, url=created.credentials[2].url))
    with pytest.raises(requests.HTTPError) as caught:
        repository.complete_multipart_upload(str(big_file), created.upload_id, parts)
    assert 400 <= caught.value.response.status_code < 500
    assert client.list_artifacts(run.info.run_id) == []


def test_a_part_address_that_was_tampered_with_is_refused(client, run, in_parts, big_file):
    repository = MlflowArtifactsRepository(run.info.artifact_uri, client.tracking_uri)
    created = repository.create_multipart_upload(str(big_file), num_parts=2)
    url = created.credentials[0].url
    tampered = url[:-1] + ("0" if url[-1] != "0" else "1")
    assert requests.put(tampered, data=b"x", timeout=30).status_code in (400, 403)
    repository.abort_multipart_upload(str(big_file), created.upload_id)


def test_a_model_with_a_big_file_is_logged_in_parts(client, experiment_id, in_parts, puts, tmp_path):
    class Heavy(mlflow.pyfunc.PythonModel):
        def predict(self, context, model_input, params=None):
            return [os.path.getsize(context.artifacts["weights"])]

    weights = tmp_path / "weights.bin"
    weights.write_bytes(b"w" * SIZE)
    with mlflow.start_run():
        info = mlflow.pyfunc.log_model(name="heavy", python_model=Heavy(), artifacts={"weights": str(weights)},
                                       pip_requirements=["mlflow"])
    assert len(set(puts)) == 3
    assert mlflow.pyfunc.load_model(info.model_uri).predict([0]) == [SIZE]
