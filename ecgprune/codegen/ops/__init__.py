"""One module per operator, under the name of its kernel in firmware/kernels/.

Each defines `lower(graph, op) -> KernelCall` (or several candidates: see its docstring) and raises
`UnsupportedOperatorError` for a form it does not know. `LOWERINGS` maps TFLite builtin names to them.
"""
