"""The Jinja environment that every template of ecgprune is rendered in."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import jinja2

__all__ = ["environment", "rendered"]


@functools.cache
def environment(package: str, *shared: str, autoescape: bool = False) -> jinja2.Environment:
    """The environment for the folder templates/ of a package.

    A name that a template uses and nobody gave is an error. A line that holds only a block tag leaves no empty line.

    Args:
        package: a package of ecgprune, such as "ecgprune.codegen".
        shared: packages whose templates may be used as well.
        autoescape: escape values for HTML. False is for C, Markdown and build files, where "<" must stay "<".
    """
    return jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.PackageLoader(name, "templates") for name in (package, *shared)]),
        undefined=jinja2.StrictUndefined,
        autoescape=autoescape,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def rendered(
    package: str, templates: Mapping[str, str], values: Mapping[str, Any], shared: tuple[str, ...] = ()
) -> dict[str, str]:
    """Renders templates, without escaping.

    Args:
        package: the package in whose templates/ they are, such as "ecgprune.codegen".
        templates: {file name: template}.
        values: what all templates take.
        shared: other packages with templates that these may include.

    Returns:
        {file name: text}.
    """
    found = environment(package, *shared)
    return {file: found.get_template(template).render(values) for file, template in templates.items()}
