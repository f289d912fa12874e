"""Models A and B of the issue's measure, with random weights: what `make bench` and `make calibrate` work on."""

NETWORKS = {"A": ("acharya", 260), "B": ("plain", 180)}
PATTERNS = {
    "dense": ("weight", 0.0),
    **{f"{kind} {share}%": (kind, share / 100) for kind in ("weight", "block") for share in (60, 80, 90)},
}
SEED = 1


def specimens(patterns=tuple(PATTERNS)):
    """(model, pattern, .tflite) of each."""
    from ecgprune.pipeline.specimen import specimen

    for model, (network, window) in NETWORKS.items():
        for pattern in patterns:
            yield model, pattern, specimen(network, window, *PATTERNS[pattern], SEED)
