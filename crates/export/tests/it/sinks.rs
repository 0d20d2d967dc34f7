//! What the sinks write, literally, and what another reader of CSV makes of it.

use exoctl_export::sink::{CmdletCsv, Parquet, PortalCsv, ReviewerCsv};
use exoctl_export::{Finished, Record, Row, SinkKind};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;
use tempfile::TempDir;

use crate::records::{self, FIRST};

const TEXT: &str = r#"{"CreationTime":"2021-05-18T21:13:33","Id":"10b2a3c4-0000-4000-8000-000000000001","Operation":"Set-Mailbox","RecordType":1,"UserType":2,"Workload":"Exchange","ClientIP":"203.0.113.7:443","ObjectId":"=HYPERLINK(\"x\")","ResultStatus":"True","Parameters":[{"Name":"Identity","Value":"adele"},{"Name":"ForwardingSmtpAddress","Value":"smtp:x@evil.example"}],"AssociatedAdminUnits":["a1","b2"]}"#;
/// Of [`TEXT`], by Python.
const SHA256: &str = "85fa5affd799e9d68d4438080606abd3ffb7cc73eb5ba5d15062a57f4dddbd0d";

fn row() -> Row<'static> {
    Row {
        record_type: "ExchangeAdmin".into(),
        creation_date: "2021-05-18T21:13:33.0000000Z".into(),
        user_ids: "-adele@contoso.com".into(),
        operations: "Set-Mailbox".into(),
        audit_data: TEXT.into(),
        result_index: 7,
        result_count: 5000,
        identity: "10b2a3c4-0000-4000-8000-000000000001".into(),
        is_valid: true,
        object_state: "Unchanged".into(),
    }
}

fn write(kind: &dyn SinkKind) -> String {
    let directory = TempDir::new().unwrap();
    let mut sink = kind.open(directory.path(), None).unwrap();
    sink.write(&Record::of_row(row())).unwrap();
    let finished = sink.finish().unwrap();
    assert_eq!((finished.len(), finished[0].records), (1, 1));
    std::fs::read_to_string(&finished[0].path).unwrap()
}

fn fields(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let records = reader.records().map(Result::unwrap);
    records.map(|record| record.iter().map(str::to_owned).collect()).collect()
}

#[test]
fn the_cmdlets_csv_has_its_header_and_dates_as_export_csv_writes_them() {
    let text = write(&CmdletCsv::default());
    let (head, rest) = text.split_once("\r\n").unwrap();
    assert_eq!(
        head.replace('"', ""),
        "RecordType,CreationDate,UserIds,Operations,AuditData,ResultIndex,ResultCount,Identity,IsValid,ObjectState"
    );
    assert!(rest.starts_with(
        "\"ExchangeAdmin\",\"5/18/2021 9:13:33 PM\",\"-adele@contoso.com\",\"Set-Mailbox\",\"{\"\"CreationTime\"\":"
    ));
    assert!(rest.ends_with(
        "\"1\",\"5000\",\"10b2a3c4-0000-4000-8000-000000000001\",\"True\",\"Unchanged\"\r\n"
    ));
    assert_eq!(fields(&text)[1][4], TEXT, "the record is evidence and stays as it is");
}

#[test]
fn the_portals_csv_has_its_header_and_numbers() {
    let text = write(&PortalCsv::default());
    let fields = fields(&text);
    assert_eq!(
        fields[0].join(","),
        "RecordId,CreationDate,RecordType,Operation,UserId,AuditData,AssociatedAdminUnits,AssociatedAdminUnitsNames"
    );
    assert_eq!(
        fields[1],
        [
            "10b2a3c4-0000-4000-8000-000000000001",
            "2021-05-18T21:13:33.0000000Z",
            "1",
            "Set-Mailbox",
            "-adele@contoso.com",
            TEXT,
            "a1,b2",
            ""
        ]
    );
}

#[test]
fn the_reviewers_csv_has_no_formulas_and_says_what_was_done() {
    let text = write(&ReviewerCsv::default());
    let fields = fields(text.strip_prefix('\u{feff}').expect("a byte order mark"));
    assert_eq!(
        fields[1],
        [
            "2021-05-18 21:13:33",
            "Exchange",
            "ExchangeAdmin",
            "Set-Mailbox",
            "'-adele@contoso.com",
            "Admin",
            "203.0.113.7:443",
            "'=HYPERLINK(\"x\")",
            "True",
            "Identity=adele; ForwardingSmtpAddress=smtp:x@evil.example",
            "10b2a3c4-0000-4000-8000-000000000001"
        ]
    );
}

#[test]
fn parquet_has_typed_columns_and_the_record_as_it_came() {
    let directory = TempDir::new().unwrap();
    let mut sink = Parquet::default().open(directory.path(), None).unwrap();
    sink.write(&Record::of_row(row())).unwrap();
    let finished = sink.finish().unwrap();
    assert_eq!(finished[0].name, "parquet/event_date=2021-05-18/part-000.parquet");
    let file = std::fs::File::open(&finished[0].path).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let created_by = reader.metadata().file_metadata().created_by().unwrap();
    assert_eq!(created_by, concat!("exoctl version ", env!("CARGO_PKG_VERSION")));
    let row = reader.get_row_iter(None).unwrap().next().unwrap().unwrap();
    let texts: Vec<(&str, String)> =
        row.get_column_iter().map(|(name, value)| (name.as_str(), value.to_string())).collect();
    let expected = [
        ("creation_time", "2021-05-18 21:13:33.000000 +00:00"),
        ("record_type", "1"),
        ("user_type", "2"),
        ("id", "\"10b2a3c4-0000-4000-8000-000000000001\""),
        ("operation", "\"Set-Mailbox\""),
        ("workload", "\"Exchange\""),
        ("user_id", "\"-adele@contoso.com\""),
        ("client_ip", "\"203.0.113.7:443\""),
        ("object_id", "\"=HYPERLINK(\"x\")\""),
        ("result_status", "\"True\""),
        ("organization_id", "null"),
    ];
    for ((name, value), (wanted, text)) in texts.iter().zip(expected) {
        assert_eq!((*name, value.as_str()), (wanted, text));
    }
    assert_eq!(row.get_string(11).unwrap(), TEXT);
    assert_eq!(row.get_string(12).unwrap(), SHA256);
}

#[test]
fn parquet_begins_a_part_with_every_day_and_when_one_is_full() {
    let directory = TempDir::new().unwrap();
    let mut sink = Parquet { records: 5 }.open(directory.path(), None).unwrap();
    for nth in 0..26 {
        let second = FIRST + nth as i64 * 8_000;
        let text = records::audit_data(nth, second);
        sink.write(&Record::of_row(records::row(&text, second, 1))).unwrap();
    }
    let parts: Vec<(String, u64)> = sink
        .finish()
        .unwrap()
        .into_iter()
        .map(|Finished { name, records, .. }| (name, records))
        .collect();
    let expected = [
        ("01", 0, 5),
        ("01", 1, 5),
        ("01", 2, 1),
        ("02", 0, 5),
        ("02", 1, 5),
        ("02", 2, 1),
        ("03", 0, 4),
    ];
    let expected: Vec<(String, u64)> = expected
        .iter()
        .map(|(day, part, records)| {
            (format!("parquet/event_date=2026-10-{day}/part-00{part}.parquet"), *records)
        })
        .collect();
    assert_eq!(parts, expected);
}
