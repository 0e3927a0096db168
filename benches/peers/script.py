"""The script way: look up, invite, wait, add, one by one. Python's standard library alone.

It is what an administrator writes first, with the care that such scripts usually have: it reads every page, asks
again when it is told to wait, goes on with the next person when one fails, and takes out whoever should not be there.
"""

import http.client
import json
import resource
import ssl
import sys
import time
import urllib.parse

ATTEMPTS = 4  # the first, and three more: what Microsoft's own SDKs do
VISIBLE = 10  # how often it looks for a guest that it has just invited


class Graph:
    """One tenant, over one connection that stays open."""

    def __init__(self, job, tenant, connections={}):
        self.job, self.tenant, self.token = job, tenant, None
        self.host = urllib.parse.urlsplit(job["graph"]).netloc
        self.connections = connections

    def send(self, method, path, body=None, headers=None):
        for attempt in range(ATTEMPTS):
            try:
                status, answer, pause = self.once(method, path, body, headers or {})
            except (OSError, http.client.HTTPException, ValueError):
                self.connections.pop(self.host, None)
                time.sleep(2**attempt)
                continue
            if status not in (429, 502, 503, 504):
                return status, answer
            time.sleep(pause if pause is not None else 2**attempt)
        return 0, None

    def once(self, method, path, body, headers):
        if self.host not in self.connections:
            context = ssl.create_default_context(cafile=self.job["ca_file"])
            self.connections[self.host] = http.client.HTTPSConnection(self.host, timeout=30, context=context)
        connection = self.connections[self.host]
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        pause = answer.getheader("Retry-After")
        return answer.status, json.loads(content) if content else None, int(pause) if pause else None

    def login(self):
        form = urllib.parse.urlencode({
            "client_id": self.job["app"], "client_secret": self.job["secret"], "grant_type": "client_credentials",
            "scope": "https://graph.microsoft.com/.default",
        })
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        status, answer = self.send("POST", f"/{self.tenant}/oauth2/v2.0/token", form, kind)
        if status != 200:
            raise RuntimeError(f"no token for {self.tenant}: {status}")
        self.token = answer["access_token"]

    def call(self, method, path, body=None):
        headers = {"Authorization": f"Bearer {self.token}", "ConsistencyLevel": "eventual"}
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body)
        return self.send(method, path, body, headers)

    def list(self, path):
        items, path = [], f"/v1.0{path}"
        while path:
            status, page = self.call("GET", path)
            if status != 200:
                raise RuntimeError(f"{path}: {status}")
            items += page["value"]
            link = page.get("@odata.nextLink")
            path = link and link[len(self.job["graph"]):]
        return items


def sync(job, customer, people, graph):
    wanted = {person["mail"].lower(): person for person in people if person["accountEnabled"]}
    target = customer["target"]
    members = graph.list(f"/groups/{target}/members?$select=id,mail&$top=999")
    there = {member["mail"].lower(): member["id"] for member in members if member.get("mail")}
    for mail in sorted(set(wanted) - set(there)):
        where = urllib.parse.quote(f"mail eq '{mail}'")
        found = graph.list(f"/users?$filter={where}&$select=id,mail&$count=true")
        if found:
            guest = found[0]["id"]
        else:
            status, answer = graph.call("POST", "/v1.0/invitations", {
                "invitedUserEmailAddress": mail, "inviteRedirectUrl": "https://myapps.microsoft.com",
                "sendInvitationMessage": False,
            })
            if status != 201:
                continue
            guest = answer["invitedUser"]["id"]
            for _ in range(VISIBLE):
                if graph.call("GET", f"/v1.0/users/{guest}?$select=id")[0] == 200:
                    break
                time.sleep(1)
        graph.call("POST", f"/v1.0/groups/{target}/members/$ref", {
            "@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{guest}",
        })
    for mail in sorted(set(there) - set(wanted)):
        graph.call("DELETE", f"/v1.0/groups/{target}/members/{there[mail]}/$ref")


def main():
    with open(sys.argv[1]) as file:
        job = json.load(file)
    partner = Graph(job, job["partner"])
    tenants = {customer["tenant"]: Graph(job, customer["tenant"]) for customer in job["customers"]}
    for graph in [partner, *tenants.values()]:
        graph.login()
    print("null", flush=True)
    if sys.stdin.readline().strip() != "go":
        return
    started, cpu = time.monotonic(), time.process_time()
    sources = {}
    for customer in job["customers"]:
        try:
            source = customer["source"]
            if source not in sources:
                sources[source] = partner.list(f"/groups/{source}/members?$select=id,mail,accountEnabled&$top=999")
            sync(job, customer, sources[source], tenants[customer["tenant"]])
        except RuntimeError as error:
            print(f"{customer['name']}: {error}", file=sys.stderr)
    print(json.dumps({
        "seconds": time.monotonic() - started, "cpu_seconds": time.process_time() - cpu,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }), flush=True)


main()
