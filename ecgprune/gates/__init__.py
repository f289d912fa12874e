"""What CI asks of a result: is it within its budget, how does it differ from another one, what was it made of?

`results` reads every result file alike, `compare` and `budget` judge it, `junit` writes the verification for CI
servers, `sbom` and `provenance` state what artefacts are made of. Read first: `results.Result`.
"""

__all__ = ["ATTESTED"]

ATTESTED = ("sbom.cdx.json", "provenance.intoto.json", "SHA256SUMS", "SHA256SUMS.sig")
"""The files that `ecgprune attest` writes into a folder of artefacts."""
