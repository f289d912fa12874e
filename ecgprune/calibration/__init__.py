"""Calibrates the cost model: measures every form of many layers on QEMU, and fits codegen/cost/coefficients to it.

    cases = suite.layers(seed=1)    # graphs of one operator each, or of a convolution and its pool
    found = measuring.measure(cases, firmware.board("mps2_an386"))
    fitting.write(fitting.fit(found), cost.FOLDER)

What can be measured is what `codegen.plan.forms` offers: a new kernel is calibrated without being named here, if its
features in codegen/cost are complete.
"""
