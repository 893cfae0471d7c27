"""Writing the shop where the platform reads it: which database a URL means."""

from heirloom.sample_shop import postgresql, sqlite
from heirloom.sample_shop.errors import ShopError
from heirloom.sample_shop.shop import Shop


def write(shop: Shop, url: str) -> None:
    """Replace the shop's tables at the URL, all or nothing.

    `sqlite:///relative.db` or `sqlite:////absolute.db` leaves `truth.parquet` and `uplift.parquet` beside it;
    `postgresql://` has no beside: the truth stays with the shop.
    """
    scheme, _, rest = url.partition("://")
    match scheme:
        case "sqlite":
            sqlite.write(shop, sqlite.path(rest))
        case "postgresql":
            postgresql.write(shop, url)
        case _:
            # never the whole URL: it may hold a password
            said = f"the scheme {scheme!r}" if rest else "no scheme"
            raise ShopError(
                f"The shop cannot be written to a database URL with {said};"
                " use sqlite:///path/file.db or postgresql://user:password@host:port/database."
            )
