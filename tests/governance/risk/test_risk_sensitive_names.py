"""Names only propose: the names that a word search takes for personal data, and those that it overlooks."""

import pytest

from governance.risk.sensitive_names import proposed, split


@pytest.mark.parametrize(
    "column",
    "product_name file_name plan_name campaign_name card_type token_count condition cell_count mobile_app_version "
    "health_score union_member run_uuid hashed_email name_of_day page language storage packageVersion store_city "
    "email_opt_in credit_card_type account_age session_duration column_name is_company customer_count supplier_country "
    "order_no unit_price memory_address stage birthrate_model region plan revenue userAgentVersion ip_hash emailSent "
    "Artikelname Lieferdatum Stadtplan orderNumber addressee_count customer_since Landingpage alternative".split(),
)
def test_harmless_names_propose_nothing(column):
    assert proposed(column) is None


@pytest.mark.parametrize(
    ("column", "class_"),
    {
        "age": "birth",
        "nation": "location",
        "country": "location",
        "city": "location",
        "marital_status": "family",
        "birthplace": "birth",
        "customer_id": "identifier",
        "account_id": "identifier",
        "session_id": "identifier",
        "nhs_number": "identity",
        "bank_account": "money",
        "cust_nm": "name",
        "emails": "contact",
        "kundenname": "name",
        "Kundenname": "name",
        "geburtsdatum": "birth",
        "straße": "address",
        "Telefonnummer": "contact",
        "customer_name": "name",
        "customerName": "name",
        "CUSTOMER_NAME": "name",
        "name": "name",
        "first_name": "name",
        "firstName": "name",
        "email_address": "contact",
        "e-mail": "contact",
        "phoneNumber": "contact",
        "billing_address": "address",
        "billing_address_line_1": "address",
        "zip": "address",
        "country_code": "location",
        "age_group": "birth",
        "customer_age": "birth",
        "birth_year": "birth",
        "date_of_birth": "birth",
        "gender": "gender",
        "Geschlecht": "gender",
        "nationality": "origin",
        "Staatsangehörigkeit": "origin",
        "religion": "belief",
        "income": "money",
        "IBAN": "money",
        "credit_card": "money",
        "kontonummer": "money",
        "SSN": "identity",
        "steuer_id": "identity",
        "user_id": "identifier",
        "userId": "identifier",
        "kunden_nr": "identifier",
        "kundennummer": "identifier",
        "ip_address": "online",
        "clientIPAddress": "online",
        "password": "credentials",
        "freitext": "free_text",
        "comment": "free_text",
    }.items(),
)
def test_names_of_personal_data_propose_their_class(column, class_):
    assert proposed(column) == class_


def test_a_name_is_split_at_signs_capitals_and_without_accents():
    assert split("customerIDs") == ("customer", "id")
    assert split("HTTPServer_Größe-2") == ("http", "server", "groesse", "2")
