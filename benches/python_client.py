"""What a Python user would run instead: msal for the token, requests for the cmdlet.

    python_client.py first SETTINGS          token and one cmdlet
    python_client.py csv|jsonl SETTINGS OUT  every mailbox into a file
"""

import csv
import json
import sys

import msal
import requests


def token(settings):
    client = msal.ConfidentialClientApplication(
        settings["appId"],
        authority=f"{settings['url']}/{settings['tenantId']}",
        instance_discovery=False,
        client_credential={"private_key_pfx_path": settings["pfx"], "passphrase": settings["pfxPassword"]},
        verify=settings["ca"],
    )
    return client.acquire_token_for_client(["https://outlook.office365.com/.default"])["access_token"]


def pages(settings, parameters):
    session = requests.Session()
    session.verify = settings["ca"]
    session.headers["Authorization"] = f"Bearer {token(settings)}"
    session.headers["X-AnchorMailbox"] = settings["anchor"]
    session.headers["Prefer"] = "odata.maxpagesize=1000"
    body = {"CmdletInput": {"CmdletName": "Get-Mailbox", "Parameters": parameters}}
    url = f"{settings['url']}/adminapi/beta/{settings['tenantId']}/InvokeCommand"
    while url:
        answer = session.post(url, json=body)
        answer.raise_for_status()
        page = answer.json()
        yield [{k: v for k, v in row.items() if "@" not in k} for row in page["value"]]
        url = page.get("@odata.nextLink")


def main():
    what, settings = sys.argv[1], json.load(open(sys.argv[2]))
    if what == "first":
        [[row]] = pages(settings, {"Identity": "adele"})
        print(row["PrimarySmtpAddress"])
        return
    with open(sys.argv[3], "w", newline="", encoding="utf-8") as out:
        writer = None
        for rows in pages(settings, {"ResultSize": "Unlimited"}):
            for row in rows:
                if what == "jsonl":
                    out.write(json.dumps(row, ensure_ascii=False) + "\n")
                    continue
                if writer is None:
                    writer = csv.DictWriter(out, list(row))
                    writer.writeheader()
                writer.writerow({k: ";".join(v) if isinstance(v, list) else v for k, v in row.items()})


if __name__ == "__main__":
    main()
