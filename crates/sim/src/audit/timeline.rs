//! When the records happen: weekdays, office hours and bursts, as a function that grows with the
//! record number.
//!
//! The period is cut into hours that get their share of the records by weekday, hour of the day and
//! a little noise. Two minutes of every hour and two seconds of every minute are busy ones: a
//! laboratory tenant already shows fifteen and more records in one second (observed). Everything is
//! computed from the record number, so a time window is a range of record numbers.

use std::ops::Range;

use jiff::Timestamp;

use super::draw::Draw;

/// .NET ticks (100 ns since 0001-01-01) at the Unix epoch.
pub const TICKS_AT_UNIX_EPOCH: i64 = 621_355_968_000_000_000;
/// .NET ticks in a second.
pub const TICKS_PER_SECOND: i64 = 10_000_000;

const SECONDS_PER_HOUR: i64 = 3600;
/// Weight of the 24 hours of a day, UTC, for a European tenant.
const HOURS: [u64; 24] =
    [4, 3, 3, 3, 4, 8, 25, 60, 95, 100, 96, 88, 62, 84, 98, 92, 78, 50, 26, 18, 14, 10, 8, 6];
/// Weight of the days from Monday on.
const WEEKDAYS: [u64; 7] = [100, 104, 102, 98, 86, 16, 14];
/// Share of a busy minute among ordinary ones, and of a busy second.
const BUSY: u64 = 20;
/// Weight of an hour's sixty minutes (or a minute's seconds): 58 ordinary, two busy.
const SIXTY: u64 = 58 + 2 * BUSY;

/// A surge on one second: what breaks a client that halves its windows for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Surge {
    /// The second on which all of it happens.
    pub at: Timestamp,
    /// How many records of the log fall on that second.
    pub records: u64,
    /// Whether all of them are of one record type, operation and user, so that no filter divides them.
    pub alike: bool,
}

/// The times of `len` records, monotone in the record number.
#[derive(Debug)]
pub(crate) struct Timeline {
    seed: u64,
    /// Unix second of the first hour's beginning.
    start: i64,
    /// Records before hour `h`; one more element than there are hours.
    before: Vec<u64>,
    /// First record of the surge, its length and its Unix second.
    surge: Option<(u64, u64, i64)>,
}

impl Timeline {
    /// Spreads `len` records over the `hours` hours that begin at `start` (Unix seconds, a full hour).
    pub(crate) fn new(seed: u64, start: i64, hours: usize, len: u64, surge: Option<Surge>) -> Self {
        let planted = surge.map_or(0, |surge| surge.records.min(len));
        let mut weight = 0u128;
        let weights: Vec<u128> = (0..hours)
            .map(|hour| {
                weight += u128::from(hour_weight(seed, start + hour as i64 * SECONDS_PER_HOUR));
                weight
            })
            .collect();
        let total = weight.max(1);
        let spread = u128::from(len - planted);
        let mut before = Vec::with_capacity(hours + 1);
        before.push(0);
        before.extend(weights.iter().map(|upto| (spread * upto / total) as u64));
        let mut timeline = Self { seed, start, before, surge: None };
        if let Some(surge) = surge {
            let second = surge.at.as_second();
            let first = timeline.first_at_or_after(second, len - planted);
            timeline.surge = Some((first, planted, second));
        }
        timeline
    }

    /// The time of record `index` in .NET ticks, UTC.
    pub(crate) fn ticks(&self, index: u64) -> i64 {
        match self.surge {
            Some((first, planted, second)) if index >= first => {
                if index < first + planted {
                    ticks_of_second(second)
                } else {
                    self.spread_ticks(index - planted)
                }
            }
            _ => self.spread_ticks(index),
        }
    }

    /// Whether a record is one of the surge.
    pub(crate) fn is_in_surge(&self, index: u64) -> bool {
        self.surge.is_some_and(|(first, planted, _)| (first..first + planted).contains(&index))
    }

    /// The number of the first of `len` records whose second is `second` or later.
    pub(crate) fn first_at_or_after(&self, second: i64, len: u64) -> u64 {
        let wanted = ticks_of_second(second);
        let mut found = 0..len;
        while !found.is_empty() {
            let middle = found.start + (found.end - found.start) / 2;
            if self.ticks(middle) < wanted {
                found.start = middle + 1;
            } else {
                found.end = middle;
            }
        }
        found.start
    }

    /// The time of the record that would be number `index` without a surge.
    fn spread_ticks(&self, index: u64) -> i64 {
        let hour = self.before.partition_point(|&before| before <= index).saturating_sub(1);
        let hour = hour.min(self.before.len().saturating_sub(2));
        let in_hour = index - self.before[hour];
        let len = self.before[hour + 1] - self.before[hour];
        let begin = self.start + hour as i64 * SECONDS_PER_HOUR;
        let draw = Draw::new(self.seed, begin as u64);
        let (minute, in_minute, len) = sixtieth(draw.bits(1), in_hour, len);
        let (second, nth, len) = sixtieth(draw.bits(100 + minute), in_minute, len);
        let fraction = (nth * TICKS_PER_SECOND as u64 + TICKS_PER_SECOND as u64 / 2) / len.max(1);
        ticks_of_second(begin + (minute * 60 + second) as i64) + fraction as i64
    }
}

/// Which sixtieth of a span record `nth` of `len` falls into, its number there, and how many are there.
fn sixtieth(noise: u64, nth: u64, len: u64) -> (u64, u64, u64) {
    let busy = [noise % 60, (noise >> 32) % 60];
    let before = |part: u64| -> u64 {
        let extra = busy.iter().filter(|&&at| at < part).count() as u64;
        let weight = part + extra * (BUSY - 1);
        (u128::from(len) * u128::from(weight) / u128::from(SIXTY)) as u64
    };
    let mut part = Range { start: 0, end: 60 };
    while part.end - part.start > 1 {
        let middle = u64::midpoint(part.start, part.end);
        if before(middle) <= nth {
            part.start = middle;
        } else {
            part.end = middle;
        }
    }
    let first = before(part.start);
    (part.start, nth - first, before(part.end) - first)
}

fn hour_weight(seed: u64, second: i64) -> u64 {
    let hour = (second.rem_euclid(86_400) / SECONDS_PER_HOUR) as usize;
    let day = second.div_euclid(86_400);
    // 1970-01-01 was a Thursday.
    let weekday = (day + 3).rem_euclid(7) as usize;
    let noise = 80 + Draw::new(seed, second as u64).below(2, 41);
    HOURS[hour] * WEEKDAYS[weekday] * noise
}

pub(crate) fn ticks_of_second(second: i64) -> i64 {
    second * TICKS_PER_SECOND + TICKS_AT_UNIX_EPOCH
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_767_225_600; // 2026-01-01T00:00:00Z, a Thursday

    #[test]
    fn ticks_agree_with_dotnet() {
        // [DateTime]::new(2026,1,1,0,0,0,'Utc').Ticks
        assert_eq!(ticks_of_second(START), 639_028_224_000_000_000);
    }

    #[test]
    fn times_grow_with_the_record_number() {
        for (seed, len) in [(1, 10), (2, 1_000), (3, 50_000), (4, 100_000_000)] {
            let surge = Surge {
                at: Timestamp::from_second(START + 90_061).unwrap(),
                records: 7,
                alike: false,
            };
            let timeline = Timeline::new(seed, START, 24 * 180, len, Some(surge));
            let step = (len / 10_000).max(1) as usize;
            let all = (0..len).step_by(step).collect::<Vec<_>>();
            let last = (len.saturating_sub(500)..len).collect::<Vec<_>>();
            for indices in [all, last] {
                assert!(indices.is_sorted_by_key(|&index| timeline.ticks(index)), "seed {seed}");
            }
        }
    }

    #[test]
    fn bisection_equals_a_linear_scan() {
        for seed in 0..40 {
            let surge = (seed % 2 == 0).then(|| Surge {
                at: Timestamp::from_second(START + 7_211).unwrap(),
                records: 300,
                alike: false,
            });
            let len = 500 + seed * 37;
            let timeline = Timeline::new(seed, START, 72, len, surge);
            for probe in 0..60 {
                let second =
                    START - 100 + (Draw::new(seed, probe).below(9, 72 * 3600 + 200)) as i64;
                let scanned = (0..len)
                    .find(|&index| timeline.ticks(index) >= ticks_of_second(second))
                    .unwrap_or(len);
                assert_eq!(timeline.first_at_or_after(second, len), scanned);
            }
        }
    }

    #[test]
    fn weekends_and_nights_are_quiet_and_some_seconds_busy() {
        let timeline = Timeline::new(5, START, 24 * 28, 100_000, None);
        let mut weekday = [0u64; 7];
        let mut seconds = std::collections::HashMap::<i64, u32>::new();
        for index in 0..100_000 {
            let second = (timeline.ticks(index) - TICKS_AT_UNIX_EPOCH) / TICKS_PER_SECOND;
            weekday[((second / 86_400 + 3) % 7) as usize] += 1;
            *seconds.entry(second).or_default() += 1;
        }
        assert!(weekday[1] > 4 * weekday[6], "{weekday:?}");
        assert!(*seconds.values().max().unwrap() >= 15);
    }

    #[test]
    fn a_surge_puts_all_its_records_on_one_second() {
        let at = Timestamp::from_second(START + 100_000).unwrap();
        let timeline =
            Timeline::new(5, START, 240, 60_000, Some(Surge { at, records: 51_000, alike: true }));
        let first = timeline.first_at_or_after(START + 100_000, 60_000);
        let next = timeline.first_at_or_after(START + 100_001, 60_000);
        assert!(next - first >= 51_000);
    }
}
