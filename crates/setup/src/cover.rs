//! The smallest set of management roles that has some cmdlets. Pure.

use std::collections::BTreeSet;

/// A management role, as far as the choice goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// Its name.
    pub(crate) name: String,
    /// How much it allows in all.
    pub(crate) size: usize,
    /// Which of the wanted cmdlets it has, by their place in the list.
    pub(crate) has: BTreeSet<usize>,
}

/// The candidates that together have all of `wanted` cmdlets and allow the least besides. Without any
/// one of them a cmdlet is missing. `None` if no set has them all.
pub(crate) fn smallest(candidates: &[Candidate], wanted: usize) -> Option<Vec<&Candidate>> {
    let mut sorted: Vec<&Candidate> = candidates.iter().filter(|one| !one.has.is_empty()).collect();
    sorted.sort_by(|a, b| (a.size, &a.name).cmp(&(b.size, &b.name)));
    let mut search = Search { sorted, wanted, best: None };
    search.go_on(&mut Vec::new(), 0);
    let (_, mut best) = search.best?;
    best.sort_by(|a, b| a.name.cmp(&b.name));
    Some(best)
}

struct Search<'a> {
    sorted: Vec<&'a Candidate>,
    wanted: usize,
    best: Option<(Cost, Vec<&'a Candidate>)>,
}

/// How much is allowed in all, then roles.
type Cost = (usize, usize);

impl<'a> Search<'a> {
    /// Tries every role that has the first cmdlet which is missing, the smallest first, and turns
    /// back where the best so far is no longer beaten.
    fn go_on(&mut self, chosen: &mut Vec<&'a Candidate>, size: usize) {
        let cost = (size, chosen.len());
        if self.best.as_ref().is_some_and(|(best, _)| cost >= *best) {
            return;
        }
        let missing =
            (0..self.wanted).find(|cmdlet| !chosen.iter().any(|role| role.has.contains(cmdlet)));
        let Some(missing) = missing else {
            self.best = Some((cost, chosen.clone()));
            return;
        };
        for role in self.sorted.clone() {
            if role.has.contains(&missing) {
                chosen.push(role);
                self.go_on(chosen, size + role.size.max(1));
                chosen.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(name: &str, size: usize, has: &[usize]) -> Candidate {
        Candidate { name: name.to_owned(), size, has: has.iter().copied().collect() }
    }

    fn names(candidates: &[Candidate], wanted: usize) -> Option<Vec<&str>> {
        Some(smallest(candidates, wanted)?.iter().map(|role| role.name.as_str()).collect())
    }

    #[test]
    fn the_least_rights_win_not_the_fewest_roles() {
        let roles = [role("All", 500, &[0, 1]), role("A", 20, &[0]), role("B", 30, &[1])];
        assert_eq!(names(&roles, 2).unwrap(), ["A", "B"]);
        let roles = [role("All", 40, &[0, 1]), role("A", 20, &[0]), role("B", 30, &[1])];
        assert_eq!(names(&roles, 2).unwrap(), ["All"]);
    }

    #[test]
    fn no_role_is_superfluous() {
        // Greedy by size would take "Two" first and then need the others all the same.
        let roles = [role("Two", 2, &[1, 2]), role("Left", 3, &[0, 1]), role("Right", 3, &[2, 3])];
        assert_eq!(names(&roles, 4).unwrap(), ["Left", "Right"]);
    }

    #[test]
    fn what_no_role_has_cannot_be_had() {
        assert_eq!(names(&[role("A", 1, &[0])], 2), None);
    }
}
