//! Being told: what a notification says and where it goes.
//!
//! A [`Notice`] is an event and the record of the run that it is about. [`compose`] makes of it what
//! a [`Channel`] takes: a mail, a card, JSON, a ping; it is pure, and [`Templates`] that are files of
//! the administrator say how it looks. A [`Courier`] takes what waits in an [`Outbox`], sends it, and
//! notes what became of it there: tried again, or given up where that can be seen. Addresses of
//! webhooks are secrets: files say where they are ([`SecretPlace`]), and nothing here prints them.
//!
//! ```
//! use std::path::Path;
//!
//! use exoctl_notify::{Channels, Content, Event, Notice, Payload, Templates, compose};
//!
//! let file = "
//! [channel.ops]
//! kind = 'mail'
//! from = 'exoctl@contoso.com'
//! to = 'ops@contoso.com'
//! smtp = 'smtp.contoso.com'
//! ";
//! let channels = Channels::parse(file, Path::new("/etc/exoctl"))?;
//! let notice = Notice {
//!     event: Event::Failure,
//!     job: "monthly-audit".into(),
//!     tenant: "contoso".into(),
//!     ..Notice::default()
//! };
//! let ops = channels.find("ops").expect("it is in the file");
//! let Payload::Mail(mail) = compose(ops, Content::One(&notice), &Templates::default())? else {
//!     unreachable!("the channel is one of mail");
//! };
//! assert_eq!(mail.subject, "monthly-audit failed for contoso");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod channel;
mod courier;
mod error;
mod event;
mod healthcheck;
mod message;
mod notice;
mod outbox;
mod sending;
mod signature;
mod template;

pub use channel::{
    Carrier, Channel, ChannelError, Channels, Healthcheck, Hook, MailServer, MailWay, Proof,
    SecretPlace, Way,
};
pub use courier::{Courier, Round};
pub use error::{BoxError, SendError};
pub use event::{Event, Mood, UnknownEvent};
pub use healthcheck::{Ping, PingKind};
pub use message::{Content, MailText, Payload, compose, problems};
pub use notice::{Artifact, Cause, Digest, Group, Notice, Step};
pub use outbox::{Outbox, OutboxError, Settlement, Waiting};
pub use sending::{GraphSender, Means, Parcel, reach, send};
pub use signature::sign;
pub use template::{TemplateError, TemplateFile, Templates};
