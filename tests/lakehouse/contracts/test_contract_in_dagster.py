"""What of a contract stands in the Dagster UI with no run: the columns of its asset."""

import dagster as dg
from contract_files import column, contract

from lakehouse.contracts.checks import contracted


def test_columns_show_types_words_constraints_and_personal_data(tmp_path):
    columns = [
        column("id", "string", primaryKey=True, description="Number of the order"),
        column("email", "string", classification="personal.email"),
        column("amount", "decimal(12,2)", required=True, logicalTypeOptions={"minimum": 0}),
    ]
    orders = contract(tmp_path, "shop.orders", columns)
    defs = contracted(dg.Definitions(assets=[dg.AssetSpec(["shop", "orders"])]), {orders.key: orders})
    (spec,) = defs.resolve_all_asset_specs()
    schema = spec.metadata["dagster/column_schema"]
    key, email, amount = getattr(schema, "value", schema).columns
    assert [one.type for one in (key, email, amount)] == ["string", "string", "decimal(12,2)"]
    assert key.description == "Number of the order"
    assert key.constraints == dg.TableColumnConstraints(nullable=False, unique=True)
    assert email.constraints == dg.TableColumnConstraints(nullable=True, unique=False)
    assert email.tags == {"pii": "email"}
    assert amount.constraints == dg.TableColumnConstraints(nullable=False, unique=False, other=["`amount` >= 0"])
    assert not amount.tags
