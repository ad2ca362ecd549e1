# SPDX-License-Identifier: Apache-2.0
"""A server with a tab that looks at it."""

import json
from dataclasses import dataclass

from support.browser import Page
from ui.pages import Look, common, filled, told


def bearing(text: str, among: str = "*") -> str:
    """A script for the last element that is seen and whose text, label or placeholder is this, and none within it."""
    return f"""(() => {{
        const bears = (one) => one.checkVisibility() && [one.textContent.trim(), one.ariaLabel,
            one.placeholder].includes({json.dumps(text)});
        const all = [...document.querySelectorAll({json.dumps(among)})].filter(bears);
        return all.filter((one) => !all.some((other) => other !== one && one.contains(other))).at(-1);
    }})()"""


# What opens by itself on a first visit: a panel of an agent that runs on the machine of MLflow's own server only, and
# praise of the registry's pages in the earlier wheel, over the page of a version.
NOT_THE_FIRST_VISIT = """try {
    localStorage.setItem('mlflow.assistant.fab.autoOpenedOnFirstLoad_v1', 'true');
    localStorage.setItem('_mlflow_model_registry_promo_modal_dismissed', 'true');
} catch {}"""


@dataclass
class Site:
    url: str
    names: dict  # symbol to the server's own name
    page: Page

    def __post_init__(self):
        self.page.call("Page.addScriptToEvaluateOnNewDocument", source=NOT_THE_FIRST_VISIT)

    def open(self, path: str) -> None:
        """Goes to an address behind the #, as a click on a link of the page does. Returns before it stands."""
        self.page.forget()
        address = f"{self.url}/#{filled(path, self.names)}"
        if not self.page.run(f"location.href.startsWith('{self.url}/')"):
            self.page.go(address)
            return
        self.page.call("Page.navigate", url=address)

    def click(self, text: str, among: str = "*") -> None:
        """Clicks on what bears the text: the last of those that are seen, which a dialog's is."""
        self.page.click(bearing(text, among), text)

    def shows(self, look: Look) -> bool:
        """Whether the page stands: all is there that it asked for, and so are the words."""
        if not self.page.is_idle():
            return False
        text = self.page.text()
        return all(filled(words, self.names) in text for words in look.shows)

    def text(self) -> str:
        return common(self.page.text(), self.url, self.names)

    def complaints(self) -> set:
        return told(self.page.complaints, self.url, self.names)

    def outside(self) -> set:
        """What was asked for elsewhere."""
        return {url for url in self.page.asked if not url.startswith(self.url + "/")}
