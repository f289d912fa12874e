"""Checks of packages, one module for each ecosystem; see tools/check_packages.py."""
