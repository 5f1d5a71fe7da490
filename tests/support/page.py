"""The status page in a real browser, as a person reads it."""

from __future__ import annotations

PATIENCE_S = 30


class Page:
    """The page as a person reads it."""

    def __init__(self, driver, url: str) -> None:
        self.driver = driver
        self.url = url

    def open(self, width: int = 1280, height: int = 800) -> Page:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        # The page of the test before goes on asking its server, which is gone, until another one is opened.
        self.driver.get("about:blank")
        self.driver.get_log("browser")
        self.driver.get(self.url)
        return self.until("document.body.dataset.contact !== 'waiting'")

    def run(self, script: str):
        return self.driver.execute_script(script)

    def until(self, condition: str) -> Page:
        from selenium.webdriver.support.ui import WebDriverWait

        def holds(driver) -> bool:
            return driver.execute_script(f"return Boolean({condition})")

        WebDriverWait(self.driver, PATIENCE_S, 0.05).until(holds, condition)
        return self

    def says(self, element: str, words: str) -> Page:
        return self.until(f"document.getElementById({element!r}).textContent.includes({words!r})")

    def complaints(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
