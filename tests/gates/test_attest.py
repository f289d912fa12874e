"""SBOM, provenance, sums and signature of a build."""

import hashlib
import json
import shutil
import subprocess

import pytest
from cli_calls import call, refused, small_tflite
from firmware_models import needs

from ecgprune.artifacts import sha256_file
from ecgprune.pipeline.run_folder import RunFolder, Step
from ecgprune.pipeline.tflite_folder import opened

WRITTEN = ["sbom.cdx.json", "provenance.intoto.json", "SHA256SUMS", "SHA256SUMS.sig"]


@pytest.fixture
def built(broken, tmp_path):
    return shutil.copytree(broken[1], tmp_path / "my out")


def attested(folder):
    done = call("attest", folder, "--format", "json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["written"] == WRITTEN[:3]
    return [(folder / name).read_bytes() for name in WRITTEN[:3]]


def test_every_artefact_is_a_subject_and_what_the_firmware_is_made_of_a_component(built):
    first = attested(built)
    assert attested(built) == first
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=built, check=True)
    origin, bill = (json.loads((built / name).read_text()) for name in ("provenance.intoto.json", "sbom.cdx.json"))
    subjects = {subject["name"]: subject["digest"]["sha256"] for subject in origin["subject"]}
    here = {p.relative_to(built).as_posix() for p in built.rglob("*") if p.is_file() and p.name[0] != "."}
    assert set(subjects) == here - set(WRITTEN)
    model = hashlib.sha256(small_tflite()).hexdigest()
    made = origin["predicate"]["buildDefinition"]
    assert {"name": "MODEL", "digest": {"sha256": model}} in made["resolvedDependencies"]
    assert made["externalParameters"]["command"].startswith("ecgprune build MODEL --name model --runtime native ")
    components = {component["bom-ref"]: component for component in bill["components"]}
    assert components["model"]["hashes"] == [{"alg": "SHA-256", "content": model}]
    elf = "images/mps2_an386/firmware.elf"
    assert components[f"image:{elf}"]["hashes"][0]["content"] == sha256_file(built / elf)
    kernels = {file["name"] for file in components["sources:cortex-m4"]["components"]}
    assert {"model.c", "ecgp_relu.c"} <= kernels
    assert components["tool:arm-none-eabi-gcc"]["scope"] == "excluded"
    packages = {c["name"] for c in bill["components"] if c.get("purl")}
    assert {"numpy", "pydantic-core", "ai-edge-litert"} <= packages
    assert not packages & {"pytest", "tensorflow", "pyocd"}
    refs = [c["bom-ref"] for c in (*bill["components"], *components["sources:cortex-m4"]["components"])]
    assert len(set(refs)) == len(refs)
    assert set(bill["dependencies"][0]["dependsOn"]) < set(refs)


def test_a_signature_holds_for_the_artefacts_and_for_no_others(built, tmp_path):
    needs("ssh-keygen")
    key = tmp_path / "my key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key], check=True)
    assert call("attest", built, "--key", key).stdout.splitlines() == [str(built / name) for name in WRITTEN]
    (tmp_path / "allowed").write_text(f"me {key.with_suffix('.pub').read_text()}")
    verify = ["ssh-keygen", "-Y", "verify", "-f", tmp_path / "allowed", "-I", "me", "-n", "ecgprune",
              "-s", built / "SHA256SUMS.sig"]  # fmt: skip
    sums = (built / "SHA256SUMS").read_bytes()
    assert subprocess.run(verify, input=sums, capture_output=True).returncode == 0
    assert subprocess.run(verify, input=sums.replace(b"model.c", b"model.d"), capture_output=True).returncode != 0
    said = refused("attest", built, "--key", tmp_path / "allowed", "-q")
    assert said.startswith(f"{tmp_path / 'allowed'} does not sign: ")
    assert not (built / "SHA256SUMS.sig").exists()
    said = refused("attest", built, "--key", tmp_path / "none")
    assert said.startswith(f"no file {tmp_path / 'none'}; --key takes a")


def test_what_is_no_longer_as_it_was_made_is_not_attested(built, tmp_path):
    attested(built)
    (built / "plan.json").write_text((built / "plan.json").read_text() + " ")
    said = refused("attest", built)
    assert said == f"{built / 'plan.json'} is not what SHA256SUMS says; make it again before it is attested"
    with opened(built):
        assert not any((built / name).exists() for name in WRITTEN)
    (tmp_path / "empty").mkdir()
    assert refused("attest", tmp_path / "empty").endswith("nor one of `ecgprune build MODEL`: it has no images")
    assert list((tmp_path / "empty").iterdir()) == []
    assert refused("attest", tmp_path / "none").startswith(f"no folder {tmp_path / 'none'}; expected one of a finished")


@pytest.mark.parametrize("sums", [lambda run, step: run.write_sums([step]), RunFolder.renew_sums])
def test_a_run_keeps_its_attestation_until_an_artefact_changes(sums, tmp_path):
    run = RunFolder(tmp_path, {}, "config.toml")
    for name in ("config.toml", "a"):
        (tmp_path / name).write_text("1")
    step = Step("s", "", (), ("a",), lambda progress: None)
    run.write_sums([step])
    signed = (tmp_path / "SHA256SUMS").read_text() + f"{'0' * 64}  sbom.cdx.json\n"
    (tmp_path / "SHA256SUMS").write_text(signed)
    (tmp_path / "sbom.cdx.json").write_text("{}")
    sums(run, step)
    assert (tmp_path / "SHA256SUMS").read_text() == signed
    (tmp_path / "a").write_text("2")
    sums(run, step)
    assert "sbom" not in (tmp_path / "SHA256SUMS").read_text()
    assert not (tmp_path / "sbom.cdx.json").exists()
