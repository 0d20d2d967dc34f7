//! The stores that commands look into and put into.

use clap::ValueEnum;
use exoctl_certificate::{
    CertificateStore, CertifiedKey, DirectoryStore, DotnetStore, StoreError, StoredCertificate,
    Thumbprint,
};

use super::error::CertError;
use crate::context::Context;
use crate::error::{CommandError, NoHome};

/// A store by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum StoreName {
    /// exoctl's own directory
    Exoctl,
    /// CurrentUser\My of .NET on Linux, where PowerShell looks
    Dotnet,
}

impl StoreName {
    /// Opens the store.
    pub(super) fn open(self, context: &Context) -> Result<Box<dyn CertificateStore>, CommandError> {
        match self {
            Self::Exoctl => Ok(Box::new(own(context)?)),
            Self::Dotnet if !has_dotnet_store() => Err(CertError::NoDotnetStore.into()),
            Self::Dotnet => {
                let home = etcetera::home_dir().map_err(|_| NoHome)?;
                Ok(Box::new(DotnetStore::open(DotnetStore::path_below(&home))?))
            }
        }
    }
}

/// exoctl's own store, which keeps requests too.
pub(super) fn own(context: &Context) -> Result<DirectoryStore, CommandError> {
    Ok(DirectoryStore::open(&context.paths()?.certificates)?)
}

/// The store of that name, or all there are, exoctl's own first.
pub(super) fn chosen(
    name: Option<StoreName>,
    context: &Context,
) -> Result<Vec<Box<dyn CertificateStore>>, CommandError> {
    let names = match name {
        Some(name) => vec![name],
        None if has_dotnet_store() => vec![StoreName::Exoctl, StoreName::Dotnet],
        None => vec![StoreName::Exoctl],
    };
    names.into_iter().map(|name| name.open(context)).collect()
}

/// The first store that has the certificate.
pub(super) fn find(
    stores: Vec<Box<dyn CertificateStore>>,
    thumbprint: &Thumbprint,
) -> Result<(Box<dyn CertificateStore>, StoredCertificate), CommandError> {
    let names: Vec<String> = stores.iter().map(|store| store.name().to_owned()).collect();
    for store in stores {
        if let Some(found) = store.find(thumbprint)? {
            return Ok((store, found));
        }
    }
    let missing = StoreError::NotFound { thumbprint: *thumbprint, store: names.join(" or ") };
    Err(CertError::NotFound(missing).into())
}

/// The key of the first store that has the certificate.
pub(super) fn load(
    stores: Vec<Box<dyn CertificateStore>>,
    thumbprint: &Thumbprint,
) -> Result<CertifiedKey, CommandError> {
    Ok(find(stores, thumbprint)?.0.load(thumbprint)?)
}

/// On Windows and macOS .NET uses the system's own stores.
const fn has_dotnet_store() -> bool {
    cfg!(all(unix, not(target_os = "macos")))
}
