"""Microsoft's own SDK for Graph reads what `exoctl setup` made, and what `exoctl teardown` left of it.

The truth is nobody's word alone: exoctl's `app show`, the SDK's answers and the certificate itself, whose thumbprint
Python `cryptography` computes, have to say the same.
"""

import asyncio
import base64
import json
import ssl

import httpx
import pytest
from clients import GRAPH_SDK
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from kiota_abstractions.authentication import AccessTokenProvider, AllowedHostsValidator
from kiota_abstractions.authentication.base_bearer_token_authentication_provider import (
    BaseBearerTokenAuthenticationProvider,
)
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph_core import GraphClientFactory
from msgraph_core.requests.batch_request_content import BatchRequestContent
from msgraph_core.requests.batch_request_item import BatchRequestItem
from msgraph_core.tasks.page_iterator import PageIterator
from results import JUDGED

NAME = "Judged by Graph"
GLOBAL_READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
EXCHANGE_ONLINE = "00000002-0000-0ff1-ce00-000000000000"
MANAGE_AS_APP = "dc50a0fb-09a3-484d-be87-e023b12c6440"

# The SDK warns of its own generated classes.
pytestmark = pytest.mark.filterwarnings("ignore:This class is deprecated")


class Given(AccessTokenProvider):
    """The administrator's token, as `exoctl sim admin-token` prints it."""

    def __init__(self, token):
        self.token = token

    async def get_authorization_token(self, uri, additional_authentication_context=None):
        return self.token

    def get_allowed_hosts_validator(self):
        return AllowedHostsValidator([])


def client_of(tenant, token):
    trusting = ssl.create_default_context(cafile=tenant["ca"])
    http = GraphClientFactory.create_with_default_middleware(client=httpx.AsyncClient(verify=trusting))
    adapter = GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(Given(token)), client=http)
    adapter.base_url = f"{tenant['url']}/v1.0"
    return GraphServiceClient(request_adapter=adapter)


def asked(builder, headers=None, **options):
    """A request's query, by the SDK's own names, and its headers."""
    query = getattr(type(builder), f"{type(builder).__name__}GetQueryParameters")
    configuration = RequestConfiguration(query_parameters=query(**options))
    for name, value in (headers or {}).items():
        configuration.headers.add(name, value)
    return configuration


def got(builder, headers=None, **options):
    return builder.get(request_configuration=asked(builder, headers, **options))


def thumbprint_of(certificate):
    return certificate.fingerprint(hashes.SHA1()).hex().upper()


class Made:
    """An application that setup made: what exoctl says of it, and its certificate."""

    def __init__(self, exoctl, tenant, folder):
        token = folder / "token"
        token.write_text(exoctl.run("sim", "admin-token", "--state", tenant["state"]).stdout)
        self.token = token.read_text().strip()
        self.exoctl = exoctl
        self.home = {"EXOCTL_HOME": str(folder / "home")}
        self.who = ("--organization", tenant["organization"], "--access-token-file", token)
        self.named = (*self.who, "--name", NAME)
        self.tenant = tenant
        self.done = self.run("setup", *self.named, "--role", "Global Reader", "--yes")
        self.shown = self.run("app", "show", *self.named)
        cer = folder / "made.cer"
        self.plain("cert", "export", self.done["certificateThumbprint"], "--format", "cer", "--out", cer)
        self.certificate = x509.load_der_x509_certificate(cer.read_bytes())

    def plain(self, *arguments):
        return self.exoctl.run("--environment", self.tenant["environment"], *arguments, **self.home).stdout

    def run(self, *arguments):
        return json.loads(self.plain(*arguments))


@pytest.fixture(scope="module")
def made(exoctl, tenant, tmp_path_factory):
    return Made(exoctl, tenant, tmp_path_factory.mktemp("graph"))


def reads(made, what):
    """What a coroutine reads with the SDK."""
    async def run():
        return await what(client_of(made.tenant, made.token))
    return asyncio.run(run())


def test_it_reads_the_application_and_its_key_credential(made):
    async def read(client):
        by_app_id = await client.applications_with_app_id(made.done["appId"]).get()
        builder = client.applications.by_application_id(by_app_id.id)
        return by_app_id, await got(builder, select=["id", "appId", "displayName", "keyCredentials"])

    application, selected = reads(made, read)
    assert application.id == made.done["objectId"] == made.shown["objectId"]
    assert application.app_id == made.done["appId"] == made.shown["appId"]
    assert application.display_name == NAME and application.sign_in_audience == "AzureADMyOrg"
    [asks] = application.required_resource_access
    assert asks.resource_app_id == EXCHANGE_ONLINE
    assert [(str(one.id), one.type) for one in asks.resource_access] == [(MANAGE_AS_APP, "Role")]

    [unread] = application.key_credentials
    assert unread.key is None, "the bytes are shown where keyCredentials is selected, of one object"
    [key] = selected.key_credentials
    truth = thumbprint_of(made.certificate)
    assert thumbprint_of(x509.load_der_x509_certificate(key.key)) == truth
    # Edm.Binary to the SDK, upper-case hexadecimal digits on the wire.
    assert base64.b64encode(key.custom_key_identifier).decode() == truth
    assert truth == made.done["certificateThumbprint"] == made.shown["keyCredentials"][0]["thumbprint"]
    assert key.start_date_time == made.certificate.not_valid_before_utc
    assert key.end_date_time == made.certificate.not_valid_after_utc
    assert key.type == "AsymmetricX509Cert" and key.usage == "Verify"
    JUDGED[GRAPH_SDK, "application and key credential"] = "as made"


def test_it_reads_the_service_principal_its_consent_and_its_role(made):
    async def read(client):
        principal = await client.service_principals_with_app_id(made.done["appId"]).get()
        exchange = await client.service_principals_with_app_id(EXCHANGE_ONLINE).get()
        below = client.service_principals.by_service_principal_id(principal.id)
        consents = await below.app_role_assignments.get()
        expanded = await got(below, expand=["appRoleAssignments"])
        roles = await got(
            client.role_management.directory.role_assignments,
            filter=f"principalId eq '{principal.id}'", expand=["roleDefinition"])
        return principal, exchange, consents.value, expanded.app_role_assignments, roles.value

    principal, exchange, consents, expanded, roles = reads(made, read)
    assert principal.id == made.done["servicePrincipalId"] == made.shown["servicePrincipalId"]
    assert principal.account_enabled and principal.service_principal_type == "Application"
    [consent] = consents
    assert (str(consent.app_role_id), str(consent.resource_id)) == (MANAGE_AS_APP, exchange.id)
    assert consent.resource_display_name == "Office 365 Exchange Online"
    assert [one.id for one in expanded] == [consent.id]
    [granted] = [role for role in exchange.app_roles if str(role.id) == MANAGE_AS_APP]
    assert made.shown["consents"] == [f"{consent.resource_display_name} / {granted.value}"]
    [role] = roles
    assert (role.role_definition_id, role.directory_scope_id) == (GLOBAL_READER, "/")
    assert made.shown["directoryRoles"] == [role.role_definition.display_name] == ["Global Reader"]
    JUDGED[GRAPH_SDK, "service principal, consent, directory role"] = "as made"


def test_it_filters_counts_and_pages(made):
    async def read(client):
        eventual = {"ConsistencyLevel": "eventual"}
        named = await got(
            client.applications, eventual, filter=f"displayName eq '{NAME}'", count=True, top=1, orderby=["displayName"])
        number = await client.applications.count.get(
            request_configuration=asked(client.applications.count, eventual))
        first = await got(client.applications, top=1, select=["id", "appId"])
        seen = []
        await PageIterator(first, client.request_adapter).iterate(lambda one: seen.append(one.app_id) or True)
        return named, number, seen

    named, number, seen = reads(made, read)
    assert [one.app_id for one in named.value] == [made.done["appId"]] and named.odata_count == 1
    assert len(seen) == len(set(seen)) == number and made.done["appId"] in seen
    JUDGED[GRAPH_SDK, "$filter, $count, $top and next pages"] = "as made"


def test_it_asks_for_several_things_in_one_batch(made):
    async def ask(client):
        # A request's address is read when it is put into the batch: the SDK changes it with the next one.
        wanted = {
            "application": client.applications_with_app_id(made.done["appId"]),
            "principal": client.service_principals.by_service_principal_id(made.done["servicePrincipalId"]),
            "nothing": client.applications.by_application_id("11111111-2222-4333-8444-555555555555"),
        }
        batch = BatchRequestContent()
        for name, builder in wanted.items():
            batch.add_request(name, BatchRequestItem(builder.to_get_request_information(), id=name))
        return (await client.batch.post(batch)).get_response_status_codes()

    assert reads(made, ask) == {"application": 200, "principal": 200, "nothing": 404}
    JUDGED[GRAPH_SDK, "$batch"] = "answered"


def test_nothing_is_left_after_teardown(made):
    def gone(read):
        with pytest.raises(ODataError) as refused:
            reads(made, read)
        assert refused.value.response_status_code == 404, refused.value
        assert refused.value.error.code == "Request_ResourceNotFound"

    async def lists(client):
        deleted = await client.directory.deleted_items.graph_application.get()
        roles = await got(
            client.role_management.directory.role_assignments,
            filter=f"principalId eq '{made.done['servicePrincipalId']}'")
        exchange = await client.service_principals_with_app_id(EXCHANGE_ONLINE).get()
        assigned = await client.service_principals.by_service_principal_id(exchange.id).app_role_assigned_to.get()
        holders = [str(one.principal_id) for one in assigned.value]
        return [one.app_id for one in deleted.value], roles.value, holders

    made.plain("teardown", *made.named, "--yes")
    gone(lambda client: client.applications_with_app_id(made.done["appId"]).get())
    gone(lambda client: client.service_principals_with_app_id(made.done["appId"]).get())
    deleted, roles, holders = reads(made, lists)
    assert made.done["appId"] in deleted, "it can be restored"
    assert roles == [] and made.done["servicePrincipalId"] not in holders
    made.plain("teardown", *made.named, "--yes", "--purge")
    deleted, _, _ = reads(made, lists)
    assert made.done["appId"] not in deleted
    JUDGED[GRAPH_SDK, "after teardown"] = "gone"
