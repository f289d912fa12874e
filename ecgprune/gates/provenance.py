"""Where artefacts come from: an in-toto statement with SLSA's provenance (v1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ecgprune.gates.sbom import File

__all__ = ["statement"]


def statement(
    subjects: Sequence[File], command: str, settings: Mapping[str, Any], inputs: Mapping[str, str],
    tools: Mapping[str, str], packages: Sequence[Mapping[str, Any]], commit: Mapping[str, Any] | None, version: str,
) -> dict[str, Any]:  # fmt: skip
    """The statement. It carries no time, so that equal artefacts have equal ones.

    Args:
        subjects: the artefacts.
        command: that makes them.
        settings: the config, or what stands in for one.
        inputs: {file that went in: SHA-256}.
        tools: {program: version}.
        packages: CycloneDX components of the Python side.
        commit: "sha1" of the working folder's git commit, and "dirty"; None: it is in no repository.
        version: of ecgprune.
    """
    used: list[dict[str, Any]] = [{"name": name, "digest": {"sha256": digest}} for name, digest in inputs.items()]
    if commit is not None:
        used.append({"name": "git commit of the working folder", "digest": {"gitCommit": commit["sha1"]},
                     "annotations": {"dirty": commit["dirty"]}})  # fmt: skip
    used += [{"name": name, "annotations": {"version": said}} for name, said in sorted(tools.items())]
    used += [{"name": package["name"], "uri": package["purl"]} for package in packages]
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in subjects],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "urn:ecgprune:firmware:1",
                "externalParameters": {"command": command, "settings": dict(settings)},
                "resolvedDependencies": used,
            },
            "runDetails": {"builder": {"id": "urn:ecgprune:cli", "version": {"ecgprune": version}}},
        },
    }
