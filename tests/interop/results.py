"""What came of every client and server that we did not write, for the table."""

# scenario, the AADSTS code that must come back (none: a token), and words of its reason
SCENARIOS = {
    "right certificate": (None, ""),
    "key of another certificate": ("700027", "use of the key to verify the signature failed|failed signature validation"),
    "expired certificate": ("700027", "expired"),
    "unregistered certificate": ("700027", "key was not found"),
    "unknown application": ("700016", "was not found in the directory"),
    "unknown tenant": ("90002", "not found"),
}

# (client, scenario): what it got from the simulated tenant
CLIENT_RESULTS = {}

# (server, algorithm): what it made of our assertion, and of one that was tampered with
SERVER_RESULTS = {}

# (judge, what it read or did): what it found of what setup made
JUDGED = {}

# (program, protocol or resource): what it got under `exoctl exec`
EXECUTED = {}
