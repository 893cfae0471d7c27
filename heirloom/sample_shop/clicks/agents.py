"""What browsers and machines say they are."""

from heirloom.sample_shop.clicks.traits import DEVICES

_CHROMIUM = "AppleWebKit/537.36 (KHTML, like Gecko)"
_SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5"
_CHROME = f"{_CHROMIUM} Chrome/126.0.0.0"

_OF_PEOPLE = {
    "desktop": (
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_CHROME} Safari/537.36",
        f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_SAFARI} Safari/605.1.15",
        "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    ),
    "mobile": (
        f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) {_SAFARI} Mobile/15E148 Safari/604.1",
        f"Mozilla/5.0 (Linux; Android 10; K) {_CHROME} Mobile Safari/537.36",
        "Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0",
    ),
    "tablet": (
        f"Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) {_SAFARI} Mobile/15E148 Safari/604.1",
        f"Mozilla/5.0 (Linux; Android 13; SM-X710) {_CHROME} Safari/537.36",
        f"Mozilla/5.0 (Linux; Android 12; Lenovo TB-J606F) {_CHROME} Safari/537.36",
    ),
}
PEOPLE = tuple(agent for device in DEVICES for agent in _OF_PEOPLE[device])
A_DEVICE = len(PEOPLE) // len(DEVICES)
BOTS = {
    "crawler": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "scraper": PEOPLE[0],  # it looks like anybody
    "no_dwell": f"Mozilla/5.0 (X11; Linux x86_64) {_CHROMIUM} HeadlessChrome/125.0.0.0 Safari/537.36",
}
ALL = (*PEOPLE, *BOTS.values())
