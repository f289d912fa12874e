"""A griffe extension, used by `make docs`: notes of fields and arguments become the sections that Google style has.

A docstring may tell of its fields or arguments in running text, "shape: batch first. dtype: numpy's". The notes are
found by the names that the class or function really has, and shown as a table, as Attributes: and Args: are.
"""

import re

import griffe

SECTIONS = re.compile(r"^(Args|Attributes):$", re.MULTILINE)
NOTE = re.compile(r"(?:^|(?<=[.;] ))((?:\w+, )*\w+): ")


class Notes(griffe.Extension):
    """Rewrites docstrings before they are parsed."""

    def on_class_members(self, *, cls, **_):
        names = {name for name, member in cls.members.items() if member.is_attribute}
        rewrite(cls, names, "Attributes")

    def on_function(self, *, func, **_):
        rewrite(func, {parameter.name for parameter in func.parameters}, "Args")


def rewrite(found, names, title):
    """Rewrites the docstring of a griffe object: placeholders stay text, and notes become a section if it has none."""
    if not found.docstring:
        return
    text = escaped(found.docstring.value)
    found.docstring.value = text if SECTIONS.search(text) else with_section(text, names, title)


def escaped(text):
    """A placeholder such as <name> outside code, which would be a tag in HTML."""
    return "".join(
        part if part.startswith("`") else re.sub(r"<(?=\w)", "&lt;", part) for part in re.split(r"(`[^`]*`)", text)
    )


def with_section(text, names, title):
    """The text with its notes on `names` moved into a section at its end."""
    kept, notes = [], {}
    for paragraph in text.split("\n\n"):
        prose, found = notes_of(paragraph, names)
        kept += [prose] if prose else []
        notes |= found
    section = [f"{title}:", *(f"    {name}: {meaning}" for name, meaning in notes.items())]
    return "\n\n".join([*kept, *(["\n".join(section)] if notes else [])])


def notes_of(paragraph, names):
    """(what stands before the notes, {name: note}) of one paragraph."""
    lines = paragraph.splitlines()
    starts = [at for at, line in enumerate(lines) if (first := NOTE.match(line)) and known(first[1], names)]
    if not starts:
        return paragraph, {}
    joined = " ".join(line.strip() for line in lines[starts[0] :])
    matches = [match for match in NOTE.finditer(joined) if known(match[1], names)]
    ends = [match.start() for match in matches[1:]] + [len(joined)]
    notes = {
        name: joined[match.end() : end].strip()
        for match, end in zip(matches, ends, strict=True)
        for name in match[1].split(", ")
    }
    return "\n".join(lines[: starts[0]]), notes


def known(listed, names):
    return set(listed.split(", ")) <= names
