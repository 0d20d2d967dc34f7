//! How the simulated Management Activity API misbehaves. By default it does not.

use jiff::Timestamp;

/// Behaviour of the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityProfile {
    /// Whether all content types have a subscription from the beginning of time; otherwise somebody
    /// has to start them, and gets nothing from before.
    pub subscribed: bool,
    /// Whether records become available as late as they can be found by a search that is `late`:
    /// some after days. Otherwise within ten minutes.
    pub late: bool,
    /// Records, in a million, that are in a second blob hours or days later: by design.
    pub duplicates: u32,
    /// Records, in a million, that never get into the feed.
    pub withhold: u32,
    /// Blobs, in a million, that are listed and have expired when they are asked for.
    pub expired: u32,
    /// Listed blobs on a page.
    pub page: usize,
    /// Records in a blob at most.
    pub blob: usize,
    /// When somebody switched the subscription to `Audit.Exchange` off, if anybody did.
    pub disabled: bool,
    /// What became available from here on is not shown: a feed that has stopped.
    pub until: Option<Timestamp>,
}

impl Default for ActivityProfile {
    fn default() -> Self {
        Self {
            subscribed: false,
            late: false,
            duplicates: 0,
            withhold: 0,
            expired: 0,
            page: 200,
            blob: 500,
            disabled: false,
            until: None,
        }
    }
}

/// A text that is no profile of the feed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{item}' is no setting of the activity feed")]
pub struct ActivityProfileError {
    item: String,
}

impl ActivityProfile {
    /// Subscribed, late, with duplicates and short pages.
    pub fn wild() -> Self {
        Self {
            subscribed: true,
            late: true,
            duplicates: 30_000,
            page: 37,
            blob: 40,
            ..Self::default()
        }
    }

    /// Reads `wild`, or a list like `subscribed,late,duplicates=0.03,withhold=0.01,page=50`. Shares
    /// are from 0 to 1.
    pub fn parse(text: &str) -> Result<Self, ActivityProfileError> {
        let mut profile = Self::default();
        for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            let wrong = || ActivityProfileError { item: item.to_owned() };
            let (name, value) = item.split_once('=').unwrap_or((item, ""));
            let share = || match value.parse::<f64>() {
                Ok(share) if (0.0..=1.0).contains(&share) => Ok((share * 1e6) as u32),
                _ => Err(wrong()),
            };
            let count = || match value.parse::<usize>() {
                Ok(count) if count > 0 => Ok(count),
                _ => Err(wrong()),
            };
            match (name, value) {
                ("wild", "") => profile = Self::wild(),
                ("subscribed", "") => profile.subscribed = true,
                ("late", "") => profile.late = true,
                ("disabled", "") => profile.disabled = true,
                ("duplicates", _) => profile.duplicates = share()?,
                ("withhold", _) => profile.withhold = share()?,
                ("expired", _) => profile.expired = share()?,
                ("page", _) => profile.page = count()?,
                ("blob", _) => profile.blob = count()?,
                ("until", time) => profile.until = Some(time.parse().map_err(|_| wrong())?),
                _ => return Err(wrong()),
            }
        }
        Ok(profile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_read_from_a_list() {
        let profile = ActivityProfile::parse("subscribed, withhold=0.01,page=5").unwrap();
        assert!(profile.subscribed && !profile.late);
        assert_eq!((profile.withhold, profile.page), (10_000, 5));
        assert_eq!(ActivityProfile::parse("wild").unwrap(), ActivityProfile::wild());
        assert_eq!(ActivityProfile::parse("").unwrap(), ActivityProfile::default());
        for wrong in ["late=1", "page=0", "withhold=2", "often", "until=soon"] {
            let error = ActivityProfile::parse(wrong).unwrap_err().to_string();
            assert_eq!(error, format!("'{wrong}' is no setting of the activity feed"));
        }
    }
}
