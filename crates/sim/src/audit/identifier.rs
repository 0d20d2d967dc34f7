//! Record identifiers: some carry the event's time, as the service's do.
//!
//! Observed on 4,036 of 4,038 records of Exchange, SharePoint and OneDrive: the last 48 bits are the
//! event's .NET ticks shifted right by 16, and the 16 bits before them are uniform. Entra, Teams and
//! Security & Compliance cmdlet records have ordinary version 4 identifiers.

use uuid::Uuid;

use super::draw::Draw;

/// Record types whose identifiers carry the time.
pub const TIMED_RECORD_TYPES: [u16; 10] = [1, 2, 3, 4, 6, 14, 36, 40, 52, 56];

/// The identifier of a record of `record_type` that happened at `ticks`.
pub(crate) fn identifier(draw: Draw, record_type: u16, ticks: i64) -> Uuid {
    let random = draw.uuid(0x1d);
    if !TIMED_RECORD_TYPES.contains(&record_type) {
        return random;
    }
    let upper = random.as_u128() >> 64 << 64;
    let low_word = u128::from(ticks as u64 & 0xffff) << 48;
    Uuid::from_u128(upper | low_word | u128::from(ticks as u64 >> 16))
}

/// The ticks that a timed identifier carries, exact to 65,536 of them (6.6 ms).
pub fn ticks_of_identifier(id: Uuid) -> i64 {
    (((id.as_u128() & 0xffff_ffff_ffff) as u64) << 16) as i64
}

#[cfg(test)]
mod tests {
    use super::super::timeline::ticks_of_second;
    use super::*;

    /// Three published records (plaso's test data, Apache-2.0): identifier and creation time.
    #[test]
    fn the_law_holds_for_published_records() {
        for (id, time) in [
            ("c9d2d808-0efe-48cb-eaec-08da3028eb80", "2022-05-07T12:55:53Z"),
            ("cd710ce3-52fa-4c70-aec8-08da3028fa73", "2022-05-07T12:56:18Z"),
            ("cc0bb5b2-b540-4640-5e1c-08da3028fe4f", "2022-05-07T12:56:24Z"),
        ] {
            let second = time.parse::<jiff::Timestamp>().unwrap().as_second();
            let late = ticks_of_identifier(id.parse().unwrap()) - ticks_of_second(second);
            assert!((0..15_000_000).contains(&late), "{id}: {late}");
        }
    }

    #[test]
    fn only_the_listed_types_carry_the_time() {
        let ticks = 638_000_000_012_345_678;
        let timed = identifier(Draw::new(1, 1), 6, ticks);
        assert_eq!(ticks_of_identifier(timed), ticks >> 16 << 16);
        assert_eq!(timed.to_string()[19..23], format!("{:04x}", ticks & 0xffff));
        let random = identifier(Draw::new(1, 1), 15, ticks);
        assert_ne!(ticks_of_identifier(random), ticks >> 16 << 16);
        assert_eq!(random.get_version_num(), 4);
    }
}
