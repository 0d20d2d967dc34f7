//! What is known of an application's certificates, and what is being done about them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use exoctl_certificate::Thumbprint;
use exoctl_model::{ClientId, ObjectId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The rotations of one application. There is no secret in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Journal {
    /// The form of the file; [`Journal::FORMAT`].
    pub format: u32,
    /// The application.
    pub app_id: ClientId,
    /// Its object id, which it cannot find out itself without a permission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_id: Option<ObjectId>,
    /// The ids of its key credentials, as far as they are known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub key_ids: BTreeMap<Thumbprint, Uuid>,
    /// The rotation that is under way, until the profiles use the new certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Rotation>,
    /// Commands that are still to be run, or to be run again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<Hook>,
    /// Certificates that were replaced and are not wholly gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retired: Vec<Retired>,
}

/// A rotation that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rotation {
    /// Since when.
    pub begun: Timestamp,
    /// The certificate in use.
    pub old: Certified,
    /// Where its key is, and the new one's is to be.
    pub places: Vec<Place>,
    /// The request that waits for an authority's answer, if one is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// The new certificate, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<Certified>,
    /// How far it is.
    pub stage: Stage,
}

/// A certificate by its thumbprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Certified {
    /// Its thumbprint.
    pub thumbprint: Thumbprint,
    /// Its end.
    pub not_after: Timestamp,
}

/// Where a key is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub enum Place {
    /// In a store.
    Store {
        /// The store's name.
        name: String,
    },
    /// In a file of the user's.
    File {
        /// The file with the old key; the new one is beside it, see [`Place::beside`].
        path: PathBuf,
    },
}

/// How far a rotation is. Each is written down before what follows is begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// There is no new key yet.
    Begun,
    /// An authority is asked for the certificate.
    Requested,
    /// A key of that thumbprint is being stored.
    Making,
    /// The new key is where it belongs.
    Stored,
    /// It is being added to the application; whether it is there nobody knows.
    Adding,
    /// The application has it.
    Added,
    /// It has been signed in with.
    Proved,
}

/// A command to be run after the switch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Hook {
    /// The command line.
    pub command: String,
    /// The certificate that was replaced.
    pub old: Thumbprint,
    /// The certificate that replaces it.
    pub new: Thumbprint,
    /// How often it has failed.
    pub failures: u32,
}

/// A certificate that was replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Retired {
    /// The certificate.
    #[serde(flatten)]
    pub old: Certified,
    /// The one in its place.
    pub replaced_by: Thumbprint,
    /// Where its key is.
    pub places: Vec<Place>,
    /// When it was replaced.
    pub since: Timestamp,
    /// When it may be taken off the application.
    pub remove_after: Timestamp,
    /// What is left of it.
    pub state: State,
}

/// What is left of a certificate that was replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "is")]
pub enum State {
    /// The application still has it.
    Registered,
    /// The application has it no more; its key is where it was.
    Unregistered,
    /// The key is in the archive.
    Archived {
        /// When it is destroyed.
        until: Timestamp,
    },
}

impl Journal {
    /// The form of the file that this version writes and reads.
    pub const FORMAT: u32 = 1;

    /// Nothing is known of the application.
    pub fn new(app_id: ClientId) -> Self {
        Self {
            format: Self::FORMAT,
            app_id,
            object_id: None,
            key_ids: BTreeMap::new(),
            rotation: None,
            hooks: Vec::new(),
            retired: Vec::new(),
        }
    }

    /// A rotation begins: the certificate `old`, which ends then, is to be replaced.
    pub fn begin(
        &mut self,
        old: Thumbprint,
        not_after: Timestamp,
        places: Vec<Place>,
        now: Timestamp,
    ) {
        self.rotation = Some(Rotation {
            begun: now,
            old: Certified { thumbprint: old, not_after },
            places,
            request: None,
            new: None,
            stage: Stage::Begun,
        });
    }

    /// An authority is asked.
    pub fn requested(&mut self, id: String) {
        let rotation = self.under_way();
        rotation.request = Some(id);
        rotation.stage = Stage::Requested;
    }

    /// There is a key, and it is about to be stored.
    pub fn making(&mut self, new: Certified) {
        let rotation = self.under_way();
        rotation.new = Some(new);
        rotation.stage = Stage::Making;
    }

    /// It was not stored, and is lost.
    pub fn not_made(&mut self) {
        let rotation = self.under_way();
        rotation.new = None;
        rotation.stage = if rotation.request.is_some() { Stage::Requested } else { Stage::Begun };
    }

    /// What has been made is given up, and another kind of certificate is to be made; possible until
    /// it is added to the application. Gives the rotation as it was.
    pub fn begin_again(&mut self) -> Option<Rotation> {
        let rotation = self.rotation.as_mut().filter(|rotation| rotation.stage < Stage::Adding)?;
        let given_up = rotation.clone();
        rotation.request = None;
        rotation.new = None;
        rotation.stage = Stage::Begun;
        Some(given_up)
    }

    /// It is at `stage` now.
    pub fn reached(&mut self, stage: Stage) {
        self.under_way().stage = stage;
    }

    /// The application has the new certificate.
    pub fn added(&mut self, key_id: Option<Uuid>) {
        let rotation = self.under_way();
        rotation.stage = Stage::Added;
        let new = rotation.new.expect("what was added had been made").thumbprint;
        if let Some(key_id) = key_id {
            self.key_ids.insert(new, key_id);
        }
    }

    /// The profiles use the new certificate. The commands are to be run, and the old certificate
    /// stays on the application until `remove_after`.
    pub fn switched(&mut self, now: Timestamp, remove_after: Timestamp, commands: &[String]) {
        let rotation = self.rotation.take().expect("a rotation is under way");
        let (old, new) = (rotation.old, rotation.new.expect("it was proved").thumbprint);
        self.hooks.extend(commands.iter().map(|command| Hook {
            command: command.clone(),
            old: old.thumbprint,
            new,
            failures: 0,
        }));
        self.retired.push(Retired {
            old,
            replaced_by: new,
            places: rotation.places,
            since: now,
            remove_after,
            state: State::Registered,
        });
    }

    /// What is left of a replaced certificate.
    pub fn retire(&mut self, thumbprint: Thumbprint, state: State) {
        if state != State::Registered {
            self.key_ids.remove(&thumbprint);
        }
        for retired in &mut self.retired {
            if retired.old.thumbprint == thumbprint {
                retired.state = state;
            }
        }
    }

    /// A replaced certificate is gone.
    pub fn gone(&mut self, thumbprint: Thumbprint) {
        self.retired.retain(|retired| retired.old.thumbprint != thumbprint);
    }

    /// The certificate that is in the place of `thumbprint` today.
    pub fn current_of(&self, thumbprint: Thumbprint) -> Thumbprint {
        let mut current = thumbprint;
        // No longer than the list: a damaged journal may have a ring.
        for _ in &self.retired {
            match self.retired.iter().find(|retired| retired.old.thumbprint == current) {
                Some(retired) => current = retired.replaced_by,
                None => break,
            }
        }
        current
    }

    /// Whether nothing is known and nothing is to be done.
    pub fn is_idle(&self) -> bool {
        self.rotation.is_none() && self.hooks.is_empty() && self.retired.is_empty()
    }

    fn under_way(&mut self) -> &mut Rotation {
        self.rotation.as_mut().expect("a rotation is under way")
    }
}

impl Place {
    /// The file beside `path` for the key of another certificate: the same name with the beginning of
    /// the thumbprint in it, in place of that of an earlier rotation.
    pub fn beside(path: &Path, old: &Thumbprint, new: &Thumbprint) -> PathBuf {
        let short = |thumbprint: &Thumbprint| format!("-{}", &thumbprint.to_string()[..8]);
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let stem = stem.strip_suffix(&short(old)).unwrap_or(&stem);
        let name = format!("{stem}{}", short(new));
        match path.extension() {
            Some(extension) => path.with_file_name(format!("{name}.{}", extension.display())),
            None => path.with_file_name(name),
        }
    }
}
