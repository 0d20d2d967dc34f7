//! Every row of the catalogue that can be produced is produced by the real binary, read from what it
//! prints, fixed as the print says, and run again.
//!
//! The rows are the program's data, read here as data; what each takes is in the tables of
//! [`cases`]. A row that says how it is produced must have a case, and a row that says why it is not
//! must have none.

mod case;
mod cases;
mod explain;
mod rows;
mod scene;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use case::Proof;
use rows::Row;

/// Rows that must go the whole way: produced, diagnosed, fixed, and the same command run again.
const AT_LEAST: usize = 40;
/// Most cases wait for the program or for a pause that a service asked for, not for a processor.
const THREADS: usize = 8;

#[test]
fn every_row_is_produced_diagnosed_fixed_and_verified() {
    let rows = rows::all();
    let cases = cases::all();
    let known: BTreeMap<(bool, &str), &Row> =
        rows.iter().map(|row| ((row.for_administrator, row.code.as_str()), row)).collect();

    let next = AtomicUsize::new(0);
    let told = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let row = known[&(case.administrator, case.code)];
                    let started = Instant::now();
                    let outcome = std::panic::catch_unwind(|| case::prove(case, row));
                    let outcome = outcome.map_err(|panic| case::text_of(&*panic));
                    told.lock().unwrap().push((case.code, outcome, started.elapsed()));
                }
            });
        }
    });
    let told = told.into_inner().unwrap();
    let failed: Vec<String> = told
        .iter()
        .filter_map(|(code, outcome, _)| Some(format!("{code}: {}", outcome.as_ref().err()?)))
        .collect();
    assert!(failed.is_empty(), "{} of {} rows:\n{}", failed.len(), told.len(), failed.join("\n\n"));
    let whole = told.iter().filter(|(_, outcome, _)| *outcome == Ok(Proof::Whole)).count();
    println!("{whole} of {} rows went the whole way, {} cases", rows.len(), told.len());
    assert!(whole >= AT_LEAST, "only {whole} rows went the whole way");
    for (code, outcome, took) in &told {
        println!("{code:32} {outcome:?} {:.1} s", took.as_secs_f64());
    }
}

#[test]
fn a_row_has_a_case_exactly_if_it_says_how_it_is_produced() {
    let cases = cases::all();
    for row in rows::all() {
        let of_row = cases
            .iter()
            .filter(|case| case.code == row.code && case.administrator == row.for_administrator);
        assert_eq!(of_row.count(), usize::from(row.sim.is_some()), "cases of {}", row.code);
    }
    let rows = rows::all();
    for case in &cases {
        let is_there = rows.iter().any(|row| row.code == case.code);
        assert!(is_there, "there is no row {}", case.code);
    }
}
