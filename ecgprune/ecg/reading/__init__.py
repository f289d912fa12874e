"""Reads WFDB records as PhysioNet's header(5), signal(5) and annot(5) describe them; `ecg.records` is the way in.

`folder` finds the records, `header` reads what a record holds, `segments` and `signals` its samples, and `annotations`
its beats.
"""
