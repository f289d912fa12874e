"""Training, pruning and quantization: the only package that imports tensorflow, tf_keras and tfmot.

Importing this package is cheap; importing one of its modules loads TensorFlow (8 to 20 seconds).

    engine                 task (what is trained for), loop, stage (one pruning), kernels, masks, zeros
    what to prune          allocation, threshold; channels and channel_* (whole channels)
    ECG pipeline           models, beats, augment, fit, prune
    models of users        own, own_options, samples, samples_task, objectives, outcome; imported/, user_model
    int8                   quantize, qat; post_training, equalization, bias_correction, litert
                           conversion, height_one, recurrent, stored

Read first: `stage.py`, which prunes any model for any task; `prune.py` and `own.py` call it for both kinds of models.
"""
