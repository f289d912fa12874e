"""The ECG databases that ecgprune knows: `registry` reads a <name>.toml for each, `download` fetches its files.

CONTRIBUTING.md, "Add a database", has a template of the data file.
"""
