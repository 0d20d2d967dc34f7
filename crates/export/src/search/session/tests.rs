use super::*;

const WHOLE: Step = Step::End(Reading::Whole);
const TOO_MANY: Step = Step::End(Reading::TooMany);

/// A page with the rows from `lowest` on, all new, `ResultCount` that of a page.
fn page(lowest: i64, rows: u64, more: Option<bool>) -> PageSeen {
    let highest = lowest + rows as i64 - 1;
    PageSeen { rows, begins_again: false, lowest, highest, count: (PAGE, PAGE), more }
}

fn counted(lowest: i64, rows: u64, count: i64) -> PageSeen {
    PageSeen { count: (count, count), ..page(lowest, rows, None) }
}

const EMPTY: PageSeen =
    PageSeen { rows: 0, begins_again: false, lowest: 0, highest: 0, count: (0, 0), more: None };

fn run(pages: &[PageSeen]) -> Result<Step, Anomaly> {
    let mut session = Session::default();
    for (index, page) in pages.iter().enumerate() {
        match session.receive(*page)? {
            Step::Next => {}
            end @ Step::End(_) => {
                assert_eq!(index, pages.len() - 1, "ended before the last page");
                return Ok(end);
            }
        }
    }
    Ok(Step::Next)
}

#[test]
fn how_a_session_goes() {
    let (yes, no) = (Some(true), Some(false));
    let table: [(&str, &[PageSeen], Result<Step, Anomaly>); 23] = [
        ("one page", &[page(1, 7, no)], Ok(WHOLE)),
        ("two pages", &[page(1, 5000, yes), page(5001, 20, no)], Ok(WHOLE)),
        ("a short page is no end", &[page(1, 20, yes)], Ok(Step::Next)),
        ("a short page without metadata is none either", &[page(1, 20, None)], Ok(Step::Next)),
        (
            "index equals count is no end",
            &[PageSeen { count: (5, 5), ..page(1, 5, yes) }],
            Ok(Step::Next),
        ),
        ("an empty page is asked for again", &[page(1, 9, yes), EMPTY, EMPTY], Ok(Step::Next)),
        ("and may come then", &[page(1, 9, yes), EMPTY, page(10, 5, no)], Ok(WHOLE)),
        ("empty, and more", &[page(1, 9, yes), EMPTY, EMPTY, EMPTY], Err(Anomaly::EmptyWithMore)),
        ("nothing, twice", &[EMPTY, EMPTY], Ok(WHOLE)),
        ("no metadata", &[page(1, 9, None), EMPTY, EMPTY, EMPTY], Ok(WHOLE)),
        ("a time-out", &[PageSeen { count: (0, 0), ..page(-1, 1, None) }], Err(Anomaly::Bogus)),
        ("a missing page", &[page(1, 9, yes), page(19, 9, no)], Err(Anomaly::Gap)),
        ("a first page that is not the first", &[page(10, 9, no)], Err(Anomaly::Gap)),
        (
            "the same again",
            &[page(1, 9, yes), PageSeen { begins_again: true, ..page(1, 9, yes) }],
            Err(Anomaly::Repeats),
        ),
        ("half of it again", &[page(1, 9, yes), page(5, 9, yes)], Err(Anomaly::Repeats)),
        (
            "from the beginning behind a short page",
            &[page(1, 9, yes), PageSeen { begins_again: true, ..page(1, 5000, yes) }],
            Err(Anomaly::Repeats),
        ),
        ("an index for each page", &[page(1, 9, yes), page(1, 9, yes), page(1, 2, no)], Ok(WHOLE)),
        (
            "a row 59 times",
            &[PageSeen { rows: 68, ..page(1, 10, yes) }, page(11, 3, no)],
            Ok(WHOLE),
        ),
        (
            "the old total",
            &[counted(1, 5000, 5002), counted(5001, 2, 5002), EMPTY, EMPTY, EMPTY],
            Ok(WHOLE),
        ),
        ("fewer than the total", &[counted(1, 10, 12), EMPTY, EMPTY, EMPTY], Err(Anomaly::Short)),
        ("another total", &[counted(1, 10, 12), counted(11, 1, 13)], Err(Anomaly::CountChanged)),
        ("a total beyond the cap", &[counted(1, 10, 50_001)], Ok(TOO_MANY)),
        (
            "with metadata the count means nothing",
            &[PageSeen { count: (9, 90_000), ..page(1, 10, no) }],
            Ok(WHOLE),
        ),
    ];
    for (name, pages, expected) in table {
        assert_eq!(run(pages), expected, "{name}");
    }
}

#[test]
fn a_window_at_the_cap_is_not_believed() {
    let full = |more| {
        let mut pages: Vec<_> = (0..9).map(|nth| page(nth * 5000 + 1, 5000, Some(true))).collect();
        pages.push(page(45_001, 5000, more));
        pages
    };
    for more in [Some(true), Some(false), None] {
        assert_eq!(run(&full(more)), Ok(TOO_MANY), "{more:?}");
    }
    let mut less = full(Some(false));
    less[9] = page(45_001, 4999, Some(false));
    assert_eq!(run(&less), Ok(WHOLE));
    // Indices for each page: then the rows are counted.
    let per_page: Vec<_> = (0..10).map(|_| page(1, 5000, Some(true))).collect();
    assert_eq!(run(&per_page), Ok(TOO_MANY));
}

#[test]
fn pages_without_an_end_are_given_up() {
    let mut session = Session::default();
    let mut last = Ok(Step::Next);
    for nth in 0..=i64::from(PAGES) {
        last = session.receive(page(nth + 1, 1, Some(true)));
    }
    assert_eq!(last, Err(Anomaly::Endless));
}
