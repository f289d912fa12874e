"""What CI asks of a result: budgets, a comparison with another result, test reports, what it was made of."""

__all__ = ["ATTESTED"]

ATTESTED = ("sbom.cdx.json", "provenance.intoto.json", "SHA256SUMS", "SHA256SUMS.sig")
"""The files that `ecgprune attest` writes into a folder of artefacts."""
