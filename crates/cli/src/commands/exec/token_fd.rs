//! An access token to be read from a file descriptor: nothing in the environment, nothing on disk.

use std::fs::File;
use std::io::Write as _;
use std::ops::RangeInclusive;
use std::os::fd::AsRawFd as _;
use std::process::Command;

use command_fds::{CommandFdExt as _, FdMapping};
use exoctl_identity::AccessToken;
use secrecy::ExposeSecret;

use crate::error::ExecError;

/// What a shell can redirect by number, besides the standard streams.
pub(super) const NUMBERS: RangeInclusive<i64> = 3..=9;

/// Lets the command's program read the token and a line break from a descriptor. What is returned
/// must live until the program was started.
pub(super) fn give(
    command: &mut Command,
    number: i32,
    token: &AccessToken,
) -> Result<Vec<File>, ExecError> {
    let failed = |source| ExecError::Program("prepare the token's file descriptor for", source);
    let (reader, mut writer) = std::io::pipe().map_err(failed)?;
    // A pipe holds 16 KiB at the least, and a token is two or three.
    writeln!(writer, "{}", token.secret().expose_secret()).map_err(failed)?;
    let mapping = FdMapping { parent_fd: reader.into(), child_fd: number };
    command.fd_mappings(vec![mapping]).expect("there is one mapping");
    // The standard library opens a pipe of its own when it starts a program, to learn whether
    // that went well. It must not get our number, which it would find taken in the child.
    let mut fillers = Vec::new();
    loop {
        let filler = File::open("/dev/null").map_err(failed)?;
        let high = i64::from(filler.as_raw_fd()) > *NUMBERS.end();
        fillers.push(filler);
        if high {
            return Ok(fillers);
        }
    }
}
