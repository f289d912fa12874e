"""What the modules of codegen/ops share when they lower an operator to kernel calls.

`checks` refuses what is not supported. `weights`, `weights_s16`, `window`, `phases` and `rescaling` serve convolutions
and matrices; `broadcast`, `reduction`, `movement` the operators of those kinds; `lookup`, `linear_sum`, `sigmoids` and
`sigmoid_s16` functions of single bytes or words.
"""
