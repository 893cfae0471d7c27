import pytest


@pytest.fixture(params=["disk", "s3"])
def engine(request, spark):
    """Spark and the lake, on disk and on S3."""
    return request.getfixturevalue(f"{request.param}_engine")
