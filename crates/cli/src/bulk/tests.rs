//! Reading, placeholders, and the file of failed rows, without a service.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use exoctl_exchange::{
    Catalogue, Cmdlet, ConfirmImpact, Invocation, Parameter, ParameterValue, Parameters, ValueType,
};
use serde_json::{Value, json};

use super::args::InputFormat::{self, Csv, Jsonl};
use super::column::Row;
use super::error::InputError;
use super::failed::FailedFile;
use super::input::Input;
use super::plan::{Plan, printed};
use super::tally::Tally;
use crate::error::CommandError;
use crate::exit::ExitCode;

fn checked(content: impl AsRef<[u8]>, format: InputFormat) -> Result<Input, InputError> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content.as_ref()).unwrap();
    Input::check("users.csv".into(), None, file, format)
}

fn rows(input: &Input) -> Vec<Row> {
    let mut rows = input.read().unwrap();
    std::iter::from_fn(|| rows.next().unwrap()).collect()
}

fn cells(input: &Input) -> Vec<Value> {
    rows(input).into_iter().map(|row| json!(row.cells)).collect()
}

/// The same two rows, as five programs write them.
#[test]
fn csv_is_read_as_programs_write_it() {
    let written = [
        "Mail,Note\nadele,\"a, b\"\nalex,\"two\nlines\"\n",
        "\u{feff}Mail,Note\r\nadele,\"a, b\"\r\n\r\nalex,\"two\nlines\"\r\n",
        "Mail;Note\r\nadele;a, b\r\nalex;\"two\nlines\"\r\n;\r\n",
        "#TYPE System.Object\r\n\"Mail\",\"Note\"\r\n\"adele\",\"a, b\"\r\n\"alex\",\"two\nlines\"",
        "Mail\tNote\nadele\ta, b\nalex\t\"two\nlines\"\n",
    ];
    for text in written {
        let input = checked(text, Csv).unwrap();
        assert_eq!(input.columns().names(), ["Mail", "Note"], "{text:?}");
        assert_eq!(input.rows(), 2, "{text:?}");
        assert_eq!(cells(&input), [json!(["adele", "a, b"]), json!(["alex", "two\nlines"])]);
    }
}

#[test]
fn json_lines_keep_their_types_and_what_they_lack() {
    let text = "{\"Mail\":\"adele\",\"Days\":3}\r\n\n{\"mail\":\"alex\",\"Tags\":[\"a\",null]}";
    let input = checked(text, Jsonl).unwrap();
    assert_eq!(input.columns().names(), ["Mail", "Days", "Tags"]);
    assert_eq!(cells(&input), [json!(["adele", 3, null]), json!(["alex", null, ["a", null]])]);
    assert_eq!(rows(&input)[1].cells[1], None);
}

#[test]
fn what_is_wrong_with_an_input_is_told_with_its_line() {
    let csv: [&[u8]; 11] = [
        b"",
        b"\xEF\xBB\xBF\r\n",
        b"Mail,Name\r\n",
        b"Mail,Name\r\n,\r\n\r\n",
        b"Mail,Name,MAIL\na,b,c\n",
        b"Mail,,Name\na,b,c\n",
        b"Mail,Note\r\na,\"x\r\ny\"\r\n\r\n\r\nb\r\n",
        b"Mail,Note\na,b\nc,d,e\n",
        b"Mail,Note\na,\"x\ny \xE9\"\n",
        b"\xFF\xFEM\0a\0i\0l\0",
        b"Mail,Note\na,b\nc,\"d\ne,f\ng,h\n",
    ];
    let json: [&[u8]; 5] = [
        b"\n",
        b"{\"Mail\":\"a\"}\n\n[1]\n",
        b"{\"Mail\":\"a\"}\n{\"Mail\":\n",
        b"{\"Mail\":\"a\"}\n{\"Mail\":\"\xE9\"}\n",
        b"{\"Mail\":\"a\",\"mail\":\"b\"}\n",
    ];
    let mut told = String::new();
    for (format, texts) in [(Csv, &csv[..]), (Jsonl, &json[..])] {
        for text in texts {
            let error = CommandError::from(checked(text, format).unwrap_err());
            assert_eq!(error.exit(), ExitCode::Usage);
            told.push_str(&error.report());
            told.push('\n');
        }
    }
    insta::assert_snapshot!(told);
}

fn plan<'a>(
    input: &'a Input,
    parameters: Parameters,
    catalogue: Option<&'a Catalogue>,
) -> Result<Plan<'a>, CommandError> {
    let base = Invocation::new("Set-Mailbox".parse().unwrap()).parameters(parameters);
    Ok(Plan::new(base, input.columns(), catalogue)?)
}

fn calls(plan: &Plan<'_>, input: &Input) -> Vec<String> {
    rows(input).iter().map(|row| printed(&plan.invocation(row).unwrap())).collect()
}

fn catalogue() -> Catalogue {
    let parameter = |(name, value_type): (&str, ValueType)| Parameter {
        name: name.to_owned(),
        aliases: if name == "Identity" { vec!["Id".to_owned()] } else { Vec::new() },
        value_type,
        sets: Vec::new(),
        mandatory: false,
        position: None,
    };
    let parameters = [
        ("Identity", ValueType::Any),
        ("AuditEnabled", ValueType::Bool),
        ("Office", ValueType::String),
        ("EmailAddresses", ValueType::Any),
        ("Password", ValueType::SecureString),
    ];
    let cmdlet = Cmdlet {
        name: "Set-Mailbox".parse().unwrap(),
        impact: ConfirmImpact::Medium,
        batchable: true,
        default_set: None,
        parameters: parameters.map(parameter).into(),
    };
    Catalogue { cmdlets: vec![cmdlet], public_key: None }
}

#[test]
fn placeholders_are_filled_in_every_string() {
    let input = checked("Mail,Old\nadele,it's\nalex,\n", Csv).unwrap();
    let add = vec![("Add".to_owned(), "smtp:{MAIL}@contoso.com".into())];
    let parameters = Parameters::new()
        .with("Identity", "{mail}")
        .with("EmailAddresses", ParameterValue::Hashtable(add))
        .with("Languages", ParameterValue::Array(vec!["{Old}".into(), "{{x}} {Old}!".into()]))
        .with("Office", "{ Old }")
        .with("Days", 3);
    let plan = plan(&input, parameters, None).unwrap();
    assert_eq!(
        calls(&plan, &input),
        [
            "Set-Mailbox -Identity 'adele' -EmailAddresses @{Add='smtp:adele@contoso.com'} \
             -Languages @('it''s','{x} it''s!') -Office 'it''s' -Days 3",
            "Set-Mailbox -Identity 'alex' -EmailAddresses @{Add='smtp:alex@contoso.com'} \
             -Languages @('','{x} !') -Office '' -Days 3",
        ]
    );
}

/// Whoever fills in the file chooses values; what is called with them is chosen on the command line.
#[test]
fn a_cell_is_a_value_and_never_syntax() {
    let cells = [
        "-Confirm:$false",
        "$(hostname)",
        "@{Add=1}",
        "x'; Remove-Mailbox y",
        "([System.IO.File]::ReadAllBytes('/etc/hostname'))",
        "{Id}",
    ];
    let input = checked(format!("Id\n{}\n", cells.join("\n")), Csv).unwrap();
    let given = Parameters::new().with("Identity", "{Id}").with("Office", "in {Id}");
    let plan = plan(&input, given, None).unwrap();
    let quoted = |text: &str| text.replace('\'', "''");
    let expected =
        cells.map(|cell| format!("Set-Mailbox -Identity '{0}' -Office 'in {0}'", quoted(cell)));
    assert_eq!(calls(&plan, &input), expected);
}

#[test]
fn a_quote_in_a_cell_does_not_end_the_quotes_of_a_filter() {
    let input = checked("Id\nO'Brien' -or Name -like '*\n", Csv).unwrap();
    let given = Parameters::new()
        .with("Filter", "Name -eq '{Id}' -and {Id}")
        .with("RecipientFilter", "{Id}")
        .with("Office", "'{Id}'");
    let plan = plan(&input, given, None).unwrap();
    let invocation = plan.invocation(&rows(&input)[0]).unwrap();
    let text = |name: &str| match invocation.parameters.iter().find(|(n, _)| *n == name).unwrap().1
    {
        ParameterValue::String(text) => text.clone(),
        other => panic!("{other:?}"),
    };
    let (cell, doubled) = ("O'Brien' -or Name -like '*", "O''Brien'' -or Name -like ''*");
    assert_eq!(text("Filter"), format!("Name -eq '{doubled}' -and {cell}"));
    assert_eq!(text("RecipientFilter"), cell, "a whole filter is the row's business");
    assert_eq!(text("Office"), format!("'{cell}'"), "elsewhere quotes are nothing special");
}

#[test]
fn a_lone_placeholder_takes_what_json_has() {
    let text = r#"{"Id":"adele","On":true,"Tags":["a","b"],"Add":{"Add":"x"},"No":null}"#;
    let input = checked(text, Jsonl).unwrap();
    let parameters = Parameters::new()
        .with("Identity", "{Id}")
        .with("AuditEnabled", "{On}")
        .with("Office", "is {On}{No}")
        .with("Tags", "{Tags}")
        .with("EmailAddresses", "{Add}");
    let plan = plan(&input, parameters, None).unwrap();
    let expected = "Set-Mailbox -Identity 'adele' -AuditEnabled:$true -Office 'is True' \
                    -Tags @('a','b') -EmailAddresses @{Add='x'}";
    assert_eq!(calls(&plan, &input), [expected]);
}

#[test]
fn columns_bind_by_name_where_no_placeholder_is_used() {
    let text = "id,AUDITENABLED,Office,Team,Password,Error,Row\nadele,true,,x,hush,boom,7\n";
    let input = checked(text, Csv).unwrap();
    let catalogue = catalogue();
    let given = Parameters::new().with("Office", "{{Paris}}");
    let plan = plan(&input, given, Some(&catalogue)).unwrap();
    let expected = "Set-Mailbox -Office '{Paris}' -Identity 'adele' -AuditEnabled:$true \
                    -Password <secret>";
    assert_eq!(calls(&plan, &input), [expected]);
    let told = "from the columns: Identity, AuditEnabled, Password; not used: Office, Team";
    assert_eq!(plan.bindings().as_deref(), Some(told));
}

#[test]
fn what_does_not_go_with_the_columns_is_told() {
    let catalogue = catalogue();
    let refused = |columns: &str, office: &str, known: bool| {
        let input = checked(format!("{columns}\na,b\n"), Csv).unwrap();
        let parameters = Parameters::new().with("Office", office);
        let refused = plan(&input, parameters, known.then_some(&catalogue)).unwrap_err();
        assert_eq!(refused.exit(), ExitCode::Usage);
        refused.report()
    };
    let told = [
        refused("Mail,City", "{Ctiy}", true),
        refused("Mail,City", "{City} }", true),
        refused("Mail,City", "{City", true),
        refused("Error,City", "{Error}", true),
        refused("Mail,City", "Paris", true),
        refused("Mail,City", "Paris", false),
        refused("Identity,Id", "Paris", true),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_row_that_cannot_be_sent_is_told_with_its_line() {
    let catalogue = catalogue();
    let refused = |text: &str, format, value: &str| {
        let input = checked(text, format).unwrap();
        let parameters = Parameters::new().with("Identity", "{Id}").with("AuditEnabled", value);
        let plan = plan(&input, parameters, Some(&catalogue)).unwrap();
        CommandError::from(super::check(&input, &plan).unwrap_err()).report()
    };
    let told = [
        refused("Id,On\r\na,true\r\n\r\nb,perhaps\r\n", Csv, "{On}"),
        refused("{\"Id\":\"a\",\"On\":true}\n{\"Id\":\"b\"}\n", Jsonl, "{On}"),
        refused("{\"Id\":\"a\",\"On\":[1]}\n", Jsonl, "x{On}"),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn failed_rows_can_be_the_next_input_in_the_same_dialect() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users.failed.csv");
    let text = "\u{feff}Mail;Row;Note\r\nadele;9;x\r\nalex;8;\"a;\nb\"\r\n";
    let input = checked(text, Csv).unwrap();
    write_failed(&path, &input, &[1], "it said: \"no\"; never");
    let expected = "\u{feff}Mail;Note;Error;Row\r\n\
                    alex;\"a;\nb\";\"it said: \"\"no\"\"; never\";2\r\n";
    assert_eq!(fs::read_to_string(&path).unwrap(), expected);
    let again = Input::check("f".into(), None, File::open(&path).unwrap(), Csv).unwrap();
    assert_eq!(again.columns().names(), ["Mail", "Note"]);
    assert_eq!(cells(&again), [json!(["alex", "a;\nb"])]);
}

#[test]
fn failed_json_lines_keep_their_types() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users.failed.jsonl");
    let input = checked("{\"Mail\":\"a\"}\n{\"Tags\":[1,\"x\"]}\n", Jsonl).unwrap();
    write_failed(&path, &input, &[1], "no");
    let expected = "{\"Tags\":[1,\"x\"],\"Error\":\"no\",\"Row\":2}\n";
    assert_eq!(fs::read_to_string(&path).unwrap(), expected);
}

#[test]
fn without_failures_there_is_no_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users.failed.csv");
    write_failed(&path, &checked("Mail\na\n", Csv).unwrap(), &[], "");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

fn write_failed(path: &Path, input: &Input, which: &[usize], error: &str) {
    let mut failed = FailedFile::create(Some(path), input).unwrap();
    let rows = rows(input);
    for at in which {
        failed.add(&rows[*at], input.columns(), error).unwrap();
    }
    assert_eq!(failed.finish().unwrap().is_some(), !which.is_empty());
}

#[test]
fn the_exit_code_is_that_of_all_failures_or_one() {
    let exit = |exits: &[ExitCode]| {
        let mut tally = Tally::of(exits.len() as u64);
        for (row, exit) in (1..).zip(exits) {
            match exit {
                ExitCode::Ok => tally.done(),
                other => tally.failed(row, *other, "no"),
            }
        }
        tally.exit()
    };
    let (ok, failed) = (ExitCode::Ok, ExitCode::Failed);
    let (permission, unavailable) = (ExitCode::Permission, ExitCode::Unavailable);
    assert_eq!(exit(&[ok, ok]), ok);
    assert_eq!(exit(&[permission, ok, permission]), permission);
    assert_eq!(exit(&[permission, unavailable]), failed);
    assert_eq!(exit(&[unavailable, failed, unavailable]), failed);
    assert_eq!(Tally::of(1).exit(), failed, "a row that was not attempted is not done");
}

#[test]
fn only_the_first_failures_are_listed() {
    let mut tally = Tally::of(30);
    for row in 1..=25 {
        tally.failed(row, ExitCode::Failed, "no");
    }
    tally.stop(super::tally::Stop::Hopeless);
    let lines = tally.lines();
    assert_eq!(
        (lines.len(), lines[19].as_str(), lines[20].as_str()),
        (21, "row 20: no", "and 5 more")
    );
    let told = "0 of 30 rows done, 25 failed, 5 not attempted: no other row would have got through";
    assert_eq!(tally.to_string(), told);
}
