//! The rules by which pages become one result that is whole or an error. Nothing is sent here.
//!
//! The place in a result is kept by one server for a while. When it is lost, a read begins anew
//! and rows that were given before are left out: they are known by their `Guid`, or else by all
//! their properties. What that costs is eight bytes a row.

use std::collections::HashMap;

use exoctl_http::Effect;
use url::Url;

use crate::error::IncompleteReason;
use crate::home::same_origin;
use crate::invocation::ResultSize;
use crate::page::{MORE_RESULTS, Page};
use crate::record::Record;

/// How often a result is begun anew, and how often in a row without any new row.
const MOST_RESTARTS: u32 = 5;
const MOST_FRUITLESS_RESTARTS: u32 = 2;

/// Where a result is, and what was given of it.
#[derive(Debug)]
pub(crate) struct Paging {
    wanted: ResultSize,
    effect: Effect,
    given: u64,
    keys: Vec<u64>,
    keyed_by_guid: bool,
    /// Keys of rows given before the last restart that have not come again yet.
    expected: HashMap<u64, u32>,
    restarts: u32,
    most_restarts: u32,
    fruitless: u32,
    /// The link that led to the last page, and where the keys of that page begin.
    followed: Option<(Url, usize)>,
    /// Whether the service warned that it failed while it read a page.
    cut_short: bool,
}

/// What to do after a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The result is whole, or as long as was wanted.
    End,
    /// Go on there.
    Link(Url),
}

impl Paging {
    /// A result of which nothing was given yet. That of a write is never begun anew, unless the
    /// write is repeatable.
    pub(crate) fn new(wanted: ResultSize, effect: Effect) -> Self {
        Self {
            wanted,
            effect,
            given: 0,
            keys: Vec::new(),
            keyed_by_guid: true,
            expected: HashMap::new(),
            restarts: 0,
            most_restarts: MOST_RESTARTS,
            fruitless: 0,
            followed: None,
            cut_short: false,
        }
    }

    /// From here on a lost place ends the result.
    pub(crate) fn never_restart(&mut self) {
        self.most_restarts = 0;
    }

    /// Rows given so far.
    pub(crate) fn given(&self) -> u64 {
        self.given
    }

    /// Whether the result wants more rows than those of one more page of that size.
    pub(crate) fn surely_goes_on(&self, page_size: u16) -> bool {
        let left = self.wanted.limit().map(|limit| limit.saturating_sub(self.given));
        left.is_none_or(|left| left > u64::from(page_size))
    }

    /// Takes a page that came from `host`: leaves in it what is to be given, and says what comes
    /// next.
    pub(crate) fn receive(
        &mut self,
        page: &mut Page,
        host: &Url,
    ) -> Result<Next, IncompleteReason> {
        let last = page.next_link.is_none();
        self.cut_short |= self.effect == Effect::Read && page.says_cut_short();
        if !self.expected.is_empty() {
            self.leave_out_known(page);
        }
        let left = self.wanted.limit().map(|limit| limit.saturating_sub(self.given));
        let cut = left.is_some_and(|left| page.rows_left() as u64 > left);
        if let (true, Some(left)) = (cut, left) {
            page.truncate(left as usize);
        }
        let keys = self.keys.len();
        if !last && self.effect != Effect::Write && self.most_restarts > 0 {
            self.remember(page);
        }
        let rows = page.rows_left() as u64;
        self.given += rows;
        if rows > 0 {
            self.fruitless = 0;
        }
        let full = left.is_some_and(|left| rows >= left);
        match page.next_link.take() {
            _ if full => {
                if cut || page.more_results || !last {
                    page.warnings.push(MORE_RESULTS.to_owned());
                }
                Ok(Next::End)
            }
            Some(link) => self.follow(continuation(&link, host)?, keys),
            None => self.end(page),
        }
    }

    /// Goes on to `link` from the page whose keys begin at `keys`. A service that gives the same
    /// rows and the same way on again would do so for ever.
    fn follow(&mut self, link: Url, keys: usize) -> Result<Next, IncompleteReason> {
        if let Some((before, begin)) = &self.followed
            && *before == link
            && self.keys[*begin..keys] == self.keys[keys..]
        {
            return Err(IncompleteReason::Repeats);
        }
        self.followed = Some((link.clone(), keys));
        Ok(Next::Link(link))
    }

    /// The service has no more: is that all?
    fn end(&self, page: &mut Page) -> Result<Next, IncompleteReason> {
        if !self.expected.is_empty() && !self.keyed_by_guid {
            return Err(IncompleteReason::ResultChanged);
        }
        if self.cut_short {
            return Err(IncompleteReason::ServiceFailed);
        }
        if page.more_results {
            if self.wanted != ResultSize::Default {
                return Err(IncompleteReason::NoWayOn);
            }
            page.warnings.push(MORE_RESULTS.to_owned());
        }
        Ok(Next::End)
    }

    /// The place was lost: begin anew, unless that has been done too often.
    pub(crate) fn restart(&mut self) -> Result<(), IncompleteReason> {
        if self.effect == Effect::Write
            || self.restarts >= self.most_restarts
            || self.fruitless >= MOST_FRUITLESS_RESTARTS
        {
            return Err(IncompleteReason::ContinuationLost);
        }
        self.restarts += 1;
        self.fruitless += 1;
        self.followed = None;
        self.expected.clear();
        for key in &self.keys {
            *self.expected.entry(*key).or_default() += 1;
        }
        Ok(())
    }

    fn remember(&mut self, page: &Page) {
        for row in page.rows() {
            let (key, by_guid) = row.key();
            self.keys.push(key);
            self.keyed_by_guid &= by_guid;
        }
    }

    fn leave_out_known(&mut self, page: &mut Page) {
        let expected = &mut self.expected;
        page.retain(|row: &Record| match expected.get_mut(&row.key().0) {
            Some(times) => {
                *times -= 1;
                if *times == 0 {
                    expected.remove(&row.key().0);
                }
                false
            }
            None => true,
        });
    }
}

/// The next page's address, if it is on the host that gave this page.
pub(crate) fn continuation(link: &str, host: &Url) -> Result<Url, IncompleteReason> {
    host.join(link)
        .ok()
        .filter(|url| same_origin(url, host))
        .ok_or(IncompleteReason::ForeignContinuation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use serde_json::{Value, json};

    fn host() -> Url {
        Url::parse("https://outlook.office365.com").unwrap()
    }

    const LINK: &str = "https://outlook.office365.com/adminapi/beta/t/InvokeCommand?%24skiptoken=x";

    fn page(names: &[&str], link: Option<&str>, more: bool) -> Page {
        let rows: Vec<Value> = names.iter().map(|name| json!({ "Name": name })).collect();
        let mut body = json!({ "value": rows, "@adminapi.warnings": [] });
        if more {
            body["@adminapi.warnings"] = json!([MORE_RESULTS]);
        }
        if let Some(link) = link {
            body["@odata.nextLink"] = json!(link);
        }
        Page::read(Bytes::from(body.to_string())).unwrap()
    }

    fn names(page: Page) -> Vec<String> {
        page.map(|row| row.text("Name").unwrap()).collect()
    }

    #[test]
    fn a_short_page_with_a_link_goes_on() {
        let mut paging = Paging::new(ResultSize::Unlimited, Effect::Read);
        let mut short = page(&[], Some(LINK), true);
        let next = paging.receive(&mut short, &host()).unwrap();
        assert_eq!(next, Next::Link(Url::parse(LINK).unwrap()));
        assert!(short.warnings.is_empty(), "the warning is hidden while pages follow");
        let mut last = page(&["a"], None, false);
        assert_eq!(paging.receive(&mut last, &host()), Ok(Next::End));
        assert_eq!(paging.given(), 1);
    }

    /// Found by fuzzing: such a service kept a client busy for ever.
    #[test]
    fn the_same_page_with_the_same_way_on_is_an_error() {
        let mut paging = Paging::new(ResultSize::Unlimited, Effect::Read);
        let again = |names| page(names, Some(LINK), false);
        assert!(paging.receive(&mut again(&["a"]), &host()).is_ok());
        assert!(paging.receive(&mut again(&["b"]), &host()).is_ok(), "other rows by the same link");
        let error = paging.receive(&mut again(&["b"]), &host()).unwrap_err();
        assert_eq!(error, IncompleteReason::Repeats);
    }

    #[test]
    fn more_rows_without_a_link_are_an_error_unless_nothing_was_asked_for() {
        for wanted in [ResultSize::Unlimited, ResultSize::Limit(5)] {
            let mut page = page(&["a"], None, true);
            let end = Paging::new(wanted, Effect::Read).receive(&mut page, &host());
            assert_eq!(end, Err(IncompleteReason::NoWayOn), "{wanted:?}");
        }
        let mut page = page(&["a"], None, true);
        let end = Paging::new(ResultSize::Default, Effect::Read).receive(&mut page, &host());
        assert_eq!((end, page.warnings), (Ok(Next::End), vec![MORE_RESULTS.to_owned()]));
    }

    #[test]
    fn a_warning_that_rows_are_missing_is_an_error() {
        let warned = |text: &str, link| {
            let mut page = page(&["a"], link, false);
            page.warnings.push(text.to_owned());
            page
        };
        for text in ["A task was canceled.", "Failed to process request."] {
            let mut paging = Paging::new(ResultSize::Default, Effect::Read);
            paging.receive(&mut warned(text, Some(LINK)), &host()).unwrap();
            let end = paging.receive(&mut page(&["b"], None, false), &host());
            assert_eq!(end, Err(IncompleteReason::ServiceFailed), "{text}");
            let mut write = Paging::new(ResultSize::Default, Effect::Write);
            assert_eq!(write.receive(&mut warned(text, None), &host()), Ok(Next::End));
        }
        let mut paging = Paging::new(ResultSize::Unlimited, Effect::Read);
        assert_eq!(paging.receive(&mut warned("Old.", None), &host()), Ok(Next::End));
    }

    #[test]
    fn a_limit_cuts_and_says_so() {
        let mut paging = Paging::new(ResultSize::Limit(3), Effect::Read);
        assert!(matches!(
            paging.receive(&mut page(&["a", "b"], Some(LINK), true), &host()),
            Ok(Next::Link(_))
        ));
        let mut second = page(&["c", "d"], Some(LINK), true);
        assert_eq!(paging.receive(&mut second, &host()), Ok(Next::End));
        assert_eq!(second.warnings, [MORE_RESULTS]);
        assert_eq!(names(second), ["c"]);
        let mut exact = page(&["a"], None, false);
        Paging::new(ResultSize::Limit(1), Effect::Read).receive(&mut exact, &host()).unwrap();
        assert!(exact.warnings.is_empty());
    }

    #[test]
    fn a_foreign_host_never_gets_the_next_request() {
        for foreign in [
            "https://outlook.office365.com.evil.example/x",
            "http://outlook.office365.com/x",
            "https://outlook.office365.com:446/x",
            "//evil.example/x",
        ] {
            let mut page = page(&["a"], Some(foreign), true);
            let next = Paging::new(ResultSize::Unlimited, Effect::Read).receive(&mut page, &host());
            assert_eq!(next, Err(IncompleteReason::ForeignContinuation), "{foreign}");
        }
    }

    #[test]
    fn after_a_restart_only_new_rows_are_given() {
        let mut paging = Paging::new(ResultSize::Unlimited, Effect::Read);
        paging.receive(&mut page(&["a", "b", "b"], Some(LINK), true), &host()).unwrap();
        paging.restart().unwrap();
        let mut again = page(&["b", "c", "a", "b", "b"], Some(LINK), true);
        paging.receive(&mut again, &host()).unwrap();
        assert_eq!(names(again), ["c", "b"]);
        assert_eq!(paging.receive(&mut page(&["d"], None, false), &host()), Ok(Next::End));
        assert_eq!(paging.given(), 6);
    }

    #[test]
    fn rows_that_do_not_come_again_and_have_no_guid_make_the_result_doubtful() {
        let mut paging = Paging::new(ResultSize::Unlimited, Effect::Read);
        paging.receive(&mut page(&["a"], Some(LINK), true), &host()).unwrap();
        paging.restart().unwrap();
        let end = paging.receive(&mut page(&["b"], None, false), &host());
        assert_eq!(end, Err(IncompleteReason::ResultChanged));
    }

    #[test]
    fn restarts_end_when_they_bring_nothing_or_may_not_be() {
        let mut paging = Paging::new(ResultSize::Unlimited, Effect::Read);
        assert_eq!(paging.restart(), Ok(()));
        assert_eq!(paging.restart(), Ok(()));
        assert_eq!(paging.restart(), Err(IncompleteReason::ContinuationLost));
        let mut write = Paging::new(ResultSize::Unlimited, Effect::Write);
        assert_eq!(write.restart(), Err(IncompleteReason::ContinuationLost));
    }
}
