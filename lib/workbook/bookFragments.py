"""Markdown and code as HTML for the book.

python bookFragments.py < [{"kind": "markdown" | "typescript", "source": text}, ...]   writes a JSON list of HTML texts.

Markdown is read as Jupyter reads it (nbconvert's mistune rules). An equation is left as <tex-inline> or <tex-block>, for KaTeX.
"""

import html
import json
import re
import sys
import unicodedata

from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

FORMATTER = HtmlFormatter(nowrap=True)


def code(source, language):
    try:
        inner = highlight(source.strip("\n"), get_lexer_by_name(language), FORMATTER).rstrip("\n")
    except ClassNotFound:
        inner = html.escape(source.strip("\n"), quote=False)
    return f'<pre class="code"><code>{inner}</code></pre>\n'


def slug(name):
    text = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-") or "section"


class BookRenderer(IPythonRenderer):
    def heading(self, text, level, **attrs):
        # Its text with the equations' TeX, before KaTeX makes spans of them.
        name = html.unescape(re.sub(r"<[^>]*>", "", text))
        return f'<h{level} id="{slug(name)}" data-name="{html.escape(name)}">{text}</h{level}>\n'

    def block_code(self, source, info=None):
        return code(source, (info or "text").split()[0])

    def block_math(self, body):
        return f"<tex-block>{html.escape(body)}</tex-block>"

    def inline_math(self, body):
        return f"<tex-inline>{html.escape(body)}</tex-inline>"

    def latex_environment(self, name, body):
        return self.block_math(f"\\begin{{{name}}}{body}\\end{{{name}}}")

    def link(self, text, url, title=None):
        # A link between notebooks is one between pages here.
        return super().link(text, re.sub(r"^(?:\./)?([\w.-]+)\.ipynb(?=$|#)", r"\1.html", url), title)


def fragment(kind, source):
    if kind == "typescript":
        return code(source, "typescript")
    return MarkdownWithMath(renderer=BookRenderer(escape=False)).render(source)


if __name__ == "__main__":
    json.dump([fragment(part["kind"], part["source"]) for part in json.load(sys.stdin)], sys.stdout)
