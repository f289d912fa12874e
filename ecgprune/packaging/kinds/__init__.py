"""Kinds of packages, one module for each: `cmsis_pack.py` is the kind "cmsis-pack". Each has a `KIND`.

A kind gives the texts of a `Package` their places, and adds the files of its build system. Adding one is adding a
module here and its templates in templates/<kind>/, use.md.j2 among them, the README's part on how to use it.
"""
