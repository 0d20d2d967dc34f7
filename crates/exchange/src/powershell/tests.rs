//! The syntax in tables. Expectations follow Learn's about_Parsing, about_Quoting_Rules,
//! about_Arrays, about_Hash_Tables, about_Numeric_Literals and about_Parameters.

mod expressions;
mod faults;
mod properties;
mod shells;

use exoctl_model::ManualClock;
use jiff::tz::TimeZone;

use super::*;
use crate::parameters::ParameterValue;

/// The parameters that the tables use.
fn known() -> Vec<KnownParameter> {
    let mut identity = KnownParameter::new("Identity", Expected::Any);
    identity.position = Some(0);
    let mut end = KnownParameter::new("EndDate", Expected::DateTime);
    end.aliases.push("Until".into());
    vec![
        identity,
        end,
        KnownParameter::new("Archive", Expected::Switch),
        KnownParameter::new("AuditEnabled", Expected::Boolean),
        KnownParameter::new("EmailAddresses", Expected::Any),
        KnownParameter::new("DisplayName", Expected::Text),
        KnownParameter::new("Phone", Expected::Text),
        KnownParameter::new("Languages", Expected::TextList),
        KnownParameter::new("Filter", Expected::Any),
        KnownParameter::new("ResultSize", Expected::Any),
        KnownParameter::new("MaxSize", Expected::Number),
        KnownParameter::new("Password", Expected::Secret),
        KnownParameter::new("FileData", Expected::Any),
    ]
}

fn owned(arguments: &[&str]) -> Vec<String> {
    arguments.iter().map(|argument| (*argument).to_owned()).collect()
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    match path.to_str() {
        Some("a.cer") => Ok(vec![0x30, 0x82]),
        Some("a.txt") => Ok("\u{feff}hé".as_bytes().to_vec()),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)),
    }
}

/// Parses at 2026-11-21T10:00:00Z in a zone two hours east.
fn parse_with(
    parameters: Option<&[KnownParameter]>,
    arguments: &[&str],
) -> Result<CommandLine, ParseError> {
    let clock = ManualClock::new("2026-11-21T10:00:00Z".parse().unwrap());
    let zone = TimeZone::fixed(jiff::tz::offset(2));
    let evaluation = Evaluation::new(&clock).in_zone(&zone).reading(&read);
    let syntax = Syntax { parameters, flags: &["--compliance"], evaluation };
    parse(&owned(arguments), &syntax)
}

/// The value of `-X` with unknown parameters, printed.
fn value(arguments: &[&str]) -> String {
    let arguments: Vec<&str> = ["-X"].into_iter().chain(arguments.iter().copied()).collect();
    match parse_with(None, &arguments) {
        Ok(line) => Printed(line.parameters.find("X").unwrap()).to_string(),
        Err(error) => format!("error: {error}"),
    }
}

/// The value of a known parameter, printed.
fn typed(name: &str, arguments: &[&str]) -> String {
    let dashed = format!("-{name}");
    let arguments: Vec<&str> =
        [dashed.as_str()].into_iter().chain(arguments.iter().copied()).collect();
    match parse_with(Some(&known()), &arguments) {
        Ok(line) => Printed(line.parameters.find(name).unwrap()).to_string(),
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn words_and_constants() {
    let table = [
        ("adele", "'adele'"),
        ("adele@contoso.com", "'adele@contoso.com'"),
        ("2+2", "'2+2'"),
        ("$true", "$true"),
        ("$False", "$false"),
        ("$null", "$null"),
        ("100", "100"),
        ("-5", "-5"),
        ("1.5", "1.5"),
        ("0xFF", "255"),
        ("35MB", "36700160"),
        ("007", "'007'"),
        ("01067", "'01067'"),
        ("+4930123", "'+4930123'"),
        ("1.50", "'1.50'"),
        ("192.168.0.1", "'192.168.0.1'"),
        ("smtp:a@contoso.com", "'smtp:a@contoso.com'"),
        ("CN=a", "'CN=a'"),
        ("a`,b", "'a,b'"),
        ("a`tb", "'a\tb'"),
        ("*", "'*'"),
        ("", "''"),
        ("O'Brien", "'O''Brien'"),
        ("$100 gift", "'$100 gift'"),
    ];
    for (argument, expected) in table {
        assert_eq!(value(&[argument]), expected, "{argument}");
    }
}

#[test]
fn quotes() {
    let table = [
        ("'a b'", "'a b'"),
        ("\"a b\"", "'a b'"),
        ("'O''Brien'", "'O''Brien'"),
        ("\"say \"\"hi\"\"\"", "'say \"hi\"'"),
        ("\"say `\"hi`\"\"", "'say \"hi\"'"),
        ("\"a`nb\"", "'a\nb'"),
        ("\"100`$\"", "'100$'"),
        ("\"a``b\"", "'a`b'"),
        ("'a`nb'", "'a`nb'"),
        ("'$true'", "'$true'"),
        ("\"is $true\"", "'is True'"),
        ("\"none$null\"", "'none'"),
        ("\"`u{1F600}\"", "'😀'"),
        ("''", "''"),
        ("\"\"", "''"),
        ("'100'", "'100'"),
        ("‘a b’", "'a b'"),
        ("“a b”", "'a b'"),
        ("'\"a\"'", "'\"a\"'"),
    ];
    for (argument, expected) in table {
        assert_eq!(value(&[argument]), expected, "{argument}");
    }
}

#[test]
fn arrays() {
    let table: [(&[&str], &str); 18] = [
        (&["a,b"], "@('a','b')"),
        (&["a,", "b"], "@('a','b')"),
        (&["a", ",b"], "@('a','b')"),
        (&["a", ",", "b"], "@('a','b')"),
        (&["a,", "b,", "c"], "@('a','b','c')"),
        (&["'a','b'"], "@('a','b')"),
        (&["'a', 'b'"], "@('a','b')"),
        (&["'a,b',c"], "@('a,b','c')"),
        (&["1,2,3"], "@(1,2,3)"),
        (&["@('a','b')"], "@('a','b')"),
        (&["@('a')"], "@('a')"),
        (&["@()"], "@()"),
        (&["@('a'\n'b'; 'c')"], "@('a','b','c')"),
        (&["@(", "'a',", "'b'", ")"], "@('a','b')"),
        (&[",'a'"], "@('a')"),
        (&["@(,@('a','b'))"], "@(,@('a','b'))"),
        (&["('a','b')"], "@('a','b')"),
        (&["$true,$null"], "@($true,$null)"),
    ];
    for (arguments, expected) in table {
        assert_eq!(value(arguments), expected, "{arguments:?}");
    }
}

#[test]
fn hashtables() {
    let table: [(&[&str], &str); 15] = [
        (&["@{Add='x'}"], "@{Add='x'}"),
        (&["@{Add='x';Remove='y','z'}"], "@{Add='x';Remove=@('y','z')}"),
        (&["@{ Add = 'x' ; Remove = @('y') ; }"], "@{Add='x';Remove=@('y')}"),
        (&["@{Add='x'\nRemove='y'}"], "@{Add='x';Remove='y'}"),
        (&["@{\r\n  Add = 'x',\r\n  'y'\r\n}"], "@{Add=@('x','y')}"),
        (&["@{Add=\"smtp:a2@contoso.com\"}"], "@{Add='smtp:a2@contoso.com'}"),
        (&["@{Add=smtp:a2@contoso.com}"], "@{Add='smtp:a2@contoso.com'}"),
        (&["@{Add=a, b}"], "@{Add=@('a','b')}"),
        (&["@{Add=Adele Vance}"], "@{Add='Adele Vance'}"),
        (&["@{Add=a;", "Remove=b}"], "@{Add='a';Remove='b'}"),
        (&["@{Add=a,", "b}"], "@{Add=@('a','b')}"),
        (&["@{'a b'=1;\"c\"=$true}"], "@{'a b'=1;c=$true}"),
        (&["@{A=@{B=@{C='x'}}}"], "@{A=@{B=@{C='x'}}}"),
        (&["@{}"], "@{}"),
        (&["@{Name='x'},@{Name='y'}"], "@(@{Name='x'},@{Name='y'})"),
    ];
    for (arguments, expected) in table {
        assert_eq!(value(arguments), expected, "{arguments:?}");
    }
}

#[test]
fn a_parameters_type_decides_what_a_word_is() {
    let table: [(&str, &[&str], &str); 22] = [
        ("Phone", &["0049170123"], "'0049170123'"),
        ("Phone", &["100"], "'100'"),
        ("Phone", &["1,2"], "'1,2'"),
        ("Phone", &["(425) 555-0100"], "'(425) 555-0100'"),
        ("DisplayName", &["Vance,Adele"], "'Vance,Adele'"),
        ("DisplayName", &["Adele (HR)"], "'Adele (HR)'"),
        ("DisplayName", &["'O''Brien'"], "'O''Brien'"),
        ("DisplayName", &["'s-Hertogenbosch"], "'''s-Hertogenbosch'"),
        ("DisplayName", &["$null"], "$null"),
        ("DisplayName", &["Dear all,"], "'Dear all,'"),
        ("DisplayName", &["[External] "], "'[External] '"),
        ("Languages", &["1,de"], "@('1','de')"),
        ("MaxSize", &["007"], "7"),
        ("MaxSize", &["'1KB'"], "1024"),
        ("AuditEnabled", &["true"], "$true"),
        ("AuditEnabled", &["0"], "$false"),
        ("AuditEnabled", &["$false"], "$false"),
        ("EndDate", &["2026-01-02"], "[datetime]'2026-01-01T22:00:00Z'"),
        ("EndDate", &["1/2/2026 3:00 PM"], "[datetime]'2026-01-02T13:00:00Z'"),
        ("EndDate", &["soon"], "'soon'"),
        ("EmailAddresses", &["@{Add='x'}"], "@{Add='x'}"),
        ("ResultSize", &["Unlimited"], "'Unlimited'"),
    ];
    for (name, arguments, expected) in table {
        assert_eq!(typed(name, arguments), expected, "{name} {arguments:?}");
    }
}

#[test]
fn filters_are_taken_verbatim() {
    let table: [(&[&str], &str); 8] = [
        (&["RecipientTypeDetails -eq 'UserMailbox'"], "RecipientTypeDetails -eq 'UserMailbox'"),
        (&["(A -eq 'x') -and (B -eq $true)"], "(A -eq 'x') -and (B -eq $true)"),
        (&["\"Name -like 'a,b*'\""], "Name -like 'a,b*'"),
        (&["'Name -eq ''x'''"], "Name -eq 'x'"),
        (&["'a' -eq 'b'"], "'a' -eq 'b'"),
        (&["{Name -eq 'x'}"], "Name -eq 'x'"),
        (&["{Name", "-eq", "'x'}"], "Name -eq 'x'"),
        (&["{Column}"], "{Column}"),
    ];
    for (arguments, expected) in table {
        let expected = Printed(&ParameterValue::from(expected)).to_string();
        assert_eq!(typed("Filter", arguments), expected, "{arguments:?}");
    }
}

#[test]
fn names_switches_and_positions() {
    let line = parse_with(
        Some(&known()),
        &["adele", "-arch", "-AUDIT:$false", "-WhatIf", "-Confirm:$false", "-ea", "Stop", "-vb"],
    )
    .unwrap();
    let printed: Vec<String> =
        line.parameters.iter().map(|(name, value)| format!("{name}={}", Printed(value))).collect();
    assert_eq!(
        printed,
        [
            "Identity='adele'",
            "Archive=$true",
            "AuditEnabled=$false",
            "WhatIf=$true",
            "Confirm=$false",
            "ErrorAction='Stop'",
            "Verbose=$true",
        ]
    );
    let common = Common {
        what_if: true,
        confirm: Some(false),
        error_action: Some(Action::Stop),
        warning_action: None,
        verbose: true,
        debug: false,
    };
    assert_eq!(line.common, common);
    assert_eq!(line.arguments[2].literal, "$false");
}

#[test]
fn own_options_are_handed_back_in_order() {
    let line = parse_with(
        None,
        &[
            "-o",
            "csv",
            "-Identity",
            "a",
            "--select",
            "A,B",
            "--compliance",
            "-Archive",
            "--input=-",
            "--query",
            "[?a]",
        ],
    )
    .unwrap();
    assert_eq!(
        line.options,
        ["-o", "csv", "--select", "A,B", "--compliance", "--input=-", "--query", "[?a]"]
    );
    assert_eq!(line.parameters.iter().count(), 2);
}

#[test]
fn a_switch_does_not_swallow_what_follows() {
    let line = parse_with(Some(&known()), &["-Archive", "adele"]).unwrap();
    assert_eq!(
        line.parameters.find("Identity").map(|v| Printed(v).to_string()).unwrap(),
        "'adele'"
    );
    let line = parse_with(None, &["-Archive", "-ResultSize", "5"]).unwrap();
    assert!(matches!(line.parameters.find("Archive"), Some(ParameterValue::Bool(true))));
}

#[test]
fn after_two_dashes_there_are_only_values() {
    let line = parse_with(None, &["--", "-adele"]).unwrap();
    assert_eq!(Printed(line.parameters.find("Identity").unwrap()).to_string(), "'-adele'");
}
