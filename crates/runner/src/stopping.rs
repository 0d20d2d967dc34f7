//! Being told to stop what one does, and why.

use tokio::sync::watch;

/// Why an attempt is to end before it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The worker ends: the run is handed back.
    Shutdown,
    /// Somebody wants the run to end, or a later one replaces it.
    Cancelled,
    /// The run may be somebody else's from now on. Nothing more may be done for it.
    LeaseLost,
}

impl Stop {
    /// Whether there is no time for asking: what runs must not run a moment longer.
    pub const fn is_urgent(self) -> bool {
        matches!(self, Self::LeaseLost)
    }
}

/// Who can say it, and that there is no need to yet.
#[derive(Debug)]
pub struct Stopper {
    said: watch::Sender<Option<Stop>>,
    renewals: watch::Sender<u64>,
}

/// Who is told; clones are told the same.
#[derive(Clone, Debug)]
pub struct Stopping {
    said: watch::Receiver<Option<Stop>>,
    renewals: watch::Receiver<u64>,
}

impl Stopper {
    /// Nobody has said anything.
    pub fn new() -> (Self, Stopping) {
        let (said, told) = watch::channel(None);
        let (renewals, renewed) = watch::channel(0);
        (Self { said, renewals }, Stopping { said: told, renewals: renewed })
    }

    /// The lease was renewed.
    pub(crate) fn renewed(&self) {
        self.renewals.send_modify(|count| *count += 1);
    }

    /// Says it. What is more urgent than what was said before is said over it.
    pub fn stop(&self, why: Stop) {
        self.said.send_if_modified(|said| {
            let is_news = said.is_none_or(|said| why.is_urgent() && !said.is_urgent());
            if is_news {
                *said = Some(why);
            }
            is_news
        });
    }

    /// What was said.
    pub fn said(&self) -> Option<Stop> {
        *self.said.borrow()
    }
}

impl Stopping {
    /// What was said, if anything was.
    pub fn said(&self) -> Option<Stop> {
        *self.said.borrow()
    }

    /// Waits until something is said. Whoever could say it and is gone can say nothing.
    pub async fn stopped(&mut self) -> Stop {
        if let Ok(said) = self.said.wait_for(Option::is_some).await
            && let Some(why) = *said
        {
            return why;
        }
        std::future::pending().await
    }

    /// Waits until the lease is renewed once more, which tells that the worker goes on.
    pub async fn renewal(&mut self) {
        if self.renewals.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Waits until something urgent is said.
    pub async fn urgently(&mut self) -> Stop {
        let urgent = |said: &Option<Stop>| said.is_some_and(Stop::is_urgent);
        if let Ok(said) = self.said.wait_for(urgent).await
            && let Some(why) = *said
        {
            return why;
        }
        std::future::pending().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_urgent_is_said_over_what_is_not() {
        let (stopper, mut stopping) = Stopper::new();
        assert_eq!(stopping.said(), None);
        stopper.stop(Stop::Shutdown);
        stopper.stop(Stop::Cancelled);
        assert_eq!(stopping.stopped().await, Stop::Shutdown);
        stopper.stop(Stop::LeaseLost);
        assert_eq!(stopping.urgently().await, Stop::LeaseLost);
        stopper.stop(Stop::Shutdown);
        assert_eq!(stopping.said(), Some(Stop::LeaseLost));
    }
}
