//! What must hold for any log.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use serde_json::Value;

use super::draw::Draw;
use super::timeline::ticks_of_second;
use super::*;

fn log(seed: u64, records: u64, days: u32) -> AuditLog {
    let settings = AuditSettings {
        seed,
        records,
        days,
        end: "2026-11-01T00:00:00Z".parse().unwrap(),
        tenant_id: Uuid::from_u128(0x1234_5678),
        organization: "contoso.onmicrosoft.com".to_owned(),
        surge: None,
    };
    AuditLog::new(settings, Arc::new(GeneratedRoster::new(seed, 900, "contoso.example")))
}

#[test]
fn records_depend_on_seed_and_number_only() {
    let (first, second) = (log(7, 100_000_000, 180), log(7, 100_000_000, 180));
    for index in [0, 1, 50_000_000, 99_999_999] {
        assert_eq!(first.record(index), second.record(index));
    }
    assert_ne!(log(8, 100_000_000, 180).record(5).id, first.record(5).id);
}

#[test]
fn a_window_is_exactly_the_records_whose_creation_time_lies_in_it() {
    for seed in 0..10 {
        let log = log(seed, 3_000, 5);
        let all: Vec<_> = (0..3_000).map(|index| log.record(index).creation_time()).collect();
        for probe in 0..30 {
            let draw = Draw::new(seed, probe);
            let start = all[draw.below(1, 3_000) as usize];
            let end = all[draw.below(2, 3_000) as usize];
            let scanned: Vec<u64> = (0..3_000)
                .filter(|&index| all[index as usize] >= start && all[index as usize] < end)
                .collect();
            assert_eq!(log.range(start, end).collect::<Vec<_>>(), scanned);
        }
        assert_eq!(log.range(Timestamp::MIN, Timestamp::MAX), 0..3_000);
    }
}

#[test]
fn identifiers_are_unique_and_tell_the_time_where_they_should() {
    let log = log(3, 200_000, 30);
    let mut seen = HashSet::new();
    let mut timed = 0;
    for index in 0..200_000 {
        let scene = log.scene(index);
        assert!(seen.insert(scene.id), "record {index}");
        let tells = ticks_of_identifier(scene.id) >> 16 == scene.ticks >> 16;
        let should = TIMED_RECORD_TYPES.contains(&scene.kind.record_type);
        assert_eq!(tells, should, "record {index} of type {}", scene.kind.record_type);
        timed += u32::from(should);
    }
    assert!(timed > 100_000);
}

#[test]
fn every_body_is_json_and_agrees_with_its_row() {
    let log = log(11, 20_000, 30);
    for index in 0..20_000 {
        let record = log.record(index);
        let body: Value = serde_json::from_str(&record.audit_data)
            .unwrap_or_else(|error| panic!("record {index}: {error}\n{}", record.audit_data));
        assert_eq!(body["Id"], record.id.to_string());
        assert_eq!(body["Operation"], record.operation);
        assert_eq!(body["UserId"], record.user_id);
        assert_eq!(body["RecordType"], record.record_type);
        let time = format!("{}Z", body["CreationTime"].as_str().unwrap());
        assert_eq!(time.parse::<Timestamp>().unwrap(), record.creation_time());
        assert_eq!(
            ticks_of_second(record.creation_time().as_second()) / 10_000_000,
            record.ticks / 10_000_000
        );
        for mandatory in ["OrganizationId", "UserType", "UserKey", "Workload", "Version"] {
            assert!(!body[mandatory].is_null(), "{mandatory} in {body}");
        }
    }
}

/// Mean sizes in bytes by record type, measured on 5,373 records of one tenant.
#[test]
fn bodies_are_about_as_long_as_real_ones() {
    const MEASURED: [(u16, u64); 11] = [
        (1, 1070),
        (2, 1300),
        (3, 1700),
        (4, 860),
        (6, 1100),
        (8, 2100),
        (14, 940),
        (15, 1500),
        (36, 1100),
        (50, 1500),
        (52, 600),
    ];
    let log = log(12, 60_000, 30);
    let mut sizes = BTreeMap::<u16, (u64, u64, u64)>::new();
    for index in 0..60_000 {
        let record = log.record(index);
        let len = record.audit_data.len() as u64;
        let (count, sum, max) = sizes.entry(record.record_type).or_default();
        (*count, *sum, *max) = (*count + 1, *sum + len, len.max(*max));
    }
    for (record_type, wanted) in MEASURED {
        let (count, sum, _) = sizes[&record_type];
        let mean = sum / count;
        assert!(
            mean * 10 > wanted * 6 && mean * 10 < wanted * 15,
            "{record_type}: {mean}, not {wanted}"
        );
    }
    assert!((4_000..9_500).contains(&sizes[&8].2), "largest directory record: {}", sizes[&8].2);
}

#[test]
fn slashes_are_escaped_in_most_records() {
    let log = log(13, 5_000, 30);
    let escaped = (0..5_000).filter(|&i| log.record(i).audit_data.contains("\\/")).count();
    // Measured: 85 % of a tenant with much upkeep and little else.
    assert!(escaped > 3_500, "{escaped}");
}

#[test]
fn incidents_are_planted_with_known_identifiers() {
    let log = log(14, 10_000, 90);
    let names: Vec<_> = log.incidents().iter().map(|incident| incident.name).collect();
    assert_eq!(
        names,
        ["mailbox-takeover", "consent-grant", "mass-download", "role-addition", "audit-evasion"]
    );
    for incident in log.incidents() {
        for (index, id) in incident.records.iter().zip(&incident.ids) {
            let record = log.record(*index);
            assert_eq!(record.id, *id);
            assert!(record.user_id.eq_ignore_ascii_case(&incident.user), "{}", record.user_id);
        }
    }
    assert_eq!(log.incidents()[2].records.len(), 121);
    let rule = log.record(log.incidents()[0].records[4]);
    assert_eq!(rule.operation, "Set-Mailbox");
    assert!(rule.audit_data.contains("smtp:collector@mailbox.example"));
}

#[test]
fn half_of_the_records_are_late_by_more_than_nine_minutes() {
    let log = log(15, 100_000, 30);
    let late = (0..100_000).filter(|&index| log.delay(index) > 540).count();
    assert!((49_000..51_000).contains(&late), "{late}");
    assert!((0..100_000).any(|index| log.delay(index) > 86_400));
    assert!((0..100_000).all(|index| (60..=432_000).contains(&log.delay(index))));
}

/// Members that every published record of an operation has (20 of them at least) are in ours too.
/// The statistics lie next to the repository and are not part of it.
#[test]
fn shapes_resemble_the_samples() {
    let samples =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples/audit/shapes.json");
    let Ok(text) = std::fs::read_to_string(&samples) else {
        println!("not compared: there are no samples at {}", samples.display());
        return;
    };
    let shapes: Vec<Value> = serde_json::from_str(&text).unwrap();
    let log = log(16, 60_000, 30);
    let mut compared = HashSet::new();
    for index in 0..60_000 {
        let record = log.record(index);
        if !compared.insert((record.record_type, record.operation)) {
            continue;
        }
        let body: Value = serde_json::from_str(&record.audit_data).unwrap();
        let number = record.record_type.to_string();
        let known: Vec<&Value> = shapes
            .iter()
            .filter(|shape| {
                shape["RecordType"].as_str() == Some(number.as_str())
                    && shape["Operation"] == record.operation
            })
            .collect();
        for shape in known.iter().filter(|shape| shape["n"].as_u64() >= Some(20)) {
            let always: Vec<&String> = shape["fields"]
                .as_object()
                .unwrap()
                .iter()
                .filter(|(_, kinds)| {
                    let seen: u64 =
                        kinds.as_object().unwrap().values().filter_map(Value::as_u64).sum();
                    Some(seen) == shape["n"].as_u64()
                })
                .map(|(name, _)| name)
                .collect();
            let missing: Vec<_> =
                always.iter().filter(|name| body.get(name.as_str()).is_none()).collect();
            assert!(missing.is_empty(), "{} lacks {missing:?}", record.operation);
        }
    }
    assert!(compared.len() > 40);
}
