//! How runs get to the workers of this process.

use std::sync::Arc;
use std::time::Duration;

use exoctl_runner::{Crew, Observer};
use exoctl_store::{Delivery, Direct, Graphile};

use crate::error::{CommandError, RunError};
use crate::unattended::Installation;

/// How runs are delivered.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct DeliveryArgs {
    /// How runs get to workers
    #[arg(long, value_name = "HOW", value_enum, default_value_t = How::Direct)]
    delivery: How,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum How {
    /// Each worker asks the ledger
    Direct,
    /// graphile_worker brings them, on the ledger's PostgreSQL
    Graphile,
}

impl DeliveryArgs {
    /// So many hands, and how they get what they do.
    pub(crate) async fn crew(
        &self,
        here: &Installation,
        hands: usize,
        grace: Duration,
        observer: Arc<dyn Observer>,
    ) -> Result<Crew, CommandError> {
        let clock = here.context.clock();
        let delivery: Arc<dyn Delivery> = match self.delivery {
            How::Direct => Arc::new(Direct::new(here.ledger(), clock)),
            How::Graphile if here.ledger.place().is_shared() => {
                Arc::new(Graphile::connect(here.ledger.clone(), clock).await?)
            }
            How::Graphile => return Err(RunError::NotShared.into()),
        };
        here.crew(delivery, hands, grace, observer)
    }
}
