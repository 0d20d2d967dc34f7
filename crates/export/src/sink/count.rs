//! How many records a file has, counted from its bytes and not from what was written.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

/// Counts the records of a file that the sink of this name has written; `None` if this is not the
/// place to know. Compressed files are read to the end of their last member.
pub(crate) fn count_records(path: &Path, sink: &str) -> io::Result<Option<u64>> {
    let kind = sink.split('+').next().unwrap_or_default();
    let is_csv = match kind {
        "jsonl" | "quarantine" => false,
        "parquet" => return super::parquet::count_rows(path).map(Some),
        "cmdlet-csv" | "portal-csv" | "reviewer-csv" => true,
        _ => return Ok(None),
    };
    let file = BufReader::with_capacity(1 << 16, File::open(path)?);
    let reader: Box<dyn Read> = match path.extension().and_then(|extension| extension.to_str()) {
        Some("gz") => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
        Some("zst") => Box::new(zstd::Decoder::with_buffer(file)?),
        _ => Box::new(file),
    };
    let lines = count_lines(reader, is_csv)?;
    Ok(Some(if is_csv { lines.saturating_sub(1) } else { lines }))
}

/// Line feeds; those in quotes are no ends of lines if `quotes`.
fn count_lines(mut reader: impl Read, quotes: bool) -> io::Result<u64> {
    let mut buffer = vec![0; 1 << 16];
    let (mut lines, mut quoted) = (0, false);
    loop {
        let read = reader.read(&mut buffer)?;
        if read == 0 {
            return Ok(lines);
        }
        for byte in &buffer[..read] {
            match byte {
                b'"' if quotes => quoted = !quoted,
                b'\n' if !quoted => lines += 1,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_feeds_in_quotes_end_no_record() {
        let csv = "\"a\",\"b\"\r\n\"1\n2\",\"x\"\"\n\"\"\"\r\n";
        assert_eq!(count_lines(csv.as_bytes(), true).unwrap(), 2);
        assert_eq!(count_lines("{\"a\":1}\n{}\n".as_bytes(), false).unwrap(), 2);
    }
}
