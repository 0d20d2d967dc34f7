//! Becoming somebody else: Linux.

use std::ffi::CString;
use std::io;

use nix::unistd::{self, Gid, Uid, User};

use super::ServiceError;
use super::schedule::Account;

/// The account of that name, or of that number.
pub(super) fn account(name: &str) -> Result<Account, ServiceError> {
    let by_number = name.parse().ok().map(Uid::from_raw).map(User::from_uid);
    let found = by_number.unwrap_or_else(|| User::from_name(name)).ok().flatten();
    let user = found.ok_or_else(|| ServiceError::NoUser(name.to_owned()))?;
    Ok(Account {
        name: user.name,
        uid: user.uid.as_raw(),
        gid: user.gid.as_raw(),
        home: user.dir,
        shell: user.shell,
    })
}

/// Whether this process may look as that account.
pub(super) fn may_become(uid: u32) -> bool {
    let own = Uid::effective();
    own.is_root() || own.as_raw() == uid
}

/// This process is that account's from here on, with all its groups and no way back.
pub(in super::super) fn become_user(name: &str) -> Result<(), ServiceError> {
    let account = account(name)?;
    if Uid::effective().as_raw() == account.uid {
        return Ok(());
    }
    let failed = |source: io::Error| ServiceError::Child {
        user: name.to_owned(),
        reason: format!("this process cannot become it: {source}"),
    };
    let text = CString::new(account.name).map_err(|_| ServiceError::NoUser(name.to_owned()))?;
    let group = Gid::from_raw(account.gid);
    unistd::initgroups(&text, group).map_err(|error| failed(error.into()))?;
    unistd::setgid(group).map_err(|error| failed(error.into()))?;
    unistd::setuid(Uid::from_raw(account.uid)).map_err(|error| failed(error.into()))
}
