//! Formats, from rows as the service sends them.

use super::*;
use crate::exit::ExitCode;

/// A Get-Mailbox row as recorded, shortened.
const MAILBOX: &str = r##"{"DatabaseGuid@data.type":"System.Guid","DatabaseGuid@odata.type":"#Guid","DatabaseGuid":"11111111-2222-3333-4444-555555555555",
 "LitigationHoldEnabled":false,"ProhibitSendQuota":"99 GB (106,300,440,576 bytes)","ForwardingSmtpAddress":null,"DisplayName":"Adele Vance",
 "PrimarySmtpAddress":"adele@contoso.com","EmailAddresses@odata.type":"#Collection(String)","EmailAddresses":["smtp:adele@contoso.onmicrosoft.com","SMTP:adele@contoso.com"],
 "RecipientTypeDetails":"UserMailbox","WhenCreated@data.type":"System.DateTime","WhenCreated":"2024-04-10T08:56:22.0000000+00:00"}"##;
/// A Get-MailboxPermission row as recorded.
const PERMISSION: &str = r#"{"User":"NT AUTHORITY\\SELF","AccessRights":["FullAccess, ReadPermission"],"Deny":false,"IsInherited":false,"UserSid":"S-1-5-10","PrimarySmtpAddress":""}"#;
/// A Get-InboxRule row as recorded, shortened.
const RULE: &str =
    r#"{"Name":"fwd","Enabled":true,"Priority":1,"RuleIdentity":15394007230974001153}"#;

fn written(
    format: &str,
    select: &[&str],
    noun: &str,
    width: Option<usize>,
    rows: &[&str],
) -> String {
    let select: Vec<String> = select.iter().map(|name| (*name).to_owned()).collect();
    let mut form = Rows::of(format.parse().unwrap(), &select, width).noun(noun).form;
    let mut out = Vec::new();
    for row in rows {
        form.row(&Record::from_json((*row).to_owned()).unwrap(), &mut out).unwrap();
    }
    form.rest(&mut out).unwrap();
    form.close(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_table_has_the_columns_of_its_noun() {
    insta::assert_snapshot!(written("table", &[], "Mailbox", None, &[MAILBOX]), @r"
    DisplayName PrimarySmtpAddress RecipientTypeDetails WhenCreated
    ----------- ------------------ -------------------- -----------
    Adele Vance adele@contoso.com  UserMailbox          2024-04-10T08:56:22Z
    ");
}

#[test]
fn a_narrow_terminal_cuts_the_widest_columns() {
    let table = written("table", &["User", "accessrights"], "", Some(30), &[PERMISSION]);
    insta::assert_snapshot!(table, @r"
    User           AccessRights
    ----           ------------
    NT AUTHORITY\… FullAccess, R…
    ");
}

#[test]
fn a_list_has_every_property_and_no_annotation() {
    insta::assert_snapshot!(written("list", &[], "Mailbox", None, &[MAILBOX, RULE]), @r"
    DatabaseGuid          : 11111111-2222-3333-4444-555555555555
    LitigationHoldEnabled : False
    ProhibitSendQuota     : 99 GB (106,300,440,576 bytes)
    ForwardingSmtpAddress :
    DisplayName           : Adele Vance
    PrimarySmtpAddress    : adele@contoso.com
    EmailAddresses        : smtp:adele@contoso.onmicrosoft.com, SMTP:adele@contoso.com
    RecipientTypeDetails  : UserMailbox
    WhenCreated           : 2024-04-10T08:56:22Z

    Name         : fwd
    Enabled      : True
    Priority     : 1
    RuleIdentity : 15394007230974001153
    ");
}

#[test]
fn json_is_one_array_and_jsonl_a_line_each() {
    let array = written("json", &["ruleidentity", "Nope"], "", None, &[RULE, RULE]);
    assert_eq!(
        array,
        "[\n{\"RuleIdentity\":15394007230974001153,\"Nope\":null},\n{\"RuleIdentity\":15394007230974001153,\"Nope\":null}\n]\n"
    );
    assert_eq!(written("json", &[], "", None, &[]), "[]\n");
    assert_eq!(
        written("jsonl", &[], "", None, &[RULE, PERMISSION]),
        format!("{RULE}\n{PERMISSION}\n")
    );
}

#[test]
fn csv_holds_what_the_csv_crate_reads_back() {
    let text = written(
        "csv",
        &[],
        "",
        None,
        &[MAILBOX, r#"{"DisplayName":"a \"b\",\r\nc","New":"=1+1"}"#],
    );
    let mut reader = ::csv::Reader::from_reader(text.as_bytes());
    let headers = reader.headers().unwrap().clone();
    assert_eq!(headers.iter().next_back(), Some("New"));
    assert_eq!(headers.len(), 10);
    let rows: Vec<::csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let cell = |row: usize, name: &str| {
        rows[row][headers.iter().position(|header| header == name).unwrap()].to_owned()
    };
    assert_eq!(
        cell(0, "EmailAddresses"),
        "smtp:adele@contoso.onmicrosoft.com;SMTP:adele@contoso.com"
    );
    assert_eq!(cell(0, "LitigationHoldEnabled"), "False");
    assert_eq!(cell(0, "WhenCreated"), "2024-04-10T08:56:22.0000000+00:00");
    assert_eq!(cell(1, "DisplayName"), "a \"b\",\r\nc");
    assert_eq!(cell(1, "New"), "=1+1", "a cell is what the tenant holds, formula or not");
}

#[test]
fn a_property_that_csv_has_no_column_for_is_an_error_and_not_lost() {
    let mut form = Rows::of(Format::Csv, &[], None).form;
    let mut out = Vec::new();
    let row = |json: &str| Record::from_json(json.to_owned()).unwrap();
    for _ in 0..1000 {
        form.row(&row(r#"{"A":1}"#), &mut out).unwrap();
    }
    form.row(&row(r#"{"A":2,"B":null}"#), &mut out).unwrap();
    let error = form.row(&row(r#"{"A":3,"B":"x"}"#), &mut out).unwrap_err();
    assert_eq!(error.exit(), ExitCode::Incomplete);
    insta::assert_snapshot!(error.report(), @r"
    row 1002 has the property B, for which the output has no column
    Cause [no-column]: a later row has a property that the output has no column for; leaving it out would lose data
    Fix: name the columns with --select, or use -o jsonl, where every row has its own
    ");
}

#[test]
fn yaml_is_one_sequence() {
    insta::assert_snapshot!(written("yaml", &[], "", None, &[RULE, PERMISSION]), @r#"
    - Name: fwd
      Enabled: true
      Priority: 1
      RuleIdentity: 15394007230974001153
    - User: NT AUTHORITY\SELF
      AccessRights:
      - FullAccess, ReadPermission
      Deny: false
      IsInherited: false
      UserSid: S-1-5-10
      PrimarySmtpAddress: ""
    "#);
}

/// YAML 1.1 readers take `no` for false and `007` for seven; PyYAML reads this back as texts.
#[test]
fn texts_that_yaml_would_take_for_something_else_are_quoted() {
    let row = r##"{"A":["no","yes","007","true","null","~","1e3","0x1F","1_000","12:30:45","2024-04-10","a: b","# x","- y","@z","","=","on"]}"##;
    insta::assert_snapshot!(written("yaml", &[], "", None, &[row]), @r##"
    - A:
      - "no"
      - "yes"
      - "007"
      - "true"
      - "null"
      - "~"
      - "1e3"
      - "0x1F"
      - "1_000"
      - "12:30:45"
      - "2024-04-10"
      - "a: b"
      - "# x"
      - "- y"
      - "@z"
      - ""
      - "="
      - "on"
    "##);
}

#[test]
fn nothing_that_a_terminal_obeys_is_shown() {
    let list = written("list", &[], "", None, &["{\"Name\":\"a\\u001b[2Jb\\nc\"}"]);
    assert_eq!(list, "Name : a [2Jb c\n");
}

#[test]
fn a_query_sees_all_rows() {
    let mut query = Query::new("[?Enabled].{Id: RuleIdentity}").unwrap();
    let environment = env::Environment::default();
    let mut ui = Ui::new(&environment);
    for row in [RULE, PERMISSION] {
        query.take(&Record::from_json(row.to_owned()).unwrap(), &mut ui);
    }
    let rows = query.answer().unwrap();
    assert_eq!(rows, [serde_json::json!({ "Id": 15_394_007_230_974_001_153_u64 })]);
    assert_eq!(Query::new("[?").unwrap_err().exit(), ExitCode::Usage);
}

#[test]
fn a_file_is_there_when_it_is_whole() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.json");
    let mut file = AtomicFile::create(&path).unwrap();
    file.write_all(b"[]").unwrap();
    assert!(!path.exists());
    file.commit().unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"[]");
    drop(AtomicFile::create(&path).unwrap());
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left over");
    assert!(AtomicFile::create(&directory.path().join("no/a.json")).is_err());
}
