"""Training, pruning and quantization: the only package that imports tensorflow, tf_keras and tfmot.

Importing this package is cheap; importing one of its modules loads TensorFlow (8 to 20 seconds).
"""
