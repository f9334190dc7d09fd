"""Fails if a page of a built site links to a page, a file or an anchor that is not there. Argument: the site's folder."""

import html.parser
import pathlib
import sys
import urllib.parse


class Page(html.parser.HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.links, self.anchors = [], set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("href", "src") and value is not None:
                self.links.append(value)
            elif name in ("id", "name") and value is not None:
                self.anchors.add(value)


def broken_links(site):
    pages = {path.resolve(): Page(path) for path in sorted(site.rglob("*.html"))}
    count = 0
    for path, page in pages.items():
        for link in page.links:
            url = urllib.parse.urlsplit(link)
            if url.scheme or url.netloc:
                continue
            count += 1
            target = (path.parent / urllib.parse.unquote(url.path)).resolve() if url.path else path
            if not target.is_file():
                yield f"{path.relative_to(site)}: {link}: no such file"
            elif url.fragment and target in pages and url.fragment not in pages[target].anchors:
                # Furo's own links to the top of a page.
                if url.fragment not in ("", "top"):
                    yield f"{path.relative_to(site)}: {link}: no such anchor"
    print(f"{len(pages)} pages, {count} links within the site")
    if len(pages) < 20 or count < 1000:
        yield "fewer pages or links than the site has"


site = pathlib.Path(sys.argv[1]).resolve()
broken = list(broken_links(site))
print("\n".join(broken))
sys.exit(1 if broken else 0)
