//! Whether a service can write where exoctl keeps what it learns.

use std::io;
use std::path::Path;

use super::super::condition;
use super::super::finding::Finding;
use super::super::visit::Visit;
use super::{Check, Looking};

/// Whether the directories of tokens and caches can be written.
pub(super) struct WritePaths;

impl Check for WritePaths {
    fn name(&self) -> &'static str {
        "write paths"
    }

    fn needs(&self) -> &'static [&'static str] {
        &[]
    }

    fn is_wanted(&self, visit: &Visit<'_>) -> bool {
        visit.is_service
    }

    fn run<'a>(&'a self, visit: &'a mut Visit<'_>) -> Looking<'a> {
        Box::pin(async move {
            let paths = match visit.context.paths() {
                Ok(paths) => paths,
                Err(error) => return Finding::failed(&error),
            };
            let mut facts = Vec::new();
            let mut closed = None;
            for path in [&paths.cache, &paths.tokens] {
                match write_below(path) {
                    Ok(()) => facts.push(format!("{} can be written", path.display())),
                    Err(error) => {
                        facts.push(format!("{}: {error}", path.display()));
                        closed.get_or_insert(path.display().to_string());
                    }
                }
            }
            if let Ok(directory) = std::env::current_dir()
                && let Err(error) = write_below(&directory)
            {
                facts.push(format!(
                    "{}: {error}; name files with their whole path",
                    directory.display()
                ));
            }
            match closed {
                Some(path) => Finding::fail(condition::CANNOT_WRITE, "").knowing("path", path),
                None => Finding::ok(""),
            }
            .seeing(facts)
        })
    }
}

/// Makes a file and takes it away again, in the directory or, while that is not there, in the one above
/// that it would be made in.
fn write_below(path: &Path) -> io::Result<()> {
    let directory = path.ancestors().find(|ancestor| ancestor.is_dir());
    let directory = directory.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
    tempfile::NamedTempFile::new_in(directory).map(drop).map_err(|error| {
        let reason = error.to_string();
        let reason = reason.split(" at path").next().unwrap_or_default().to_owned();
        io::Error::new(error.kind(), reason)
    })
}
