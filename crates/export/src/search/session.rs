//! The rules by which pages of one search session become a window that is whole or doubtful.
//! Nothing is sent here.
//!
//! What ends a session is a page that says that there is no more, or no rows, asked for again.
//! Neither a short page nor `ResultIndex` = `ResultCount` does.

use crate::source::{Anomaly, Reading};

/// The most rows of a session; a window that has as many may have more.
pub(crate) const CAP: i64 = 50_000;
/// Rows of a page.
pub(crate) const PAGE: i64 = 5_000;
/// How often an empty page behind others is asked for again.
const EMPTY_PAGES: u32 = 2;
/// How often an empty first page is, of each of two sessions.
const EMPTY_FIRST_PAGES: u32 = 1;
/// The most pages. With ordinary ones the cap comes much earlier.
const PAGES: u32 = 200;

/// What one page showed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PageSeen {
    pub(crate) rows: u64,
    /// Whether the first rows were in the session before, as when it begins anew.
    pub(crate) begins_again: bool,
    /// The smallest and the greatest `ResultIndex`.
    pub(crate) lowest: i64,
    pub(crate) highest: i64,
    /// The smallest and the greatest `ResultCount`.
    pub(crate) count: (i64, i64),
    /// `moreRecordsAvailable` of the last row that has it.
    pub(crate) more: Option<bool>,
}

/// What to do after a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Ask for the next page.
    Next,
    /// The session has ended.
    End(Reading),
}

/// A session under way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Session {
    pages: u32,
    rows: u64,
    /// The greatest `ResultIndex` so far.
    reached: i64,
    /// Whether `ResultIndex` begins anew on every page.
    per_page: bool,
    /// The number of rows of the whole result, if `ResultCount` is that.
    total: Option<i64>,
    /// The same where rows say if there are more: not relied on, for it may be the size of a page.
    told: Told,
    more: Option<bool>,
    empty: u32,
}

/// What `ResultCount` was on all pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Told {
    #[default]
    Nothing,
    Always(i64),
    Differently,
}

impl Session {
    /// Takes a page.
    pub(crate) fn receive(&mut self, page: PageSeen) -> Result<Step, Anomaly> {
        self.pages += 1;
        if self.pages > PAGES {
            return Err(Anomaly::Endless);
        }
        if page.rows == 0 {
            return self.receive_nothing();
        }
        if page.lowest < 1 {
            return Err(Anomaly::Bogus);
        }
        self.empty = 0;
        self.place(&page)?;
        self.count(&page)?;
        self.rows += page.rows;
        self.more = page.more;
        if self.delivered() >= CAP || self.total.is_some_and(|total| total > CAP) {
            return Ok(Step::End(Reading::TooMany));
        }
        match page.more {
            Some(false) => self.end(),
            _ => Ok(Step::Next),
        }
    }

    /// Whether the session has given any row.
    pub(crate) fn has_rows(&self) -> bool {
        self.rows > 0
    }

    /// How many rows the whole result has. `counts` is whether `ResultCount` is known to be that.
    pub(crate) fn told(&self, counts: bool) -> Option<u64> {
        if !self.has_rows() {
            return Some(0);
        }
        let told = match self.told {
            Told::Always(told) if counts => Some(told),
            _ => None,
        };
        let told = self.total.or(told).filter(|told| *told != PAGE && *told >= self.delivered());
        told.and_then(|told| u64::try_from(told).ok())
    }

    fn receive_nothing(&mut self) -> Result<Step, Anomaly> {
        self.empty += 1;
        if self.empty <= if self.has_rows() { EMPTY_PAGES } else { EMPTY_FIRST_PAGES } {
            return Ok(Step::Next);
        }
        if self.more == Some(true) {
            return Err(Anomaly::EmptyWithMore);
        }
        self.end()
    }

    /// Is this the page that follows?
    fn place(&mut self, page: &PageSeen) -> Result<(), Anomaly> {
        let expected = self.reached + 1;
        if page.lowest == 1 && self.rows > 0 {
            if page.begins_again {
                return Err(Anomaly::Repeats);
            }
            self.per_page = true;
        } else if !self.per_page && page.lowest > expected {
            return Err(Anomaly::Gap);
        } else if !self.per_page && page.lowest < expected {
            return Err(Anomaly::Repeats);
        }
        self.reached = self.reached.max(page.highest);
        Ok(())
    }

    /// Since spring 2026 `ResultCount` is the size of a page, before that it was the whole number.
    fn count(&mut self, page: &PageSeen) -> Result<(), Anomaly> {
        let (lowest, highest) = page.count;
        self.told = match self.told {
            Told::Nothing if lowest == highest => Told::Always(lowest),
            Told::Always(told) if (lowest, highest) == (told, told) => self.told,
            _ => Told::Differently,
        };
        if page.more.is_some() || lowest != highest || highest < 1 {
            return Ok(());
        }
        let total = (highest != PAGE).then_some(highest);
        if self.rows > 0 && self.total != total {
            return Err(Anomaly::CountChanged);
        }
        self.total = total;
        Ok(())
    }

    fn end(&self) -> Result<Step, Anomaly> {
        if self.total.is_some_and(|total| self.delivered() < total) {
            return Err(Anomaly::Short);
        }
        Ok(Step::End(Reading::Whole))
    }

    /// Rows of the result that were given; a row that comes 59 times has one place in it.
    fn delivered(&self) -> i64 {
        if self.per_page { self.rows as i64 } else { self.reached }
    }
}

#[cfg(test)]
mod tests;
