"""What `exoctl setup --emit` writes for other tools, read by parsers that we did not write."""

import json
import re

import hcl2
import pytest
from clients import HCL
from results import JUDGED

NAME = 'Bücher "& Co." ${x} %{y}'


@pytest.fixture(scope="module")
def emit(exoctl, tenant, tmp_path_factory):
    folder = tmp_path_factory.mktemp("emit")
    token = folder / "token"
    token.write_text(exoctl.run("sim", "admin-token", "--state", tenant["state"]).stdout)

    def run(form):
        return exoctl.run(
            "--environment", tenant["environment"], "setup", "--organization", tenant["organization"], "--name", NAME,
            "--role", "Global Reader", "--role", "Exchange Administrator", "--access-token-file", token,
            "--emit", form, EXOCTL_HOME=str(folder / "home")).stdout
    return run


def literal(text):
    """A string of HCL, as the language's reference has its escapes."""
    return json.loads(text).replace("$${", "${").replace("%%{", "%{")


def texts(value):
    """All strings below a value."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    return [value] if isinstance(value, str) else []


def test_terraform_is_what_a_parser_of_hcl_reads(emit):
    read = hcl2.loads(emit("terraform"))
    blocks = {}
    for kind in "data", "resource":
        for block in read[kind]:
            [(of, named)] = block.items()
            [(name, content)] = named.items()
            blocks[("data." if kind == "data" else "") + f"{literal(of)}.{literal(name)}"] = content
    application = blocks["azuread_application.exo"]
    assert literal(application["display_name"]) == NAME
    assert literal(application["sign_in_audience"]) == "AzureADMyOrg"
    [asks] = application["required_resource_access"]
    [permission] = asks["resource_access"]
    assert literal(permission["type"]) == "Role" and "Exchange.ManageAsApp" in permission["id"]
    exchange = blocks["data.azuread_service_principal.exchange"]
    assert literal(exchange["client_id"]) == "00000002-0000-0ff1-ce00-000000000000"
    roles = {literal(block["template_id"]) for name, block in blocks.items() if name.startswith("azuread_directory_role.")}
    # Global Reader and Exchange Administrator: Learn, "Microsoft Entra built-in roles".
    assert roles == {"f2ef992c-3afb-46b9-b7cf-a126ee74c451", "29232cdf-9323-42fd-ade2-1d097af3e4de"}
    assigned = [name for name in blocks if name.startswith("azuread_directory_role_assignment.")]
    assert len(assigned) == 2
    # What one block says of another is there.
    said = {found for text in texts(read) for found in re.findall(r"(?:data\.)?azuread_\w+\.\w+", text)}
    assert said and said <= blocks.keys(), said - blocks.keys()
    JUDGED[HCL, "setup --emit terraform"] = "parsed; every reference is there"
