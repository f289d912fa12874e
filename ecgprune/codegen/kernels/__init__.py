"""One module per kernel family: when its kernels fit a layer, how they want the weights packed, and what they cost.

    plain C                        direct, direct_s16; matrix, matrix_streams (FULLY_CONNECTED)
    SMLAL                          smlal (sparse, two positions per word), smlal_codes (12-bit codes)
    SMLAD (Cortex-M4, M7, M33)     smlad (1x4 blocks), dual, row_smlad; depthwise_3x3, depthwise_row, depthwise_smlad
    Helium (Cortex-M55)            helium, helium_dense, helium_s16, row_helium, depthwise_helium; gather, planes

The C of a family is in firmware/lib/nn, whose README.md has each kernel with its trick and its bound. The modules of
codegen/ops offer these kernels as variants of their operators; codegen/selection.py selects among them.
"""
