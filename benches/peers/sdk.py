"""The official SDK way: Microsoft's msgraph-sdk as it ships, with its retry middleware, ten workers, adds of twenty.

Same steps as the script, as somebody writes them who has read the documentation: page iterator, typed models, the bulk
add of 20 members in one PATCH, and single adds where a bunch is refused.
"""

import asyncio
import json
import resource
import ssl
import sys
import time
import urllib.parse

import httpx
from azure.core.credentials import AccessToken
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.groups.item.members.members_request_builder import MembersRequestBuilder
from msgraph.generated.models.group import Group
from msgraph.generated.models.invitation import Invitation
from msgraph.generated.models.reference_create import ReferenceCreate
from msgraph.generated.users.users_request_builder import UsersRequestBuilder
from msgraph_core import GraphClientFactory
from msgraph_core.tasks import PageIterator

WORKERS = 10
BUNCH = 20
OBJECT = "https://graph.microsoft.com/v1.0/directoryObjects/"


class Credential:
    """One token for one tenant. azure-identity would do the same after reading documents that only Entra serves."""

    def __init__(self, http, job, tenant):
        self.http, self.job, self.tenant, self.token = http, job, tenant, None

    async def get_token(self, *scopes, **_):
        if self.token is None:
            answer = await self.http.post(f"{self.job['login']}/{self.tenant}/oauth2/v2.0/token", data={
                "client_id": self.job["app"], "client_secret": self.job["secret"],
                "grant_type": "client_credentials", "scope": "https://graph.microsoft.com/.default",
            })
            answer.raise_for_status()
            self.token = AccessToken(answer.json()["access_token"], int(time.time()) + 3000)
        return self.token

    async def close(self):
        pass


def client(http, login, job, tenant):
    host = urllib.parse.urlsplit(job["graph"]).hostname
    scopes = ["https://graph.microsoft.com/.default"]
    credential = Credential(login, job, tenant)
    provider = AzureIdentityAuthenticationProvider(credential, scopes=scopes, allowed_hosts=[host])
    adapter = GraphRequestAdapter(provider, client=http)
    adapter.base_url = f"{job['graph']}/v1.0"
    return GraphServiceClient(request_adapter=adapter), credential


async def members(graph, group, select):
    query = MembersRequestBuilder.MembersRequestBuilderGetQueryParameters(select=select, top=999)
    page = await graph.groups.by_group_id(group).members.get(RequestConfiguration(query_parameters=query))
    items = []
    if page:
        iterator = PageIterator(page, graph.request_adapter)
        await iterator.iterate(lambda item: items.append(item) or True)
    return items


async def guest_of(graph, mail):
    query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(
        filter=f"mail eq '{mail}'", select=["id", "mail"], count=True)
    configuration = RequestConfiguration(query_parameters=query)
    configuration.headers.add("ConsistencyLevel", "eventual")
    found = await graph.users.get(configuration)
    if found and found.value:
        return found.value[0].id
    invited = await graph.invitations.post(Invitation(
        invited_user_email_address=mail, invite_redirect_url="https://myapps.microsoft.com",
        send_invitation_message=False))
    return invited.invited_user.id


async def attempt(work, what, slots):
    """One piece of work on one of the ten workers; a failure is told and leaves the others alone."""
    async with slots:
        try:
            return await work()
        except Exception as error:  # whatever the SDK raises after its retries
            print(f"{what}: {type(error).__name__} {getattr(error, 'response_status_code', '')}", file=sys.stderr)
            return None


async def add(graph, target, guests):
    bound = [OBJECT + guest for guest in guests]
    try:
        await graph.groups.by_group_id(target).patch(Group(additional_data={"members@odata.bind": bound}))
    except Exception as error:
        if getattr(error, "response_status_code", 0) != 400:
            raise
        for guest in guests:
            await graph.groups.by_group_id(target).members.ref.post(ReferenceCreate(odata_id=OBJECT + guest))


async def sync(customer, people, graph, slots):
    target = customer["target"]
    wanted = {person.mail.lower() for person in people if person.account_enabled}
    found = await attempt(lambda: members(graph, target, ["id", "mail"]), customer["name"], slots)
    if found is None:
        return
    there = {member.mail.lower(): member.id for member in found if member.mail}
    new = [attempt(lambda mail=mail: guest_of(graph, mail), mail, slots) for mail in sorted(wanted - set(there))]
    guests = [guest for guest in await asyncio.gather(*new) if guest]
    bunches = [guests[at:at + BUNCH] for at in range(0, len(guests), BUNCH)]
    adds = [attempt(lambda bunch=bunch: add(graph, target, bunch), customer["name"], slots) for bunch in bunches]
    gone = [there[mail] for mail in sorted(set(there) - wanted)]
    by_id = graph.groups.by_group_id(target).members
    removals = [attempt(lambda one=one: by_id.by_directory_object_id(one).ref.delete(), one, slots) for one in gone]
    await asyncio.gather(*adds, *removals)


async def main():
    with open(sys.argv[1]) as file:
        job = json.load(file)
    context = ssl.create_default_context(cafile=job["ca_file"])
    login = httpx.AsyncClient(verify=context, timeout=30)
    limits = httpx.Limits(max_connections=WORKERS, max_keepalive_connections=WORKERS)
    http = httpx.AsyncClient(verify=context, timeout=30, limits=limits)
    http = GraphClientFactory.create_with_default_middleware(client=http)
    partner, credential = client(http, login, job, job["partner"])
    tenants = {customer["tenant"]: client(http, login, job, customer["tenant"]) for customer in job["customers"]}
    for one in [credential, *(one for _, one in tenants.values())]:
        await one.get_token()
    # The SDK loads its models when they are first used, which takes seconds: a program that has been running has them.
    first = job["customers"][0]
    await members(tenants[first["tenant"]][0], first["target"], ["id", "mail"])
    await members(partner, first["source"], ["id", "mail"])
    print("null", flush=True)
    if sys.stdin.readline().strip() != "go":
        return
    started, cpu = time.monotonic(), time.process_time()
    slots = asyncio.Semaphore(WORKERS)
    sources = {}
    for source in {customer["source"] for customer in job["customers"]}:
        select = ["id", "mail", "accountEnabled"]
        sources[source] = await attempt(lambda: members(partner, source, select), "the partner", slots)
    work = [sync(customer, sources[customer["source"]], tenants[customer["tenant"]][0], slots)
            for customer in job["customers"] if sources[customer["source"]] is not None]
    await asyncio.gather(*work)
    print(json.dumps({
        "seconds": time.monotonic() - started, "cpu_seconds": time.process_time() - cpu,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }), flush=True)


asyncio.run(main())
