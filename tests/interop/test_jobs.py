"""The schema of job files, judged by a validator that we did not write, with files that are jobs and files that are none."""

import json
import pathlib
import tomllib

import pytest
from jsonschema import Draft202012Validator

SAMPLES = pathlib.Path("crates/job/tests/samples")


def files(directory):
    return sorted((SAMPLES / directory).glob("*.toml"))


@pytest.fixture(scope="module")
def validator(exoctl):
    schema = json.loads(exoctl.run("job", "schema").stdout)
    assert schema == json.loads(pathlib.Path("docs/job.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("path", files("right"), ids=lambda path: path.stem)
def test_a_job_is_valid(validator, path):
    errors = [error.message for error in validator.iter_errors(tomllib.loads(path.read_text()))]
    assert errors == []


@pytest.mark.parametrize("path", files("wrong"), ids=lambda path: path.stem)
def test_what_is_no_job_is_not_valid(validator, path):
    assert not validator.is_valid(tomllib.loads(path.read_text()))


@pytest.mark.parametrize(
    "template",
    [
        ["audit-monthly", "--mail-to", "a@contoso.com", "--mail-from", "b@contoso.com", "--smtp", "localhost:25"],
        ["audit-monthly", "--notify", "ops-mail", "--timeout", "2h", "--jitter", "5m"],
        ["cert-rotate"],
        ["cert-check"],
        ["doctor"],
        ["cmdlet", "--cmdlet", "Get-Mailbox -Filter \"City -eq 'x'\"", "--to", "a.csv", "--schedule", "hourly"],
        ["program", "--schedule", "*/5 * * * * Europe/Berlin", "--pwsh", "--", "./a.ps1", "-Name", "a \"b\""],
    ],
    ids=lambda template: template[0],
)
def test_what_templates_write_is_valid(exoctl, validator, template):
    name, *options = template
    if "--" in options:
        at = options.index("--")
        options[at:at] = ["--print", "--profiles", "*"]
    else:
        options += ["--print", "--profiles", "*"]
    text = exoctl.run("job", "add", "sample", "--template", name, *options).stdout
    errors = [error.message for error in validator.iter_errors(tomllib.loads(text))]
    assert errors == []
