//! The program is killed, again and again, and started again: the files are those of a run that
//! nobody disturbed.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Child;

use super::oracle::{Desk, lines, texts};

/// Everything that leaves the records themselves alone.
const ACCIDENTS: &str = "duplicates=0.05,hot-duplicate=0.1,boundary-duplicates,short-page=0.05,empty-page=0.03,\
bogus-page=0.03,partial-with-warning=0.03,session-forgotten=0.03,numbers-as-strings=0.01,duplicate-keys=0.01";

/// Records of the short form of what `scripts/audit-oracle` does with a million.
const SHORT: u64 = 6_000;

const OPTIONS: &str =
    "--sink cmdlet-csv --sink jsonl --sink reviewer-csv --sink parquet --compress zstd";

#[test]
fn killed_at_some_points_nothing_is_lost_or_doubled() {
    let desk = Desk::new(3000, ACCIDENTS);
    let expected = undisturbed(&desk);
    for point in [1, 2, 5, 9, 14, 23, 32, 40] {
        killed(&desk, &[point], &expected);
    }
}

/// Everything at once: records that are found late, that come with other bytes, that are cut off.
#[test]
fn with_everything_that_can_go_wrong_and_killed_it_is_what_the_log_holds() {
    let accidents = format!("{ACCIDENTS},late,conflicting-bytes=0.01,unterminated=0.005");
    for seed in 1..=3 {
        let desk = Desk::with(SHORT, &accidents, seed, None);
        let _ = desk.export("undisturbed", "").ok();
        desk.holds("undisturbed");
        let expected = files(&desk.path("undisturbed"));
        let points = [[3 + seed as usize, 9, 17], [1, 12, 30]];
        for points in &points[..if seed == 1 { 2 } else { 1 }] {
            let name = begin_and_kill(&desk, points, "");
            let _ = desk.export(&name, "").ok();
            assert!(files(&desk.path(&name)) == expected, "seed {seed}, killed at {points:?}");
        }
    }
}

#[test]
#[ignore = "takes minutes; run it with --ignored before a release"]
fn killed_at_fifty_random_points_nothing_is_lost_or_doubled() {
    for seed in 1..=3 {
        let desk = Desk::with(20_000, ACCIDENTS, seed, None);
        let expected = undisturbed(&desk);
        let mut random = seed;
        let mut next = || {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (random >> 33) as usize % 70
        };
        for _ in 0..17 {
            killed(&desk, &[next(), next(), next()], &expected);
        }
    }
}

type Files = BTreeMap<String, Vec<u8>>;

fn undisturbed(desk: &Desk) -> Files {
    let _ = desk.export("undisturbed", OPTIONS).ok();
    assert!(lines_of(desk, "undisturbed") == texts(&desk.expected()));
    files(&desk.path("undisturbed"))
}

/// Kills the export when its directory has changed so many times, each time anew, and then lets it
/// come to its end.
fn killed(desk: &Desk, points: &[usize], expected: &Files) {
    let name = begin_and_kill(desk, points, OPTIONS);
    let _ = desk.export(&name, OPTIONS).ok();
    assert!(files(&desk.path(&name)) == *expected, "killed at {points:?}");
    let verified = desk.home.run(&format!("audit verify {name} --certificate exo.cer"));
    let _ = verified.ok();
}

/// Gives the name of the directory in which it was killed at all these points.
fn begin_and_kill(desk: &Desk, points: &[usize], options: &str) -> String {
    let name = format!("killed-{points:?}").replace([' ', ','], "-");
    for point in points {
        let mut child = desk.begin_export(&name, options);
        wait(&mut child, &desk.path(&name), *point);
        let _ = child.kill();
        child.wait().unwrap();
    }
    name
}

/// Waits until the directory has changed so many times, or the program has ended.
fn wait(child: &mut Child, directory: &Path, changes: usize) {
    let (mut seen, mut last) = (0, Vec::new());
    while seen < changes && child.try_wait().unwrap().is_none() {
        let mut now = Vec::new();
        look(directory, &mut now);
        if now != last {
            seen += 1;
            last = now;
        }
        std::thread::yield_now();
    }
}

/// Names and sizes of everything below a directory.
fn look(directory: &Path, seen: &mut Vec<(String, u64)>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let Ok(data) = entry.metadata() else { continue };
        if data.is_dir() {
            look(&entry.path(), seen);
        }
        seen.push((entry.file_name().to_string_lossy().into_owned(), data.len()));
    }
}

/// The files but for the manifest, which says when and how often, and for what is exoctl's own.
fn files(directory: &Path) -> Files {
    let mut found = Files::new();
    let mut open = vec![directory.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(directory).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() && name != ".exoctl" {
                open.push(path);
            } else if path.is_file() && !name.starts_with("manifest.") {
                found.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    found
}

fn lines_of(desk: &Desk, directory: &str) -> Vec<String> {
    let plain = format!("{directory}-plain");
    let _ = desk.export(&plain, "--sink jsonl").ok();
    lines(&desk.path(&plain).join("audit.jsonl"))
}
