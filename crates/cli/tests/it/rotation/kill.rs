//! A rotation that is killed anywhere, with servers that are behind.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use super::{Scene, directory, files};
use crate::harness::Home;

/// What Graph and Entra have not heard of yet, and forget again.
const BEHIND: [&str; 2] = [
    "replication:service=graph,reads=2,flaps=1,of=all",
    "replication:service=entra,reads=2,flaps=1",
];

/// Killed after each thing that it has done or waits for, then run again; the same when the old
/// certificate goes. In between the connection works, and in the end there is one new certificate, one
/// key, and the foreign credential as it was.
#[test]
fn a_rotation_that_is_killed_anywhere_is_finished_by_the_next_run() {
    all(&[]);
}

#[test]
fn a_rotation_by_an_administrator_that_is_killed_anywhere_is_finished_by_the_next_run() {
    all(&["--as-admin", "--access-token-file", "token.txt"]);
}

fn all(options: &'static [&'static str]) {
    std::thread::scope(|scope| {
        for events in 0..10 {
            scope.spawn(move || converges(events, options));
        }
    });
}

fn converges(events: usize, options: &[&str]) {
    let scene = Scene::start(&BEHIND);
    let Scene { tenant, home, foreign, own, app } = &scene;
    tenant.settle();
    let before = credential(&scene, foreign);
    let rotate = [&["cert", "rotate", "--yes", "--wait", "20s"], options].concat();
    let said = killed_after(home, &rotate, events);
    works(home, &said);
    let _ = home.run_words(&rotate).ok();
    works(home, &said);
    let _ = home.run_words(&rotate).ok();
    let new = scene.in_use();
    assert_ne!(&new, own, "killed after {said:?}");
    tenant.settle();
    assert_eq!(sorted(scene.registered()), sorted(vec![foreign.clone(), own.clone(), new.clone()]));
    assert_eq!(home.run("cert list").ok().rows().len(), 2, "killed after {said:?}");

    let finish = [&rotate[..], &["--finish", "--overlap", "0d"]].concat();
    let said = killed_after(home, &finish, events % 5);
    works(home, &said);
    let _ = home.run_words(&finish).ok();
    works(home, &said);
    tenant.settle();
    assert_eq!(sorted(scene.registered()), sorted(vec![foreign.clone(), new.clone()]), "{said:?}");
    assert_eq!(scene.in_use(), new, "killed after {said:?}");
    assert_eq!(home.run("cert list").ok().rows().len(), 1, "killed after {said:?}");
    let archive = files(&home.path().join("home/certificates/archive"));
    assert_eq!(archive.len(), 1, "killed after {said:?}");
    assert_eq!(credential(&scene, foreign), before, "the foreign credential is as it was");
    let journal = home.path().join(format!("home/config/rotations/{app}.json"));
    let journal: Value = serde_json::from_str(&home.read_path(&journal)).unwrap();
    assert_eq!(journal["rotation"], Value::Null);
}

/// A certificate's entry as Graph shows it.
fn credential(scene: &Scene, thumbprint: &str) -> Value {
    let (_, applications) = &directory(&scene.tenant)[0];
    let applications = applications["value"].as_array().unwrap();
    let found = applications.iter().find(|one| one["appId"] == scene.app.as_str()).unwrap();
    let keys = found["keyCredentials"].as_array().unwrap();
    keys.iter().find(|key| key["customKeyIdentifier"] == thumbprint).unwrap().clone()
}

fn sorted(mut all: Vec<String>) -> Vec<String> {
    all.sort();
    all
}

/// The connection gets a token that nobody has kept.
#[track_caller]
fn works(home: &Home, said: &[String]) {
    let ran = home.run("token --no-token-cache");
    assert_eq!(ran.exit, 0, "killed after {said:?}: {}", ran.stderr);
}

/// What it said until it was killed: so many things done or waited for.
fn killed_after(home: &Home, words: &[&str], events: usize) -> Vec<String> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_exoctl"))
        .args(words)
        .env_clear()
        .env("EXOCTL_HOME", home.path().join("home"))
        .env("EXOCTL_ENVIRONMENT", home.environment().unwrap())
        .env("HOME", home.path())
        .current_dir(home.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let is_event = |line: &String| {
        [
            "already right.",
            ": made",
            ": done",
            "works",
            "from now on",
            "waiting for",
            "in the archive",
        ]
        .iter()
        .any(|sign| line.contains(sign))
    };
    let stderr = BufReader::new(child.stderr.take().unwrap());
    let said = stderr.lines().map(Result::unwrap).filter(is_event).take(events + 1).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    said
}

#[test]
fn while_a_rotation_runs_the_connection_works() {
    let scene = Scene::start(&BEHIND);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut signed_in = 0;
            while !done.load(Ordering::Relaxed) {
                works(&scene.home, &[]);
                signed_in += 1;
            }
            signed_in
        });
        let rotated = scene.home.run("cert rotate --yes --wait 20s");
        done.store(true, Ordering::Relaxed);
        let _ = rotated.ok();
        assert!(watch.join().unwrap() > 3);
    });
    assert_ne!(scene.in_use(), scene.own);
}

#[test]
fn of_two_rotations_at_once_one_waits_for_another_day() {
    let scene = Scene::new();
    let hook = "touch running; while test ! -e over; do sleep 0.05; done";
    std::thread::scope(|scope| {
        let first = scope.spawn(|| {
            scene.home.run_words(&["cert", "rotate", "--yes", "--deploy-hook", hook]).ok()
        });
        while !scene.home.path().join("running").exists() {
            std::thread::yield_now();
        }
        let second = scene.home.run("cert rotate --yes");
        scene.home.file("over", "");
        let _ = first.join().unwrap();
        assert_eq!(second.exit, 7, "{}", second.stderr);
        crate::setup::settings(&scene.home)
            .bind(|| insta::assert_snapshot!("rotate_busy", second.text()));
    });
    let _ = scene.home.run("cert rotate --yes").ok();
    assert_eq!(scene.registered().len(), 3);
}

/// The answer to `addKey` is lost: whether it was carried out or not, one certificate is added.
#[test]
fn a_lost_answer_adds_nothing_twice() {
    for when in ["after", "before"] {
        let fault = format!("reset:service=graph,when={when},count=1,match=*addKey*");
        let scene = Scene::start(&[&fault]);
        let _ = scene.home.run("cert rotate --yes --wait 5s").ok();
        let (own, new) = (scene.own.clone(), scene.in_use());
        assert_ne!(own, new);
        assert_eq!(scene.registered(), [scene.foreign.clone(), own, new], "{when}");
    }
}
