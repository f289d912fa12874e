"""TensorFlow, loaded quietly, and set up so that the same seed gives the same bytes."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator

__all__ = ["THREADS", "ConverterError", "hushed", "keras", "pruning_impl", "seed_everything", "tf", "tfmot"]

THREADS = 2
"""How sums are split over threads decides how they are rounded, so the number must not be the machine's."""


@contextlib.contextmanager
def hushed() -> Iterator[None]:
    """Keeps what C++ and Python write to stdout and stderr off the terminal, unless the block raises.

    TensorFlow logs some lines before it reads its own log level, and its converter ignores that level.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    with tempfile.TemporaryFile() as sink:
        saved = [(number, os.dup(number)) for number in (1, 2)]
        failed = False
        try:
            for number, _ in saved:
                os.dup2(sink.fileno(), number)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        except ImportError:
            raise  # which names the package: enough
        except Exception:
            failed = True
            raise
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, copy in saved:
                os.dup2(copy, number)
                os.close(copy)
            if failed:
                sink.seek(0)
                sys.stderr.write(sink.read().decode(errors="replace"))


@contextlib.contextmanager
def _without_keras3() -> Iterator[None]:
    """Makes an import of Keras 3 fail, unless it is loaded.

    tfmot looks in the package keras for a part of Keras 2, and goes on where there is none. Loading Keras 3 for that,
    which never has it, takes as long as tf_keras.
    """
    loaded = "keras" in sys.modules
    sys.modules.setdefault("keras", None)  # type: ignore[arg-type]
    try:
        yield
    finally:
        if not loaded:
            del sys.modules["keras"]


with hushed():
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf
    import tf_keras as keras
    from tensorflow.lite.python.convert_phase import ConverterError

    # isort: split
    with _without_keras3():
        import tensorflow_model_optimization as tfmot  # without tf_keras it fails in words of its own
        from tensorflow_model_optimization.python.core.sparsity.keras import pruning_impl

    tf.get_logger().setLevel("ERROR")
    with contextlib.suppress(RuntimeError):  # other code in this process has used TensorFlow before
        tf.config.threading.set_intra_op_parallelism_threads(THREADS)
        tf.config.threading.set_inter_op_parallelism_threads(THREADS)


def seed_everything(seed: int) -> None:
    """Starts a stage: a clean session, deterministic operators, and every generator seeded with `seed`."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
