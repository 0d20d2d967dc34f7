//! What the sinks write, literally, and what another reader of CSV makes of it.

use exoctl_export::sink::{CmdletCsv, PortalCsv, ReviewerCsv};
use exoctl_export::{Record, Row, SinkKind};
use tempfile::TempDir;

const TEXT: &str = r#"{"CreationTime":"2021-05-18T21:13:33","Id":"10b2a3c4-0000-4000-8000-000000000001","Operation":"Set-Mailbox","RecordType":1,"UserType":2,"Workload":"Exchange","ClientIP":"203.0.113.7:443","ObjectId":"=HYPERLINK(\"x\")","ResultStatus":"True","Parameters":[{"Name":"Identity","Value":"adele"},{"Name":"ForwardingSmtpAddress","Value":"smtp:x@evil.example"}],"AssociatedAdminUnits":["a1","b2"]}"#;

fn write(kind: &dyn SinkKind) -> String {
    let directory = TempDir::new().unwrap();
    let mut sink = kind.open(directory.path(), None).unwrap();
    let row = Row {
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
    };
    sink.write(&Record::of_row(row)).unwrap();
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
        "\"7\",\"5000\",\"10b2a3c4-0000-4000-8000-000000000001\",\"True\",\"Unchanged\"\r\n"
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
