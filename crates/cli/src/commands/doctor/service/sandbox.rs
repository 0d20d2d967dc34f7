//! What a unit hides from its program, or lets it only read: systemd.exec(5), "Sandboxing". Pure: the
//! sandbox itself is systemd's, and exists only while the service runs.

use std::path::{Path, PathBuf};

use super::unit::{Specifiers, Unit};

/// What is done with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Need {
    /// It is read.
    Read,
    /// It is written too.
    Write,
}

/// The settings of a unit that take paths away.
#[derive(Clone, Debug, Default)]
pub(super) struct Sandbox {
    protect_home: String,
    protect_system: String,
    read_write: Vec<PathBuf>,
    read_only: Vec<PathBuf>,
    inaccessible: Vec<PathBuf>,
    own_root: Option<String>,
}

/// What `ProtectHome=` is about.
const HOMES: [&str; 3] = ["/home", "/root", "/run/user"];

impl Sandbox {
    /// What a unit says.
    pub(super) fn of(unit: &Unit, specifiers: &Specifiers) -> Self {
        let text = |name| unit.find(name).unwrap_or_default().to_ascii_lowercase();
        let paths = |name| -> Vec<PathBuf> {
            let words = unit.words(name).into_iter();
            words.map(|word| specifiers.fill(word.trim_start_matches(['-', '+'])).into()).collect()
        };
        let mut read_write = paths("ReadWritePaths");
        for (name, place) in [
            ("StateDirectory", "/var/lib"),
            ("CacheDirectory", "/var/cache"),
            ("LogsDirectory", "/var/log"),
            ("RuntimeDirectory", "/run"),
        ] {
            read_write.extend(paths(name).into_iter().map(|path| Path::new(place).join(path)));
        }
        if unit.is_on("PrivateTmp") {
            read_write.extend(["/tmp".into(), "/var/tmp".into()]);
        }
        let root = unit.find("RootDirectory").or_else(|| unit.find("RootImage"));
        Self {
            protect_home: text("ProtectHome"),
            protect_system: text("ProtectSystem"),
            read_write,
            read_only: paths("ReadOnlyPaths"),
            inaccessible: paths("InaccessiblePaths"),
            own_root: root.map(str::to_owned),
        }
    }

    /// Why the program does not get what it needs of a path; `None` if nothing takes it away. The
    /// setting with the longest path decides, as in the file system.
    pub(super) fn judge(&self, path: &Path, need: Need) -> Option<String> {
        if let Some(root) = &self.own_root {
            return Some(format!("the service has a root directory of its own, {root}"));
        }
        let mut decisive: (usize, Option<String>) = (0, None);
        let mut rule = |prefix: &Path, reason: Option<String>| {
            let length = prefix.components().count();
            if path.starts_with(prefix) && length >= decisive.0 {
                decisive = (length, reason);
            }
        };
        let is_written = need == Need::Write;
        for place in self.protected() {
            let name = format!("ProtectSystem={} lets it only read {place}", self.protect_system);
            rule(Path::new(place), is_written.then_some(name));
        }
        for home in HOMES {
            let setting = &self.protect_home;
            let hidden = match setting.as_str() {
                "read-only" => is_written,
                "" | "no" | "false" | "0" | "off" => continue,
                _ => true,
            };
            rule(
                Path::new(home),
                hidden.then(|| format!("ProtectHome={setting} takes {home} away")),
            );
        }
        for prefix in &self.read_only {
            let name = format!("ReadOnlyPaths={}", prefix.display());
            rule(prefix, is_written.then_some(name));
        }
        for prefix in &self.read_write {
            rule(prefix, None);
        }
        for prefix in &self.inaccessible {
            rule(prefix, Some(format!("InaccessiblePaths={}", prefix.display())));
        }
        decisive.1
    }

    fn protected(&self) -> &'static [&'static str] {
        match self.protect_system.as_str() {
            "strict" => &["/"],
            "full" => &["/usr", "/boot", "/efi", "/etc"],
            "" | "no" | "false" | "0" | "off" => &[],
            _ => &["/usr", "/boot", "/efi"],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(unit: &str, path: &str, need: Need) -> Option<String> {
        let specifiers = Specifiers {
            unit: "x.service".to_owned(),
            user: "exo".to_owned(),
            home: "/home/exo".into(),
        };
        let unit = Unit::read(&format!("[Service]\n{unit}"));
        Sandbox::of(&unit, &specifiers).judge(Path::new(path), need)
    }

    #[test]
    fn what_a_unit_takes_away_is_known_beforehand() {
        use Need::{Read, Write};
        for (unit, path, need, expected) in [
            ("", "/home/exo/.config", Write, None),
            ("ProtectHome=yes", "/home/exo/.config/exoctl", Read, Some("ProtectHome=yes")),
            ("ProtectHome=read-only", "/home/exo/.config/exoctl", Read, None),
            ("ProtectHome=read-only", "/run/user/990/exoctl", Write, Some("ProtectHome=read-only")),
            ("ProtectHome=no", "/home/exo", Write, None),
            ("ProtectHome=tmpfs\nReadWritePaths=/home/exo/data", "/home/exo/data/x", Write, None),
            ("ProtectSystem=yes", "/etc/exoctl", Write, None),
            ("ProtectSystem=full", "/etc/exoctl", Write, Some("ProtectSystem=full")),
            ("ProtectSystem=full", "/etc/exoctl", Read, None),
            ("ProtectSystem=strict", "/srv/exoctl", Write, Some("ProtectSystem=strict")),
            ("ProtectSystem=strict\nReadWritePaths=-/srv", "/srv/exoctl", Write, None),
            ("ProtectSystem=strict\nStateDirectory=exoctl", "/var/lib/exoctl/tokens", Write, None),
            ("ProtectSystem=strict\nPrivateTmp=true", "/tmp/x", Write, None),
            (
                "ReadWritePaths=/srv\nReadOnlyPaths=/srv/keys",
                "/srv/keys/a",
                Write,
                Some("ReadOnlyPaths=/srv/keys"),
            ),
            ("InaccessiblePaths=/srv", "/srv/a", Read, Some("InaccessiblePaths=/srv")),
            ("RootDirectory=/srv/root", "/etc", Read, Some("the service has a root directory")),
        ] {
            let found = judged(unit, path, need);
            let fits = match (&found, expected) {
                (Some(found), Some(expected)) => found.starts_with(expected),
                (None, None) => true,
                _ => false,
            };
            assert!(fits, "{unit:?} {path} {need:?}: {found:?}");
        }
    }
}
