//! The windows that were split by values: is what was read all of them?

use std::collections::HashMap;

use crate::conflict;
use crate::error::ExportError;
use crate::ledger::WindowRow;
use crate::proof::{Doubt, Piece, Proof, prove};
use crate::segment::Spool;

/// The judgement of each of them, by its number in the ledger.
pub(super) type Wholes = HashMap<i64, Result<Proof, Doubt>>;

/// Judges all of them. Blocks.
pub(super) fn judge(spool: &Spool, windows: &[WindowRow]) -> Result<Wholes, ExportError> {
    let mut judged = Wholes::new();
    let wholes = windows.iter().filter(|window| window.is_whole());
    for (whole, by) in wholes.filter_map(|whole| Some((whole, whole.split_by?))) {
        let parts = windows.iter().filter(|part| part.parent == Some(whole.id));
        let parts: Vec<Piece<'_>> = parts.map(piece).collect();
        let mut proof = prove(piece(whole), by, &parts);
        if whole.segment.is_some() {
            let lacking = conflict::lacking(spool, whole.id, &sealed_below(windows, whole.id));
            match lacking.map_err(|source| ExportError::Spool { source })? {
                0 => {}
                records => proof = Err(Doubt::Lacking(records)),
            }
        }
        judged.insert(whole.id, proof);
    }
    Ok(judged)
}

fn piece(row: &WindowRow) -> Piece<'_> {
    Piece { filter: &row.window.filter, told: row.told, refused: row.refused }
}

/// The parts of a window, and theirs, that have a segment.
fn sealed_below(windows: &[WindowRow], whole: i64) -> Vec<i64> {
    let mut below = vec![whole];
    let mut sealed = Vec::new();
    // Parts are younger than what they are parts of.
    for part in windows {
        if part.parent.is_some_and(|parent| below.contains(&parent)) {
            below.push(part.id);
            sealed.extend(part.segment.map(|_| part.id));
        }
    }
    sealed
}
