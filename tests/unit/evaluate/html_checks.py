"""Reads HTML strictly: what a browser would repair in silence is a fault here."""

from html.parser import HTMLParser

VOID = {"meta", "img", "br", "hr", "link", "input"}


class Element:
    def __init__(self, tag: str, attributes: dict[str, str | None], inside: list[str]) -> None:
        self.tag, self.attributes, self.inside = tag, attributes, inside
        self.text = ""


class StrictHtml(HTMLParser):
    """Elements with their text, and faults of the whole document."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.faults: list[str] = []
        self._open: list[Element] = []
        self.feed(page)
        self.close()
        self.faults += [f"<{element.tag}> is not closed" for element in self._open]
        self._check_ids()
        self._check_headings()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs), [each.tag for each in self._open])
        if len(element.attributes) != len(attrs):
            self.faults.append(f"<{tag}> has an attribute twice")
        if tag in ("p", "table", "div", "figure", "ul", "ol", "section", "h1", "h2", "h3") and (
            "p" in element.inside
        ):
            self.faults.append(f"<{tag}> inside <p>")
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1].tag != tag:
            self.faults.append(f"</{tag}> closes {[each.tag for each in self._open[-2:]]}")
            return
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == tag]

    def of_class(self, name: str) -> list[Element]:
        return [
            element
            for element in self.elements
            if name in (element.attributes.get("class") or "").split()
        ]

    def _check_ids(self) -> None:
        ids = [e.attributes["id"] for e in self.elements if "id" in e.attributes]
        self.faults += [f"id {each} twice" for each in set(ids) if ids.count(each) > 1]
        for element in self.elements:
            named = element.attributes.get("aria-labelledby")
            if named is not None and named not in ids:
                self.faults.append(f"<{element.tag}> is labelled by {named}, which is missing")
            target = element.attributes.get("href")
            if target is not None and target.removeprefix("#") not in ids:
                self.faults.append(f"link to {target}, which is missing")

    def _check_headings(self) -> None:
        before = 0
        for element in self.elements:
            if len(element.tag) == 2 and element.tag[0] == "h" and element.tag[1].isdigit():
                level = int(element.tag[1])
                if before and level > before + 1:
                    self.faults.append(f"<{element.tag}> follows <h{before}>")
                before = level
