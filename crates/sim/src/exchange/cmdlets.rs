//! The cmdlets, one file a noun.

mod mailbox;

use std::collections::HashMap;
use std::sync::LazyLock;

use super::cmdlet::Cmdlet;

/// All cmdlets, by noun. A new file is named here and nowhere else.
const NOUNS: &[&[Cmdlet]] = &[mailbox::CMDLETS];

/// The cmdlet of that name, in any case.
pub(crate) fn find(name: &str) -> Option<&'static Cmdlet> {
    static BY_NAME: LazyLock<HashMap<String, &'static Cmdlet>> =
        LazyLock::new(|| all().map(|cmdlet| (cmdlet.name.to_lowercase(), cmdlet)).collect());
    BY_NAME.get(&name.to_lowercase()).copied()
}

/// All cmdlets.
pub(crate) fn all() -> impl Iterator<Item = &'static Cmdlet> {
    NOUNS.iter().copied().flatten()
}
