//! A world of lists in which every rotation is stopped everywhere.

use std::collections::BTreeSet;

use exoctl_certificate::Thumbprint;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::*;

const OLD: Thumbprint = Thumbprint::from_bytes([1; 20]);
const FOREIGN: Thumbprint = Thumbprint::from_bytes([9; 20]);

/// The application, the key store and the profile; what is kept on disk; how many more things may be
/// done until the process is killed.
struct World {
    registered: Vec<Thumbprint>,
    keys: BTreeSet<Thumbprint>,
    archive: BTreeSet<Thumbprint>,
    profile: Thumbprint,
    kept: Journal,
    made: u8,
    in_memory: Option<Thumbprint>,
    hook_runs: u32,
    hook_fails: bool,
    may_remove: bool,
    answers_are_lost: bool,
    fuel: u32,
}

#[derive(Debug, PartialEq)]
struct Killed;

impl World {
    fn new() -> Self {
        let mut kept = Journal::new("36ee4c6c-0812-40a2-b820-b22ebd02bce3".parse().unwrap());
        kept.key_ids.insert(OLD, Uuid::nil());
        Self {
            registered: vec![FOREIGN, OLD],
            keys: [OLD].into(),
            archive: BTreeSet::new(),
            profile: OLD,
            kept,
            made: 1,
            in_memory: None,
            hook_runs: 0,
            hook_fails: false,
            may_remove: true,
            answers_are_lost: false,
            fuel: u32::MAX,
        }
    }

    /// One thing is done, and seen afterwards.
    fn spend(&mut self) -> Result<(), Killed> {
        self.fuel = self.fuel.checked_sub(1).ok_or(Killed)?;
        Ok(())
    }

    fn check(&self) {
        assert!(self.keys.contains(&self.profile), "the profile's key is there");
        assert!(self.registered.contains(&self.profile), "the profile's certificate works");
        assert!(self.registered.contains(&FOREIGN), "a foreign credential is left alone");
    }

    /// One run: a process with its own memory, which begins a rotation if one is due.
    fn run(&mut self, order: &Order, limit: Option<Timestamp>) -> Result<Outcome, Killed> {
        self.in_memory = None;
        let mut journal = self.kept.clone();
        let end = if self.profile == OLD { at(10) } else { at(375) };
        let current = Certified { thumbprint: self.profile, not_after: end };
        if due(&journal, current, limit, order.now) == Due::Yes {
            let place = Place::Store { name: "exoctl".to_owned() };
            journal.begin(self.profile, end, vec![place], order.now);
            self.save(&journal)?;
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(carry_out(&mut journal, order, self))
    }
}

impl Hands for World {
    type Error = Killed;

    fn save(&mut self, journal: &Journal) -> Result<(), Killed> {
        self.spend()?;
        self.kept = journal.clone();
        self.check();
        Ok(())
    }

    fn make(&mut self, _: &Rotation) -> Result<Certified, Killed> {
        self.made += 1;
        let thumbprint = Thumbprint::from_bytes([self.made; 20]);
        self.in_memory = Some(thumbprint);
        Ok(Certified { thumbprint, not_after: at(375) })
    }

    fn store(&mut self, rotation: &Rotation) -> Result<bool, Killed> {
        let new = rotation.new.unwrap().thumbprint;
        if self.in_memory == Some(new) {
            self.spend()?;
            self.keys.insert(new);
        }
        Ok(self.keys.contains(&new))
    }

    async fn add(&mut self, _: &Journal, rotation: &Rotation) -> Result<Added, Killed> {
        self.spend()?;
        self.registered.push(rotation.new.unwrap().thumbprint);
        self.check();
        self.spend()?;
        Ok(if self.answers_are_lost { Added::Unknown } else { Added::Yes(Some(Uuid::nil())) })
    }

    async fn find_out(
        &mut self,
        _: &Journal,
        rotation: &Rotation,
    ) -> Result<Option<Added>, Killed> {
        let new = rotation.new.unwrap().thumbprint;
        Ok(self.registered.contains(&new).then_some(Added::Yes(None)))
    }

    async fn prove(&mut self, rotation: &Rotation) -> Result<(), Killed> {
        let new = rotation.new.unwrap().thumbprint;
        assert!(self.registered.contains(&new) && self.keys.contains(&new));
        Ok(())
    }

    fn switch(&mut self, old: Thumbprint, new: Thumbprint) -> Result<(), Killed> {
        if self.profile == old {
            self.spend()?;
            self.profile = new;
            self.check();
        }
        Ok(())
    }

    fn run_hook(&mut self, _: &Hook) -> Result<Result<(), String>, Killed> {
        self.spend()?;
        self.hook_runs += 1;
        Ok(if self.hook_fails { Err("exit 1".to_owned()) } else { Ok(()) })
    }

    async fn unregister(
        &mut self,
        _: &Journal,
        retired: &Retired,
        current: Thumbprint,
    ) -> Result<Removal, Killed> {
        assert!(self.registered.contains(&current), "the one that proves who asks works");
        if !self.may_remove {
            return Ok(Removal::Left("nobody knows its id".to_owned()));
        }
        self.spend()?;
        self.registered.retain(|known| *known != retired.old.thumbprint);
        self.check();
        Ok(Removal::Done)
    }

    fn archive(&mut self, retired: &Retired) -> Result<(), Killed> {
        self.spend()?;
        self.archive.insert(retired.old.thumbprint);
        self.spend()?;
        self.keys.remove(&retired.old.thumbprint);
        self.check();
        Ok(())
    }

    fn destroy(&mut self, thumbprint: Thumbprint) -> Result<(), Killed> {
        self.spend()?;
        self.archive.remove(&thumbprint);
        Ok(())
    }
}

/// So many days after the first of January 2026.
fn at(days: i64) -> Timestamp {
    let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    start + SignedDuration::from_hours(24 * days)
}

fn order(day: i64) -> Order {
    Order {
        archive_until: at(day + 30),
        commands: vec!["restart".to_owned()],
        ..Order::new(at(day), at(day + 7))
    }
}

#[test]
fn killed_after_any_thing_done_the_next_run_ends_where_one_run_would_have() {
    let mut whole = World::new();
    whole.fuel = 1000;
    whole.run(&order(0), Some(at(30))).unwrap();
    let spent = 1000 - whole.fuel;
    assert!(spent > 10, "{spent} places to be killed at");
    for lost in [false, true] {
        for first in 0..spent + 4 {
            for second in [0, 1, 3, u32::MAX] {
                let mut world = World::new();
                world.answers_are_lost = lost;
                for fuel in [first, second] {
                    world.fuel = fuel;
                    let _ = world.run(&order(0), Some(at(30)));
                    world.check();
                }
                world.fuel = u32::MAX;
                world.run(&order(0), Some(at(30))).unwrap();
                let new = world.profile;
                assert_ne!(new, OLD, "killed after {first} and {second}");
                assert_eq!(world.registered, [FOREIGN, OLD, new], "no duplicates");
                assert_eq!(world.keys, [OLD, new].into());
                assert!(world.hook_runs >= 1 && world.kept.hooks.is_empty());
            }
        }
    }
}

#[test]
fn what_is_left_of_the_old_one_goes_step_by_step_and_may_be_stopped_too() {
    for fuel in 0..12 {
        let mut world = World::new();
        world.run(&order(0), Some(at(30))).unwrap();
        let new = world.profile;
        for (day, fuel) in [(6, u32::MAX), (7, fuel), (7, u32::MAX)] {
            world.fuel = fuel;
            let _ = world.run(&order(day), Some(at(day + 30)));
            assert_eq!(world.registered.contains(&OLD), day == 6 || !world.is_finished(), "{day}");
        }
        assert_eq!(
            (world.registered.clone(), world.keys.clone()),
            (vec![FOREIGN, new], [new].into())
        );
        assert_eq!(world.archive, [OLD].into());
        world.run(&order(36), Some(at(60))).unwrap();
        assert_eq!(world.archive, [OLD].into());
        world.run(&order(37), Some(at(60))).unwrap();
        assert!(world.archive.is_empty() && world.kept.is_idle());
    }
}

impl World {
    fn is_finished(&self) -> bool {
        !self.registered.contains(&OLD)
    }
}

#[test]
fn a_command_that_fails_is_tried_by_each_run_and_holds_the_old_certificate() {
    let mut world = World::new();
    world.hook_fails = true;
    let outcome = world.run(&order(0), None).unwrap();
    assert!(outcome.switched);
    assert_eq!(outcome.failed, ["restart: exit 1"]);
    assert_eq!(world.run(&order(8), Some(at(9))).unwrap().failed.len(), 1);
    assert_eq!((world.hook_runs, world.kept.hooks[0].failures), (2, 2));
    assert!(world.registered.contains(&OLD), "somebody may still use it");
    world.hook_fails = false;
    world.run(&order(9), Some(at(10))).unwrap();
    assert!(!world.registered.contains(&OLD));
}

#[test]
fn told_to_finish_the_overlap_is_over_whatever_fails() {
    let mut world = World::new();
    world.hook_fails = true;
    world.run(&order(0), None).unwrap();
    let now = Order { finish_now: true, ..order(1) };
    world.run(&now, Some(at(1))).unwrap();
    assert!(!world.registered.contains(&OLD));
}

#[test]
fn one_that_cannot_be_removed_is_told_until_it_expires() {
    let mut world = World::new();
    world.may_remove = false;
    world.run(&order(0), None).unwrap();
    let left = world.run(&order(8), Some(at(9))).unwrap().left;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].thumbprint, OLD);
    assert_eq!(world.run(&order(10), Some(at(11))).unwrap().left, []);
    assert_eq!(world.archive, [OLD].into());
}

#[test]
fn whether_one_is_due() {
    let mut journal = Journal::new("36ee4c6c-0812-40a2-b820-b22ebd02bce3".parse().unwrap());
    let certified = |thumbprint| Certified { thumbprint, not_after: at(20) };
    let of = |journal: &Journal, thumbprint, limit: Option<i64>| {
        due(journal, certified(thumbprint), limit.map(at), at(0))
    };
    let is = |journal: &Journal, limit| of(journal, FOREIGN, limit);
    assert_eq!(is(&journal, None), Due::Yes);
    assert_eq!(is(&journal, Some(20)), Due::Yes);
    assert_eq!(is(&journal, Some(19)), Due::NotYet { not_after: at(20) });
    journal.begin(OLD, at(20), vec![], at(0));
    assert_eq!(is(&journal, None), Due::UnderWay);
    journal.making(Certified { thumbprint: FOREIGN, not_after: at(300) });
    journal.switched(at(0), at(7), &[]);
    assert_eq!(is(&journal, None), Due::Overlap { until: at(7) });
    assert_eq!(is(&journal, Some(30)), Due::Yes, "it ends soon all the same");
    assert_eq!(due(&journal, certified(FOREIGN), None, at(7)), Due::Yes);
    let another = Thumbprint::from_bytes([5; 20]);
    assert_eq!(of(&journal, another, None), Due::Yes, "that of another profile");
}

#[test]
fn a_journal_is_read_as_it_was_written() {
    let mut world = World::new();
    world.run(&order(0), None).unwrap();
    world.kept.begin(OLD, at(20), vec![Place::File { path: "exo.pfx".into() }], at(1));
    let text = serde_json::to_string(&world.kept).unwrap();
    assert_eq!(serde_json::from_str::<Journal>(&text).unwrap(), world.kept);
}

#[test]
fn the_new_file_has_the_old_ones_name_and_the_new_thumbprint() {
    let old = "3D05D7A1F8C9BC4A9B0E0B0C0D0E0F1011121314".parse().unwrap();
    let new = "A9993E364706816ABA3E25717850C26C9CD0D89D".parse().unwrap();
    for (path, expected) in [
        ("/keys/exo.pfx", "/keys/exo-A9993E36.pfx"),
        ("/keys/exo-3D05D7A1.pfx", "/keys/exo-A9993E36.pfx"),
        ("exo.reporting.pem", "exo.reporting-A9993E36.pem"),
        ("/keys/exo", "/keys/exo-A9993E36"),
    ] {
        assert_eq!(Place::beside(path.as_ref(), &old, &new), std::path::Path::new(expected));
    }
}
