"""A real browser, spoken to by its own protocol: what it shows, says on its console, and asks the network for."""

import base64
import itertools
import json
import shutil
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect


class Browser:
    """Headless Chromium on a profile of its own."""

    def __init__(self, folder: Path) -> None:
        found = shutil.which("chromium") or shutil.which("chromium-browser")
        assert found, "chromium is missing: apt-get install chromium"
        flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--remote-debugging-port=0",
            f"--user-data-dir={folder}",
        ]
        self._process = subprocess.Popen([found, *flags], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._port, path = _when_there(folder / "DevToolsActivePort").split()
        self._lines = ExitStack()
        self._all = self._connected(path)

    def open(self, address: str, *, width: int = 1400, dark: bool = False) -> "Tab":
        self._all.send(json.dumps({"id": 1, "method": "Target.createTarget", "params": {"url": "about:blank"}}))
        while (said := json.loads(self._all.recv(timeout=30))).get("id") != 1:
            pass
        tab = Tab(self._connected(f"/devtools/page/{said['result']['targetId']}"))
        tab.shape(width=width, dark=dark)
        tab.go(address)
        return tab

    def close(self) -> None:
        self._lines.close()
        self._process.terminate()
        self._process.wait(30)

    def _connected(self, path: str) -> ClientConnection:
        return self._lines.enter_context(connect(f"ws://127.0.0.1:{self._port}{path}", max_size=None))


class Tab:
    """One page: `errors` are what its console said, `requests` what it asked for."""

    def __init__(self, line: ClientConnection) -> None:
        self._line, self._numbers = line, itertools.count(1)
        self.errors: list[str] = []
        self.requests: list[str] = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._do(f"{domain}.enable")

    def shape(self, *, width: int, dark: bool = False, height: int = 900) -> None:
        self._do("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._do("Emulation.setEmulatedMedia", media="", features=[scheme])

    def printed(self) -> bytes:
        return base64.b64decode(self._do("Page.printToPDF")["data"])

    def go(self, address: str) -> None:
        self._do("Page.navigate", url=address)
        deadline = time.monotonic() + 30
        while self.js("document.readyState") != "complete":
            assert time.monotonic() < deadline, f"{address} does not load"
            time.sleep(0.02)

    def js(self, expression: str) -> Any:
        """What an expression is in the page."""
        said = self._do("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in said, said["exceptionDetails"]
        return said["result"].get("value")

    def press(self, key: str) -> None:
        code = {"Tab": 9, "Enter": 13}.get(key, 0)
        text = {"text": "\r"} if key == "Enter" else {}
        self._do("Input.dispatchKeyEvent", type="keyDown", key=key, code=key, windowsVirtualKeyCode=code, **text)
        self._do("Input.dispatchKeyEvent", type="keyUp", key=key, code=key, windowsVirtualKeyCode=code)

    def picture(self, path: Path, *, height: int | None = None) -> None:
        size = self._do("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": height or size["height"], "scale": 1}
        path.write_bytes(
            base64.b64decode(self._do("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)["data"])
        )

    def _do(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._line.send(json.dumps({"id": number, "method": method, "params": params}))
        while (said := json.loads(self._line.recv(timeout=60))).get("id") != number:
            self._heard(said)
        assert "error" not in said, f"{method}: {said['error']}"
        result: dict[str, Any] = said["result"]
        return result

    def _heard(self, said: dict[str, Any]) -> None:
        match said:
            case {"method": "Runtime.exceptionThrown", "params": {"exceptionDetails": found}}:
                self.errors.append(str(found))
            case {"method": "Log.entryAdded", "params": {"entry": {"level": "error" | "warning"} as found}}:
                self.errors.append(str(found))
            case {"method": "Runtime.consoleAPICalled", "params": found}:
                self.errors.append(str(found))
            case {"method": "Network.requestWillBeSent", "params": {"request": {"url": url}}}:
                self.requests.append(url)


def _when_there(path: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if path.is_file() and len(said := path.read_text().split()) == 2:
            return " ".join(said)
        time.sleep(0.05)
    raise TimeoutError(path)
