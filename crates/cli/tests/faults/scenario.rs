//! The kinds of calls, and what is right to come of each under each fault.

use exoctl_exchange::ErrorKind;

use crate::fault::{Duration, Fault, Nature};

/// One column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// `Get-Mailbox` of one mailbox.
    Single,
    /// `Get-Mailbox` of 25,000.
    Paged,
    /// `Set-Mailbox` of 2,000.
    Bulk,
    /// The same with `retry_writes`.
    BulkRetried,
    /// Reads and writes in batches.
    Batch,
    /// `Get-EXOMailbox`.
    Exo,
    /// `Get-Label` of Security & Compliance.
    Compliance,
    /// A long `Get-Mailbox` in which the token runs out.
    Token,
}

pub(crate) const COLUMNS: [Column; 8] = [
    Column::Single,
    Column::Paged,
    Column::Bulk,
    Column::BulkRetried,
    Column::Batch,
    Column::Exo,
    Column::Compliance,
    Column::Token,
];

/// What came of a read, or of one row of many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Done,
    Unknown,
    Failed(ErrorKind),
}

/// What may come of the rows of many calls besides success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rows {
    AllDone,
    OrUnknown,
    Or(ErrorKind),
    /// Nothing but this.
    Only(ErrorKind),
}

impl Column {
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Single => "single Get",
            Self::Paged => "Get of 25,000",
            Self::Bulk => "bulk Set of 2,000",
            Self::BulkRetried => "the same, `--retry-writes`",
            Self::Batch => "batches of Get and Set",
            Self::Exo => "Get-EXOMailbox",
            Self::Compliance => "compliance session",
            Self::Token => "token runs out in mid-run",
        }
    }

    /// When a rule strikes in this column. Only a rule with a fixed number of hits does so
    /// in the token column: the one call to Entra has to succeed in the end.
    pub(crate) fn schedule(self, fault: &Fault, duration: Duration) -> &'static str {
        use Duration::{Lasting, Passing};
        if fault.rule.starts_with("bucket") {
            return "";
        }
        match (self, fault.nature, duration) {
            (Self::Single | Self::Token, Nature::Renews, Passing) => ",count=1",
            (Self::Single | Self::Token, _, Passing) => ",count=2",
            (Self::Single | Self::Token, _, Lasting)
            | (Self::Compliance, Nature::LosesPlace, Lasting) => "",
            (Self::Batch, Nature::Renews, Passing) => ",match=*-Mailbox,after=1,count=1",
            // The batch itself, and the members where the kind knows them.
            (Self::Batch, _, Passing) => ",match=*-Mailbox,after=1,count=2",
            (Self::Batch, _, Lasting) => ",match=*-Mailbox,after=1",
            (Self::Bulk | Self::BulkRetried, _, Lasting) => ",after=1",
            // A broken connection takes all requests on it along: fewer hits than tries.
            (Self::BulkRetried, Nature::Ambiguous, Passing) => ",after=2,count=6",
            // More would be a limit, and the client would keep to it in real time.
            (Self::Bulk | Self::BulkRetried, Nature::Delays(_), Passing) => ",after=2,count=4",
            (_, Nature::Renews, Passing) => ",after=2,count=1",
            (_, Nature::LosesPlace, Passing) => ",count=2",
            (Self::Exo | Self::Compliance, _, Passing) => ",after=2,count=3",
            (_, _, Passing) => ",after=2,rate=0.25",
            (_, _, Lasting) => ",after=2",
        }
    }

    fn is_paged(self) -> bool {
        matches!(self, Self::Paged | Self::Exo | Self::Compliance | Self::Token)
    }

    /// Whether the rule must have hit something for the cell to show anything.
    pub(crate) fn strikes(self, fault: &Fault) -> bool {
        fault.strikes(self.is_paged()) && !fault.rule.starts_with("bucket")
    }

    /// How a read must end.
    pub(crate) fn read_end(self, fault: &Fault, duration: Duration) -> End {
        let lasting = duration == Duration::Lasting;
        let kind = match fault.nature {
            Nature::Delays(kind) if lasting => kind,
            Nature::Renews if lasting => ErrorKind::Authentication,
            Nature::Ambiguous if lasting => ErrorKind::Unavailable,
            Nature::LosesPlace if lasting && self.is_paged() => ErrorKind::Incomplete,
            Nature::Shortens => ErrorKind::Incomplete,
            // It strikes before the first page, except where the token is renewed.
            Nature::Locks(kind) if self != Self::Token => return End::Failed(kind),
            Nature::Refuses(kind) | Nature::Locks(kind) => kind,
            _ => return End::Done,
        };
        End::Failed(if self.is_paged() { ErrorKind::Incomplete } else { kind })
    }

    /// How the rows of many calls must end.
    pub(crate) fn rows_end(self, fault: &Fault, duration: Duration, is_read: bool) -> Rows {
        let lasting = duration == Duration::Lasting;
        let retried = self == Self::BulkRetried;
        match fault.nature {
            Nature::Delays(kind) if lasting => Rows::Or(kind),
            Nature::Renews if lasting => Rows::Or(ErrorKind::Authentication),
            Nature::Ambiguous if is_read && lasting => Rows::Or(ErrorKind::Unavailable),
            Nature::Ambiguous if !is_read && (lasting || !retried) => Rows::OrUnknown,
            Nature::Shortens if is_read => Rows::Or(ErrorKind::Incomplete),
            Nature::Refuses(kind) => Rows::Or(kind),
            Nature::Locks(kind) => Rows::Only(kind),
            _ => Rows::AllDone,
        }
    }
}

impl Rows {
    pub(crate) fn allows(self, end: End) -> bool {
        match end {
            End::Done => !matches!(self, Self::Only(_)),
            End::Unknown => self == Self::OrUnknown,
            End::Failed(kind) => self == Self::Or(kind) || self == Self::Only(kind),
        }
    }
}

/// A read's end as the table has it.
pub(crate) fn read_text(end: End) -> String {
    match end {
        End::Done => "exact".to_owned(),
        End::Unknown => "unknown".to_owned(),
        End::Failed(kind) => format!("exit {}", exit(kind)),
    }
}

/// What may come of many rows as the table has it.
pub(crate) fn rows_text(rows: &[Rows]) -> String {
    let mut texts = Vec::new();
    for row in rows {
        let (done, other) = match row {
            Rows::AllDone => (true, None),
            Rows::OrUnknown => (true, Some("unknown".to_owned())),
            Rows::Or(kind) => (true, Some(format!("exit {}", exit(*kind)))),
            Rows::Only(kind) => (false, Some(format!("exit {}", exit(*kind)))),
        };
        texts.extend(done.then(|| "done".to_owned()).into_iter().chain(other));
    }
    let mut seen = std::collections::HashSet::new();
    texts.retain(|text| seen.insert(text.clone()));
    texts.join(" or ")
}

/// The documented exit code of an error.
fn exit(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::Usage => 2,
        ErrorKind::Authentication => 4,
        ErrorKind::Permission => 5,
        ErrorKind::Incomplete => 6,
        ErrorKind::Unavailable => 7,
        _ => 1,
    }
}
