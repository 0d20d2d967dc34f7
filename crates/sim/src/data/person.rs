//! Who or what mailbox `n` belongs to: kind, names and alias, and the way back from them.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::company::{EQUIPMENT, PLACES, PURPOSES, ROOMS};
use super::mailbox::MailboxKind;
use super::names::{GIVEN_NAMES, SURNAMES, ascii};

/// Mailboxes come in blocks of fifty: 45 users, 3 shared, 1 room, 1 of them equipment or another room.
const BLOCK: u64 = 50;
const USERS: u64 = 45;
const SHARED: u64 = 3;

/// How many different full names there are.
const NAMES: u64 = (GIVEN_NAMES.len() * SURNAMES.len()) as u64;
const STRIDE: u64 = 7_919;
const STRIDE_INVERSE: u64 = inverse_modulo(STRIDE, NAMES);

/// The people that every tenant begins with: given name, surname, alias, another alias.
const FIXTURES: [(&str, &str, &str, &str); 8] = [
    ("Adele", "Vance", "adele", "AdeleV"),
    ("Alex", "Wilber", "AlexW", "alex.wilber"),
    ("Megan", "Bowen", "MeganB", "megan.bowen"),
    ("Diego", "Siciliani", "DiegoS", "diego.siciliani"),
    ("Isaiah", "Langer", "IsaiahL", "isaiah.langer"),
    ("Lynne", "Robbins", "LynneR", "lynne.robbins"),
    ("Nestor", "Wilke", "NestorW", "nestor.wilke"),
    ("Pradeep", "Gupta", "PradeepG", "pradeep.gupta"),
];

/// The names of a mailbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Names {
    /// Given name; empty for things.
    pub(crate) given: String,
    /// Surname; empty for things.
    pub(crate) surname: String,
    /// Display name.
    pub(crate) display: String,
    /// Alias, which addresses begin with.
    pub(crate) alias: String,
    /// One more alias that has an address; empty for none.
    pub(crate) other_alias: String,
}

/// The kind of mailbox `number`.
pub(super) fn kind(number: u64) -> MailboxKind {
    match number % BLOCK {
        r if r < USERS => MailboxKind::User,
        r if r < USERS + SHARED => MailboxKind::Shared,
        r if r == USERS + SHARED => MailboxKind::Room,
        _ if (number / BLOCK).is_multiple_of(2) => MailboxKind::Room,
        _ => MailboxKind::Equipment,
    }
}

/// The names of mailbox `number`.
pub(super) fn names(number: u64, seed: u64) -> Names {
    let (block, rest) = (number / BLOCK, number % BLOCK);
    if rest < USERS {
        return user_names(block * USERS + rest, seed);
    }
    let city = PLACES[block as usize % PLACES.len()].city;
    let cycle = block / PLACES.len() as u64;
    let (list, nth): (&[&str], u64) = match kind(number) {
        MailboxKind::Shared => (&PURPOSES, cycle * SHARED + rest - USERS),
        MailboxKind::Equipment => (&EQUIPMENT, cycle),
        _ => (&ROOMS, cycle * 2 + rest - USERS - SHARED),
    };
    let what = list[nth as usize % list.len()];
    let again = nth / list.len() as u64;
    let display = match again {
        0 => format!("{what} {city}"),
        n => format!("{what} {city} {}", n + 1),
    };
    let alias = format!("{}-{number}", ascii(what));
    Names { display, alias, ..Names::default() }
}

/// The mailbox that has an alias (in any case), below `size`.
pub(super) fn by_alias(alias: &str, size: u64, seed: u64) -> Option<u64> {
    let candidate =
        user_by_alias(alias, seed).or_else(|| alias.rsplit_once('-')?.1.parse().ok())?;
    let found = names(candidate, seed);
    let matches =
        found.alias.eq_ignore_ascii_case(alias) || found.other_alias.eq_ignore_ascii_case(alias);
    (candidate < size && matches).then_some(candidate)
}

/// The mailboxes with a display name (in any case), below `size`, in order.
pub(super) fn by_display_name(display: &str, size: u64, seed: u64) -> Vec<u64> {
    let display = display.to_lowercase();
    let fixture = FIXTURES
        .iter()
        .position(|(given, surname, ..)| format!("{given} {surname}").to_lowercase() == display);
    if let Some(nth) = fixture {
        return if (nth as u64) < size { vec![nth as u64] } else { Vec::new() };
    }
    if let Some((given, surname)) = display.split_once(' ')
        && let Some(pair) = pair_of(&ascii(given), &ascii(surname))
    {
        let first = ordinal_of(pair, seed);
        return (0..=size / NAMES)
            .map(|again| number_of_user(first + again * NAMES))
            .take_while(|number| *number < size)
            .filter(|number| names(*number, seed).display.to_lowercase() == display)
            .collect();
    }
    things_by_display_name(&display, size, seed)
}

fn user_names(user: u64, seed: u64) -> Names {
    if let Some((given, surname, alias, other)) = FIXTURES.get(user as usize) {
        return Names {
            given: (*given).to_owned(),
            surname: (*surname).to_owned(),
            display: format!("{given} {surname}"),
            alias: (*alias).to_owned(),
            other_alias: (*other).to_owned(),
        };
    }
    let pair = ((user % NAMES) * STRIDE + offset(seed)) % NAMES;
    let given = GIVEN_NAMES[(pair % GIVEN_NAMES.len() as u64) as usize];
    let surname = SURNAMES[(pair / GIVEN_NAMES.len() as u64) as usize];
    let mut alias = format!("{}.{}", ascii(given), ascii(surname));
    if user >= NAMES {
        alias.push_str(&(user / NAMES + 1).to_string());
    }
    Names {
        given: given.to_owned(),
        surname: surname.to_owned(),
        display: format!("{given} {surname}"),
        alias,
        other_alias: String::new(),
    }
}

fn user_by_alias(alias: &str, seed: u64) -> Option<u64> {
    let fixture = FIXTURES.iter().position(|(_, _, main, other)| {
        main.eq_ignore_ascii_case(alias) || other.eq_ignore_ascii_case(alias)
    });
    if let Some(nth) = fixture {
        return Some(number_of_user(nth as u64));
    }
    let (given, surname) = alias.split_once('.')?;
    let name = surname.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let again = match &surname[name.len()..] {
        "" => 1,
        digits => digits.parse().ok()?,
    };
    let pair = pair_of(&given.to_ascii_lowercase(), &name.to_ascii_lowercase())?;
    let user: u64 = (again - 1_u64.min(again)) * NAMES + ordinal_of(pair, seed);
    Some(number_of_user(user))
}

/// The number of a pair of names, spelt as in addresses.
fn pair_of(given: &str, surname: &str) -> Option<u64> {
    static GIVEN: LazyLock<HashMap<String, u64>> = LazyLock::new(|| numbered(&GIVEN_NAMES));
    static SURNAME: LazyLock<HashMap<String, u64>> = LazyLock::new(|| numbered(&SURNAMES));
    Some(GIVEN.get(given)? + SURNAME.get(surname)? * GIVEN_NAMES.len() as u64)
}

fn numbered(names: &[&str]) -> HashMap<String, u64> {
    names.iter().map(|name| ascii(name)).zip(0..).collect()
}

fn things_by_display_name(display: &str, size: u64, seed: u64) -> Vec<u64> {
    // Things are a tenth of the mailboxes and have few names: a walk over their blocks, each of
    // which is computed, is quick enough and keeps nothing.
    let city = PLACES.iter().position(|place| display.contains(&place.city.to_lowercase()));
    let Some(city) = city else { return Vec::new() };
    (city as u64..size.div_ceil(BLOCK))
        .step_by(PLACES.len())
        .flat_map(|block| (USERS..BLOCK).map(move |rest| block * BLOCK + rest))
        .filter(|number| *number < size && names(*number, seed).display.to_lowercase() == display)
        .collect()
}

fn number_of_user(user: u64) -> u64 {
    user / USERS * BLOCK + user % USERS
}

/// The first user with a pair of names.
fn ordinal_of(pair: u64, seed: u64) -> u64 {
    (pair + NAMES - offset(seed)) % NAMES * STRIDE_INVERSE % NAMES
}

fn offset(seed: u64) -> u64 {
    crate::config::mix(seed) % NAMES
}

const fn inverse_modulo(number: u64, modulus: u64) -> u64 {
    let (mut r, mut next_r) = (modulus as i64, (number % modulus) as i64);
    let (mut t, mut next_t) = (0i64, 1i64);
    while next_r != 0 {
        let quotient = r / next_r;
        (r, next_r) = (next_r, r - quotient * next_r);
        (t, next_t) = (next_t, t - quotient * next_t);
    }
    assert!(r == 1, "the stride shares a factor with the number of names");
    t.rem_euclid(modulus as i64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn aliases_are_unique_and_lead_back() {
        let size = 50_000;
        let mut seen = HashSet::new();
        for number in 0..size {
            let names = names(number, 3);
            assert!(seen.insert(names.alias.to_lowercase()), "{} twice", names.alias);
            assert_eq!(by_alias(&names.alias, size, 3), Some(number), "{}", names.alias);
        }
        assert_eq!(by_alias("nobody.atall", size, 3), None);
        assert_eq!(by_alias("ADELEV", size, 3), Some(0));
    }

    #[test]
    fn display_names_lead_back_to_everybody_who_has_them() {
        let size = 60_000;
        for number in [0, 17, 45, 47, 48, 49, 98, 99, 1_234, 59_998] {
            let display = names(number, 3).display;
            let found = by_display_name(&display, size, 3);
            let expected: Vec<u64> =
                (0..size).filter(|n| names(*n, 3).display == display).collect();
            assert_eq!(found, expected, "{display}");
        }
    }

    #[test]
    fn nine_in_ten_mailboxes_are_of_users() {
        let count = |kind_wanted| (0..1000).filter(|n| kind(*n) == kind_wanted).count();
        assert_eq!(count(MailboxKind::User), 900);
        assert_eq!(count(MailboxKind::Shared), 60);
        assert_eq!(count(MailboxKind::Room), 30);
        assert_eq!(count(MailboxKind::Equipment), 10);
    }
}
