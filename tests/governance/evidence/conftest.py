import pytest
from evidence_shop import Shop

from lakehouse.lake import Lake


@pytest.fixture
def lake(tmp_path) -> Lake:
    return Lake(catalog_url=f"sqlite:///{tmp_path}/catalog.db", warehouse=f"{tmp_path}/warehouse")


@pytest.fixture
def shop(lake, tmp_path) -> Shop:
    return Shop(lake, tmp_path)
