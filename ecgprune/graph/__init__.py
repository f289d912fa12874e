"""The int8 model as a graph: the one reader of .tflite files, its verifier, and constant folding.

    reading      tflite (the flatbuffer) > verifier > reader.read, which gives a frozen graph.Graph
    folding      folding.fold, by evaluate (constants), identities (copies), dilation and tables
    state        variables and state: tensors that keep their values between invocations
    names        enums, tflm_builtins, precision

Read first: `graph.Graph`, then `reader.read`. Verification runs the graph as read; code is generated from the folded
one.
"""
