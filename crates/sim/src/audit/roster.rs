//! The people and places that records speak of.

use std::fmt::Debug;
use std::net::{Ipv4Addr, Ipv6Addr};

use uuid::Uuid;

use super::draw::Draw;

/// The users of the tenant; the log asks for the same ones that the tenant has mailboxes for.
pub trait Roster: Debug + Send + Sync {
    /// How many users there are; never zero.
    fn size(&self) -> u64;
    /// Sign-in name of user `nth`, below [`Roster::size`].
    fn user_principal_name(&self, nth: u64) -> String;
    /// Display name of user `nth`.
    fn display_name(&self, nth: u64) -> String;
    /// Directory object id of user `nth`.
    fn object_id(&self, nth: u64) -> Uuid;
}

/// Users made up from a seed, for logs without a tenant around them.
#[derive(Debug, Clone)]
pub struct GeneratedRoster {
    seed: u64,
    size: u64,
    domain: String,
}

impl GeneratedRoster {
    /// `size` users of `domain` (at least one).
    pub fn new(seed: u64, size: u64, domain: impl Into<String>) -> Self {
        Self { seed, size: size.max(1), domain: domain.into() }
    }

    fn names(&self, nth: u64) -> (&'static str, &'static str) {
        let draw = Draw::new(self.seed ^ 0x7065_6f70_6c65, nth);
        (draw.one_of(1, &GIVEN_NAMES), draw.one_of(2, &SURNAMES))
    }
}

impl Roster for GeneratedRoster {
    fn size(&self) -> u64 {
        self.size
    }

    fn user_principal_name(&self, nth: u64) -> String {
        let (given, surname) = self.names(nth);
        let given = given.to_lowercase().replace('ö', "oe");
        let surname = surname.to_lowercase().replace('ü', "ue");
        format!("{given}.{surname}{nth}@{}", self.domain)
    }

    fn display_name(&self, nth: u64) -> String {
        let (given, surname) = self.names(nth);
        format!("{given} {surname}")
    }

    fn object_id(&self, nth: u64) -> Uuid {
        Draw::new(self.seed, nth).uuid(0x06)
    }
}

const GIVEN_NAMES: [&str; 12] = [
    "Amara", "Björn", "Chiara", "Daniel", "Emeka", "Farah", "Greta", "Hiro", "Ines", "Jakub",
    "Leonie", "Mateo",
];
const SURNAMES: [&str; 12] = [
    "Achterberg",
    "Baptiste",
    "Castellano",
    "Dietrich",
    "Eriksen",
    "Fontaine",
    "Grünwald",
    "Haddad",
    "Ivanova",
    "Kowalczyk",
    "Lindqvist",
    "Moreau",
];

/// A client's address from the documentation ranges (RFC 5737, RFC 3849); user `nth` has few.
pub(crate) fn address_of(nth: u64, draw: Draw) -> String {
    let place = Draw::new(0x1b, nth.wrapping_mul(3).wrapping_add(draw.zipf(31, 3)));
    if place.below(1, 5) == 0 {
        let tail = place.bits(2);
        let address = Ipv6Addr::new(
            0x2001,
            0xdb8,
            0x17,
            (tail >> 48) as u16,
            0,
            0,
            0,
            (tail & 0xffff) as u16,
        );
        return address.to_string();
    }
    let net = place.one_of(3, &[[203, 0, 113], [198, 51, 100], [192, 0, 2]]);
    Ipv4Addr::new(net[0], net[1], net[2], (1 + place.below(4, 254)) as u8).to_string()
}

/// The same address with a port, as Exchange's cmdlets record it.
pub(crate) fn address_with_port(address: &str, draw: Draw) -> String {
    let port = 1024 + draw.below(32, 60_000);
    if address.contains(':') { format!("[{address}]:{port}") } else { format!("{address}:{port}") }
}

/// A file: site, folder, name and extension.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) site: String,
    pub(crate) folder: &'static str,
    pub(crate) name: String,
    pub(crate) extension: &'static str,
    pub(crate) site_id: Uuid,
    pub(crate) personal: bool,
}

impl Place {
    /// Where the record's file lies: a quarter of them in the user's OneDrive, the others on one of
    /// the tenant's sites, a few of which get most of the traffic.
    pub(crate) fn draw(prefix: &str, user: &str, draw: Draw) -> Self {
        let personal = draw.below(40, 4) == 0;
        let (site, site_id) = if personal {
            let owner = user.replace(['@', '.', '#'], "_").to_lowercase();
            let id = Draw::new(
                0x0d,
                owner.bytes().fold(7, |sum: u64, b| sum.wrapping_mul(31) + u64::from(b)),
            );
            (format!("https://{prefix}-my.sharepoint.com/personal/{owner}/"), id.uuid(1))
        } else {
            let nth = draw.zipf(41, 400);
            let team = TEAMS[nth as usize % TEAMS.len()];
            (
                format!("https://{prefix}.sharepoint.com/sites/{team}-{nth}/"),
                Draw::new(0x5173, nth).uuid(1),
            )
        };
        let (topic, extension) = (
            draw.one_of(42, &TOPICS),
            draw.one_of(43, &["docx", "xlsx", "pptx", "pdf", "jpg", "one"]),
        );
        let name = format!("{topic} {}.{extension}", 1 + draw.zipf(44, 4000));
        let folder = if personal { "Documents" } else { "Shared Documents/General" };
        Self { site, folder, name, extension, site_id, personal }
    }

    /// The file's address, as `ObjectId` has it.
    pub(crate) fn url(&self) -> String {
        format!("{}{}/{}", self.site, self.folder, self.name)
    }
}

const TEAMS: [&str; 8] =
    ["sales", "engineering", "finance", "people", "legal", "operations", "board", "projects"];
const TOPICS: [&str; 10] = [
    "Quarterly figures",
    "Contract draft",
    "Besprechung Übersicht",
    "Price list",
    "Travel plan",
    "Budget & forecast",
    "Interview notes",
    "Roadmap",
    "Inventory",
    "Site photo",
];
