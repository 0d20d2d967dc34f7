//! The faults, each with what is right to come of it.

use exoctl_exchange::ErrorKind;

/// One row of the table.
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    /// The rule without its schedule.
    pub(crate) rule: &'static str,
    pub(crate) nature: Nature,
}

/// What a fault does to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nature {
    /// Nothing that a caller should notice.
    Harmless,
    /// The call is not executed, but another try is: fails with this when it never ends.
    Delays(ErrorKind),
    /// The same, and the second refusal in a row ends it.
    Renews,
    /// No answer, and nobody can know whether it was executed.
    Ambiguous,
    /// The call is not executed, and is not tried again.
    Refuses(ErrorKind),
    /// There is no token.
    Locks(ErrorKind),
    /// A success that warns of missing rows.
    Shortens,
    /// The place in the result is lost.
    LosesPlace,
}

/// Whether it goes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Duration {
    Passing,
    Lasting,
}

impl Fault {
    /// Whether the tenant's gate, and not a service, does it: then Entra can do it too.
    pub(crate) fn is_transport(&self) -> bool {
        let kind = self.rule.split(':').next().unwrap();
        matches!(kind, "throttle" | "bucket" | "error" | "reset" | "slow" | "truncate" | "nul403")
    }

    /// Whether it strikes after the work was done.
    pub(crate) fn is_after(&self) -> bool {
        self.rule.contains("when=after")
    }

    /// Whether calls that are not `New-` and results of one page can meet it.
    pub(crate) fn strikes(&self, paged: bool) -> bool {
        let kind = self.rule.split(':').next().unwrap();
        match kind {
            "replication" | "skew" => false,
            "lost-continuation" | "short-page" => paged,
            _ => true,
        }
    }
}

const fn row(name: &'static str, rule: &'static str, nature: Nature) -> Fault {
    Fault { name, rule, nature }
}

const BUSY: Nature = Nature::Delays(ErrorKind::Unavailable);
const DENIED: Nature = Nature::Refuses(ErrorKind::Permission);

/// Every kind of fault with its variants.
pub(crate) const FAULTS: &[Fault] = &[
    row("429 with Retry-After", "throttle:retry-after=0.002", BUSY),
    row("429 without Retry-After", "throttle:", BUSY),
    row("429 with plain text", "throttle:body=text", BUSY),
    row("429 without a body", "throttle:body=empty", BUSY),
    row("token bucket", "bucket:rate=400,burst=2", Nature::Harmless),
    row("500 before the work", "error:status=500", Nature::Ambiguous),
    row("500 after the work", "error:status=500,when=after", Nature::Ambiguous),
    row("502 before the work", "error:status=502", Nature::Ambiguous),
    row("502 after the work", "error:status=502,when=after", Nature::Ambiguous),
    row("503 before the work", "error:status=503", Nature::Ambiguous),
    row("503 after the work", "error:status=503,when=after", Nature::Ambiguous),
    row("504 before the work", "error:status=504", Nature::Ambiguous),
    row("504 after the work", "error:status=504,when=after", Nature::Ambiguous),
    row("connection reset before the work", "reset:", Nature::Ambiguous),
    row("connection reset after the work", "reset:when=after", Nature::Ambiguous),
    row("late answer", "slow:delay=0.003", Nature::Harmless),
    row("body breaks off", "truncate:keep=0.5", Nature::Ambiguous),
    row("body never begins", "truncate:keep=0", Nature::Ambiguous),
    row("403 of NUL bytes", "nul403:", DENIED),
    row("token refused", "expired-token:", Nature::Renews),
    row("continuation lost", "lost-continuation:", Nature::LosesPlace),
    row("new objects not found yet", "replication:reads=3", Nature::Harmless),
    row("Entra's clock two minutes ahead", "skew:seconds=120", Nature::Harmless),
    row("Entra's clock two minutes behind", "skew:seconds=-120", Nature::Harmless),
    row(
        "Entra's clock an hour ahead",
        "skew:seconds=3600",
        Nature::Locks(ErrorKind::Authentication),
    ),
    row(
        "Entra's clock an hour behind",
        "skew:seconds=-3600",
        Nature::Locks(ErrorKind::Authentication),
    ),
    row("role not seen", "wrong-role:", DENIED),
    row("short pages", "short-page:keep=0.7", Nature::Harmless),
    row(
        "warning that rows are missing",
        "warning:text=A task was canceled.,keep=0.5",
        Nature::Shortens,
    ),
    row("warning that rows may be missing", "warning:keep=1", Nature::Shortens),
];
