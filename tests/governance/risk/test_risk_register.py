import re

import pytest

from governance.risk import CATALOGUE, Register, RiskError, Severity
from governance.risk.register import AREAS

ENTRY = """\
privacy.pii:
  label: Personal data
  description: Names
  severity: high
"""


@pytest.fixture
def read(tmp_path):
    def read(*texts):
        paths = [tmp_path / f"{number}.yaml" for number in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text)
        return Register.read(*paths)

    return read


def test_the_catalogue_covers_every_area_and_names_what_clv_and_propensity_need():
    register = Register.read(CATALOGUE)
    assert {risk.area for risk in register.values()} == AREAS
    assert {
        "model.label_leakage",
        "model.proxy_label",
        "model.calibration",
        "model.feedback_loop",
        "model.selection_bias",
        "model.concept_drift",
        "privacy.consent",
        "privacy.pii_exposure",
        "privacy.reidentification",
        "compliance.retention",
        "quality.remapped_codes",
        "quality.currency",
        "quality.time_zone",
        "quality.missing_identifiers",
        "operations.manual_step",
        "definition.gift_cards_as_revenue",
        "definition.returns",
        "fairness.protected_attribute",
    } <= register.keys()


def test_every_catalogue_id_fits_a_dagster_tag():
    for id_ in Register.read(CATALOGUE):
        assert re.fullmatch(r"[A-Za-z0-9_.-]{1,63}", id_)


def test_files_and_folders_merge(tmp_path):
    (tmp_path / "own.yaml").write_text(ENTRY)
    register = Register.read(CATALOGUE, tmp_path / "own.yaml")
    assert register["privacy.pii"].severity is Severity.HIGH
    assert register["privacy.pii"].category == "privacy"
    assert len(register) == len(Register.read(CATALOGUE)) + 1
    assert len(Register.read(tmp_path)) == 1


def test_severities_are_ordered():
    assert Severity.LOW < Severity.MEDIUM < Severity.HIGH < Severity.CRITICAL
    assert str(max(Severity.parse("high"), Severity.parse("critical"))) == f"{Severity.CRITICAL}" == "critical"


@pytest.mark.parametrize("word", ["Critical", "BANANA", "", None, 3])
def test_only_the_four_words_are_severities(word):
    with pytest.raises(ValueError, match=f"Unknown severity '{word}': low, medium, high or critical"):
        Severity.parse(word)


def test_an_unknown_id_is_refused_with_the_nearest(read):
    register = read(ENTRY)
    with pytest.raises(RiskError, match=r"Unknown risk 'privacy\.pi'\. Did you mean 'privacy\.pii'\?"):
        register["privacy.pi"]
    assert "privacy.pi" not in register


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (ENTRY.replace("high", "hihg"), r"0\.yaml:4: Unknown severity 'hihg'.*Did you mean 'high'\?"),
        (ENTRY.replace("label", "lable"), r"0\.yaml:2: unknown key 'lable'. Did you mean 'label'\?"),
        (ENTRY.replace("privacy.", "privcy."), r"0\.yaml:1: unknown area 'privcy'.*Did you mean 'privacy'\?"),
        (ENTRY.replace("privacy.pii", "PII"), r"0\.yaml:1: 'PII' is no risk id\. Write area\.name"),
        (ENTRY.replace("pii", "p" * 60), r"0\.yaml:1: .* at most 63 characters"),
        (ENTRY.replace("  label: Personal data\n", ""), r"0\.yaml:1: 'privacy\.pii' lacks label"),
        (ENTRY.replace("Names", ""), r"0\.yaml:3: 'description' of 'privacy\.pii' must be a text"),
        (ENTRY.replace("Names", "[Names]"), r"0\.yaml:3: 'description' of 'privacy\.pii' must be a text"),
        (ENTRY + "  label: twice\n", r"0\.yaml:5: 'label' is a duplicate, first given at .*0\.yaml:2"),
        (ENTRY + ENTRY, r"0\.yaml:5: 'privacy\.pii' is a duplicate, first given at .*0\.yaml:1"),
        ("privacy.pii: high\n", r"0\.yaml:1: expected a mapping"),
        ("", r"0\.yaml:1: expected a mapping"),
        ("a: [", r"0\.yaml:2: not YAML: did not find"),
    ],
)
def test_a_bad_entry_is_refused_with_file_and_line(read, text, sentence):
    with pytest.raises(RiskError, match=f"(?s){sentence}"):
        read(text)


def test_the_same_risk_in_two_files_names_both(read):
    with pytest.raises(RiskError, match=r"1\.yaml:2: 'privacy\.pii' is a duplicate, first given at .*0\.yaml:1"):
        read(ENTRY, "# a comment\n" + ENTRY)


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "0.yaml").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(RiskError, match=r"0\.yaml: not YAML: 'utf-8' codec"):
        Register.read(tmp_path)


def test_a_missing_file_and_an_empty_folder_are_refused(tmp_path):
    with pytest.raises(RiskError, match=r"none\.yaml cannot be read: No such file"):
        Register.read(tmp_path / "none.yaml")
    with pytest.raises(RiskError, match=r"holds no \*\.yaml file"):
        Register.read(tmp_path)
