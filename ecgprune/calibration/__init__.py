"""Calibrates the cost model: measures all kernel variants of many layers on QEMU, and fits coefficients to the counts.

    cases = suite.layers(seed=1)    # graphs of one operator each, or of a convolution and its pool
    found = measuring.measure(cases, firmware.board("mps2_an386"))
    fitting.write(fitting.fit(found), cost.FOLDER)

What is measured is what `codegen.plan.variants` offers for the cases in the operators' specifications: a new kernel is
calibrated without being named here.
"""
