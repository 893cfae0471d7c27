"""The figures of the example, frames in and frames out: the same on every machine, as nothing is drawn by chance."""

import polars as pl

YEARS = (1, 2, 3)
DISCOUNT = 0.09
PRICES = {"720p": 9.99, "1080p": 13.99, "4k": 19.99}  # euros a month
COST_PER_HOUR = 0.05
YOUNG = 31
_NATIONS = ("AT", "CH", "DE", "FR", "IT")
_TASTES = ("news", "series", "films", "sport")


def customers(count: int = 400) -> pl.DataFrame:
    """One row per customer."""
    ids = range(count)
    plans = list(PRICES)
    return pl.DataFrame(
        {
            "customer_id": ids,
            "customer_name": [f"Customer {number:03d}" for number in ids],
            "age": [18 + number * 19 % 51 for number in ids],
            "nation": [_NATIONS[number // 3 % 5] for number in ids],
            "plan": [plans[number % 3] for number in ids],
            "taste": [_TASTES[number // 15 % 4] for number in ids],
        }
    )


def viewers(people: pl.DataFrame) -> pl.DataFrame:
    """What the forecast may know of a customer: no name, no age."""
    return people.select("customer_id", "nation", "plan", "taste")


def watch_forecast(seen: pl.DataFrame) -> pl.DataFrame:
    """The hours that each viewer will watch in each year. It stands for a bought model that nobody can look into."""
    level = {"720p": 515.34, "1080p": 612.85, "4k": 861.65}
    spread = {"720p": 37.89, "1080p": 111.66, "4k": 292.82}
    nation = dict(zip(_NATIONS, (-1.0, -0.4, 0.1, 0.5, 0.8), strict=True))
    taste = dict(zip(_TASTES, (-0.6, -0.1, 0.2, 0.5), strict=True))
    liking = pl.col("nation").replace_strict(nation) + pl.col("taste").replace_strict(taste)
    hours = pl.col("plan").replace_strict(level) + pl.col("plan").replace_strict(spread) * liking
    return seen.select("customer_id", *((hours * 1.03 ** (year - 1)).alias(f"hours_{year}") for year in YEARS))


def revenue(people: pl.DataFrame) -> pl.DataFrame:
    """What each customer pays in each year, if all stay on their plan."""
    yearly = 12 * pl.col("plan").replace_strict(PRICES)
    return people.select("customer_id", *(yearly.alias(f"revenue_{year}") for year in YEARS))


def clv_output(people: pl.DataFrame, earned: pl.DataFrame, forecast: pl.DataFrame) -> pl.DataFrame:
    """What each customer is worth today: three years of revenue less the cost of what they watch, discounted."""
    margins = (pl.col(f"revenue_{year}") - COST_PER_HOUR * pl.col(f"hours_{year}") for year in YEARS)
    worth = sum(margin / (1 + DISCOUNT) ** year for year, margin in zip(YEARS, margins, strict=True))
    joined = people.join(earned, on="customer_id").join(forecast, on="customer_id")
    return joined.select("customer_id", "nation", "plan", clv=worth)


def audience(people: pl.DataFrame, *, young: bool) -> pl.DataFrame:
    """Who watches: a list of names."""
    of_age = pl.col("age") < YOUNG if young else pl.col("age") >= YOUNG
    return people.filter(of_age).select("customer_id", "customer_name", "nation", "plan")


def audience_value(people: pl.DataFrame, worth: pl.DataFrame, *, young: bool) -> pl.DataFrame:
    """What that audience is worth, by plan."""
    listed = audience(people, young=young).select("customer_id")
    return (
        worth.join(listed, on="customer_id")
        .group_by("plan")
        .agg(pl.len().alias("customers"), pl.mean("clv"))
        .sort("clv")
    )
